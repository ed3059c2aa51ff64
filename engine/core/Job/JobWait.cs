using InitTx.Units.Model;

namespace InitTx.Core.Job;

/// <summary>What a job waits for: for `initx jobs`, which asks and changes nothing.</summary>
public static class JobWait
{
    private const int MostSteps = 64;

    /// <summary>
    /// One job that has to end before this one may run, a running one where there is one; null when
    /// there is none.
    /// </summary>
    public static UnitJob? BlockerOf(UnitJob job)
    {
        UnitJob? found = null;
        if (job.IsRunning || job.Unmet == 0)
            return null;
        foreach ((DependencyKind kind, _) in JobOrder.Kinds)
        {
            foreach (EdgeTable table in (ReadOnlySpan<EdgeTable>)[job.Unit.Out, job.Unit.In])
            {
                foreach (UnitEdge edge in table[kind])
                {
                    if (edge.Other.Job is not { } other || !other.Blocks.Contains((job, job.Epoch)))
                        continue;
                    if (other.IsRunning)
                        return other;
                    found ??= other;
                }
            }
        }

        return found;
    }

    /// <summary>
    /// The job at the end of the chain of waits: the running one that all of it waits for, as far
    /// as there is one; the job itself when it runs.
    /// </summary>
    public static UnitJob CulpritOf(UnitJob job)
    {
        // The graph of installed jobs has no circle; the bound is for a damaged one.
        UnitJob at = job;
        for (int i = 0; i < MostSteps && BlockerOf(at) is { } blocker; i++)
            at = blocker;
        return at;
    }

    /// <summary>
    /// When the job ends at the latest, monotonic microseconds, by its own limit, its unit's state
    /// or its transactions; long.MaxValue when nothing limits it.
    /// </summary>
    public static long DueUs(UnitJob job)
    {
        long due = job.Deadline?.DueUs ?? long.MaxValue;
        if (job.IsRunning)
            due = Math.Min(due, job.Unit.DeadlineUs);
        foreach (Transaction.TransactionRuntime owner in job.Owners)
            due = Math.Min(due, owner.Deadline?.DueUs ?? long.MaxValue);
        return due;
    }
}
