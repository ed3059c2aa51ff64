namespace InitTx.Core.Job;

/// <summary>
/// What becomes of two jobs for one unit: one that does both, or a conflict. Commutative; the
/// table is complete and pinned by a test.
/// </summary>
internal static class JobMerge
{
    /// <summary>The job that does both, or null when they exclude each other.</summary>
    /// <param name="isActive">A reload joined with a start reloads what runs, else starts it.</param>
    public static JobKind? Merge(JobKind a, JobKind b, bool isActive)
    {
        if (b == JobKind.Nop)
            return a;
        if (a == JobKind.Nop)
            return b;
        if (a == JobKind.Verb || b == JobKind.Verb)
            return MergeVerb(a == JobKind.Verb ? b : a, isActive);
        if (a == b)
            return a;
        if (a == JobKind.Stop || b == JobKind.Stop)
            return null;
        if (a == JobKind.Restart || b == JobKind.Restart)
            return JobKind.Restart;
        if (a == JobKind.VerifyActive)
            return b;
        if (b == JobKind.VerifyActive)
            return a;
        return isActive ? JobKind.Reload : JobKind.Start;
    }

    // Nothing else does what a verb does, not even the verb asked for twice.
    private static JobKind? MergeVerb(JobKind other, bool isActive) => other switch
    {
        JobKind.VerifyActive => JobKind.Verb,
        JobKind.Start when isActive => JobKind.Verb,
        _ => null,
    };

    /// <summary>
    /// True when a running job of kind <paramref name="running"/> already does the other's work. A
    /// restart that runs is still stopping the unit (down, it is a start): whatever wants the unit
    /// up afterwards is served by that.
    /// </summary>
    public static bool Covers(JobKind running, JobKind wanted) => running switch
    {
        JobKind.Restart => wanted != JobKind.Stop,
        JobKind.Reload => wanted is JobKind.VerifyActive or JobKind.Nop,
        JobKind.Verb => wanted is JobKind.Start or JobKind.VerifyActive or JobKind.Nop,
        JobKind.Start => wanted is JobKind.Start or JobKind.VerifyActive or JobKind.Nop,
        JobKind.Stop or JobKind.VerifyActive or JobKind.Nop =>
            wanted == running || wanted == JobKind.Nop,
        _ => throw Invariant.Unreachable("job kind"),
    };
}
