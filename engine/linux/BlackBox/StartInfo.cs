using System.Text;
using InitTx.Linux.Interop;

namespace InitTx.Linux.BlackBox;

/// <summary>Why this image was started.</summary>
public enum StartReason
{
    /// <summary>There was no black box: the first start of initxd on this boot.</summary>
    First = 0,

    /// <summary><see cref="Shim.Reexec()"/>.</summary>
    Planned = 1,

    /// <summary>A fatal signal.</summary>
    Crash = 2,

    /// <summary>The hang watchdog.</summary>
    Hang = 3,

    /// <summary>Main returned, or exit(3) was called.</summary>
    Exit = 4,

    /// <summary>The runtime did not start.</summary>
    RuntimeFailed = 5,

    /// <summary>The plain C loop at the foot of the ladder tried again.</summary>
    Retry = 6,

    /// <summary>A black box was there but did not check out; everything in it is gone.</summary>
    BoxLost = 7,
}

/// <summary>Where on the ladder of crash recovery this image runs.</summary>
public enum Rung
{
    SameImage = 0,
    PreviousImage = 1,

    /// <summary>Without configuration: built-in defaults, and what was running is kept.</summary>
    NoConfiguration = 2,

    /// <summary>The C loop; managed code meets it only in the history of causes.</summary>
    LastResort = 3,
}

/// <summary>What holds the image that a crash goes to.</summary>
public enum ImageKind
{
    None = 0,

    /// <summary>A sealed memfd: needs no disk.</summary>
    Memfd = 1,

    /// <summary>A file on an own tmpfs, where executing memfds is forbidden.</summary>
    Tmpfs = 2,

    /// <summary>The file itself: useless when its disk is dead.</summary>
    File = 3,
}

/// <summary>Facts about this start, for conditions and <c>initx status</c>.</summary>
[Flags]
public enum StartFlags
{
    None = 0,
    Pid1 = 1 << 0,

    /// <summary>
    /// A one-shot run (<c>--version</c> …), not as PID 1: no trampoline, no black box.
    /// </summary>
    Tool = 1 << 1,
    NoWatchdog = 1 << 2,
    ImageChanged = 1 << 3,

    /// <summary>A new image crashed in its first minute: this is the one before it.</summary>
    WentBack = 1 << 4,
    EnvironmentDropped = 1 << 5,
    StandardStreamsOpened = 1 << 6,
}

/// <summary>
/// How and why this image came to run, read once at start; nothing in it changes later.
/// </summary>
public sealed class StartInfo
{
    private StartInfo(in ShimNative.Start start, CrashCause? cause)
    {
        Reason = (StartReason)start.Reason;
        Rung = (Rung)start.Rung;
        Flags = (StartFlags)start.Flags;
        Starts = (int)start.Starts;
        Crashes = (int)start.Crashes;
        Hangs = (int)start.Hangs;
        Reexecs = (int)start.Reexecs;
        CurrentImage = (ImageKind)start.ImageKind;
        PreviousImage = (ImageKind)start.PreviousKind;
        EnvironmentDropped = (int)start.EnvDropped;
        DescriptorsClosed = (int)start.FdsClosed;
        DescriptorsHeld = (int)start.FdsHeld;
        SignalMask = start.SignalMask;
        FirstStartNs = (long)start.FirstNs;
        StartNs = (long)start.StartNs;
        ClimbNs = (long)start.ClimbNs;
        Cause = cause;
    }

    public StartReason Reason { get; }

    public Rung Rung { get; }

    public StartFlags Flags { get; }

    /// <summary>
    /// True when the image came back over a running system: restore, do not boot.
    /// </summary>
    public bool IsRecovery => Reason is not StartReason.First;

    /// <summary>Starts of any kind since the first, with this one.</summary>
    public int Starts { get; }

    /// <summary>
    /// Fatal signals, stray exits and failed runtime starts since the first start.
    /// </summary>
    public int Crashes { get; }

    public int Hangs { get; }

    /// <summary>Planned ones.</summary>
    public int Reexecs { get; }

    public ImageKind CurrentImage { get; }

    public ImageKind PreviousImage { get; }

    /// <summary>Environment entries refused at this start.</summary>
    public int EnvironmentDropped { get; }

    /// <summary>
    /// Registered descriptors that were not what their entry says, and were closed.
    /// </summary>
    public int DescriptorsClosed { get; }

    /// <summary>Registered descriptors taken over.</summary>
    public int DescriptorsHeld { get; }

    /// <summary>Blocked in every thread, for signalfd(2); bit N-1 is signal N.</summary>
    public ulong SignalMask { get; }

    /// <summary>CLOCK_BOOTTIME of the first start, nanoseconds.</summary>
    public long FirstStartNs { get; }

    /// <summary>CLOCK_BOOTTIME of this start, before the runtime, nanoseconds.</summary>
    public long StartNs { get; }

    /// <summary>
    /// Nanoseconds of healthy loop after which <see cref="Shim.Climb"/> succeeds, 0 on rung 0. The
    /// main loop sets a timer for it; without one, only the next crash would notice the health.
    /// </summary>
    public long ClimbNs { get; }

    /// <summary>The last crash, hang or exit of this boot; null if there was none.</summary>
    public CrashCause? Cause { get; }

    /// <summary>As it is now: the image may have become another since the start.</summary>
    public static unsafe StartInfo Read()
    {
        ShimNative.Start start;
        int error = ShimNative.GetStartInfo(&start);
        if (error < 0)
        {
            throw new InvalidOperationException($"the shim has no start information: errno {-error}");
        }

        return new StartInfo(in start, CrashCause.From(&start.Cause));
    }

    /// <summary>
    /// A NUL-terminated field of at most <paramref name="size"/> bytes, as UTF-8.
    /// </summary>
    internal static unsafe string Text(byte* field, int size)
    {
        int length = new ReadOnlySpan<byte>(field, size).IndexOf((byte)0);
        return Encoding.UTF8.GetString(field, length < 0 ? size : length);
    }
}
