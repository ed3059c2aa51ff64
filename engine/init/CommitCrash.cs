using InitTx.Linux.BlackBox;

namespace InitTx.Init;

/// <summary>
/// Test aid of <c>--crash-tests</c>: PID 1 dies at the Nth commit from now, before anything of the
/// batch is on record, or after that and before any of its effects. Between these two lies every
/// state that a crash can leave behind.
/// </summary>
internal static class CommitCrash
{
    private static long _left;
    private static bool _after;

    /// <summary>Arms it once, anew each time; 0 disarms it.</summary>
    public static void Arm(long commits, bool after)
    {
        _left = commits;
        _after = after;
    }

    /// <summary>The loop is about to commit a batch that has something to commit.</summary>
    public static void Before()
    {
        if (_left > 0 && --_left == 0 && !_after)
            CrashTestPoint.Crash(NativeCrash.Abort);
    }

    /// <summary>The batch is committed.</summary>
    public static void After()
    {
        if (_after && _left == 0)
            CrashTestPoint.Crash(NativeCrash.Abort);
    }
}
