using System.Text;
using InitTx.Linux.Interop;

namespace InitTx.Linux.BlackBox;

/// <summary>Crashes that only native code can make; the numbers of native/crashtest.c.</summary>
public enum NativeCrash
{
    NullDereference = 1,
    WildWrite = 2,
    Abort = 3,
    DivideByZero = 4,
    IllegalInstruction = 5,
    BusError = 6,
    RaiseSegv = 7,
    BadFree = 8,
    StackOverflow = 9,
    Exit = 10,

    /// <summary>A read that never returns.</summary>
    Block = 11,

    /// <summary>A lock that this thread already has.</summary>
    Deadlock = 12,

    /// <summary>Not now: right before the next spawn's clone.</summary>
    BeforeClone = 13,

    /// <summary>Not now: right after the next spawn's clone, before its result is known.</summary>
    AfterClone = 14,

    /// <summary>Overwrites the black box's counters, then crashes.</summary>
    OverwriteState = 15,

    /// <summary>D state, until killed.</summary>
    Uninterruptible = 16,
}

/// <summary>
/// The test aid behind <c>initxd --crash-tests</c>: a datagram socket in the runtime directory, open
/// to root alone, and the crashes themselves.
/// </summary>
public static class CrashTestPoint
{
    private const int LongestMessage = 128;

    /// <summary>A non-blocking descriptor, or a negative errno.</summary>
    public static unsafe int Open(string path)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return ShimNative.TestOpen(text);
        }
    }

    /// <summary>The next datagram's words, or null when there is none.</summary>
    public static unsafe string? Receive(int fd)
    {
        byte* text = stackalloc byte[LongestMessage];
        int length = ShimNative.TestReceive(fd, text, LongestMessage);
        return length < 0 ? null : Encoding.UTF8.GetString(text, length);
    }

    /// <summary>Answers the sender of the last datagram, if it has an address.</summary>
    public static unsafe void Answer(int fd, string answer)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(answer);
        fixed (byte* text = bytes)
        {
            _ = ShimNative.TestAnswer(fd, text, (uint)bytes.Length);
        }
    }

    /// <summary>Crashes; returns for those that come later, or if the crash was survived.</summary>
    public static void Crash(NativeCrash kind) => _ = ShimNative.TestCrash((int)kind);

    /// <summary>Crash in <see cref="Shim.Install"/> of each of the next starts.</summary>
    public static void CrashAtStart(int starts) => _ = ShimNative.TestCrashAtStart((uint)starts);
}
