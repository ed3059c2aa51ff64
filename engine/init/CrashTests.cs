using System.Globalization;
using System.Runtime.CompilerServices;
using InitTx.Linux.BlackBox;

namespace InitTx.Init;

/// <summary>
/// <c>initxd --crash-tests</c>: a test aid of the production binary, for root only. A datagram on
/// <c>RUNTIME-DIR/crash-test</c> names a crash, and it happens inside the real program: the promise
/// "PID 1 survives its own crash" is tested on what is shipped, not on a special build.
/// </summary>
internal static class CrashTests
{
    private static int _fd = -1;

    /// <summary>The descriptor to poll for reading, or a negative errno.</summary>
    public static int Open(string runtimeDirectory) =>
        _fd = CrashTestPoint.Open(Path.Combine(runtimeDirectory, "crash-test"));

    /// <summary>
    /// Takes one datagram. True: the caller's loop returns from Main, which is one of the crashes.
    /// </summary>
    public static bool OnReadable()
    {
        string? message = CrashTestPoint.Receive(_fd);
        if (message is null)
            return false;

        int space = message.IndexOf(' ', StringComparison.Ordinal);
        string kind = space < 0 ? message : message[..space];
        string argument = space < 0 ? "" : message[(space + 1)..];
        if (kind == "main-returns")
            return true;

        string answer = Managed(kind, argument) ?? Native(kind) ?? $"unknown crash '{kind}'";
        CrashTestPoint.Answer(_fd, answer);
        return false;
    }

    private static string? Managed(string kind, string argument)
    {
        switch (kind)
        {
            case "failfast":
                Environment.FailFast("crash test");
                break;
            case "unhandled":
                throw new InvalidOperationException("crash test");
            case "unhandled-thread":
                OnThread(static () => throw new InvalidOperationException("crash test"));
                break;
            case "stack-overflow":
                return Recurse(1).ToString(CultureInfo.InvariantCulture);
            case "stack-overflow-thread":
                OnThread(static () => Recurse(1));
                break;
            case "null-deref-thread":
                OnThread(static () => CrashTestPoint.Crash(NativeCrash.NullDereference));
                break;
            case "heap-oom":
                return Exhaust(1 << 20);
            case "heap-oom-small":
                return Exhaust(64);
            case "hang-loop":
                Spin();
                break;
            case "hang-main-lock":
                WaitForEver();
                break;
            case "nre-caught":
                return Catch();
            case "crash-before-commit" or "crash-after-commit":
                return AtCommit(argument, kind == "crash-after-commit");
            case "crash-at-start":
                return CrashAtStart(argument);
            case "start-info":
                return Describe(Shim.Start);
            default:
                return null;
        }

        return "survived";
    }

    private static string? Native(string kind)
    {
        NativeCrash? crash = kind switch
        {
            "native-stack-overflow" => NativeCrash.StackOverflow,
            "wild-write" => NativeCrash.WildWrite,
            "null-deref-native" => NativeCrash.NullDereference,
            "abort" => NativeCrash.Abort,
            "div0-native" => NativeCrash.DivideByZero,
            "ud2" => NativeCrash.IllegalInstruction,
            "sigbus" => NativeCrash.BusError,
            "raise-segv" => NativeCrash.RaiseSegv,
            "free-bad" => NativeCrash.BadFree,
            "exit" => NativeCrash.Exit,
            "hang-blocked" => NativeCrash.Block,
            "hang-native-lock" => NativeCrash.Deadlock,
            "hang-vfork" => NativeCrash.Uninterruptible,
            "crash-before-clone" => NativeCrash.BeforeClone,
            "crash-after-clone" => NativeCrash.AfterClone,
            "state-overwritten" => NativeCrash.OverwriteState,
            _ => null,
        };
        if (crash is null)
            return null;
        CrashTestPoint.Crash(crash.Value);
        return crash is NativeCrash.BeforeClone or NativeCrash.AfterClone ? "armed" : "survived";
    }

    private static string CrashAtStart(string argument)
    {
        if (!int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out int starts))
            return "crash-at-start needs a number";
        CrashTestPoint.CrashAtStart(starts);
        return "armed";
    }

    private static string AtCommit(string argument, bool after)
    {
        if (!long.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out long n))
            return "a crash at a commit needs a number, 0 for none";
        CommitCrash.Arm(n, after && n > 0);
        return "armed";
    }

    private static string Describe(StartInfo start) => string.Create(
        CultureInfo.InvariantCulture,
        $"reason={start.Reason} rung={start.Rung} starts={start.Starts} crashes={start.Crashes} "
        + $"hangs={start.Hangs} reexecs={start.Reexecs} image={StartInfo.Read().CurrentImage} "
        + $"held={start.DescriptorsHeld} closed={start.DescriptorsClosed} "
        + $"dropped={start.EnvironmentDropped} off-main={start.Cause?.OffMainThread} "
        + $"signal={start.Cause?.Signal} sender={start.Cause?.Sender} cause={start.Cause?.Text}");

    private static void OnThread(ThreadStart crash)
    {
        Thread thread = new(crash);
        thread.Start();
        thread.Join();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Recurse(int depth) => depth == 0 ? 0 : Recurse(depth + 1) + depth;

    private static string Exhaust(int size)
    {
        List<byte[]> kept = [];
        while (kept.Count < int.MaxValue)
            kept.Add(new byte[size]);
        return kept.Count.ToString(CultureInfo.InvariantCulture);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Spin()
    {
        for (ulong i = 1; i != 0; i += 2)
        {
        }
    }

    private static void WaitForEver()
    {
        object gate = new();
        using ManualResetEventSlim held = new();
        new Thread(() =>
        {
            lock (gate)
            {
                held.Set();
                Thread.Sleep(Timeout.Infinite);
            }
        }).Start();
        held.Wait();
        lock (gate)
        {
        }
    }

    /// <summary>
    /// A managed fault stays an ordinary exception: the handlers in front let it through.
    /// </summary>
    private static string Catch()
    {
        try
        {
            return Dereference(null);
        }
        catch (NullReferenceException)
        {
        }

        try
        {
            return Divide(0);
        }
        catch (DivideByZeroException)
        {
            return "caught";
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string Dereference(int[]? nothing) =>
        $"not thrown: {nothing!.Length.ToString(CultureInfo.InvariantCulture)}";

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string Divide(int zero) =>
        $"not thrown: {(1 / zero).ToString(CultureInfo.InvariantCulture)}";
}
