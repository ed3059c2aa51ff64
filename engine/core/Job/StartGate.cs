using InitTx.Core.Transaction;

namespace InitTx.Core.Job;

/// <summary>
/// Sequential mode (<see cref="EngineLimits.StartsAtOnce"/>): of one transaction only so many
/// starts run at once, and of the jobs that may run, the one that was queued first goes first,
/// whatever took how long. Stops are not held up: a machine that goes down waits for the slowest
/// service, not for all of them one after the other. Nor is a start that another transaction waits
/// for too, since what runs now may be what asked for it and waits for it.
/// </summary>
internal sealed class StartGate(int atOnce)
{
    private readonly SortedDictionary<long, UnitJob> _held = [];
    private readonly HashSet<UnitJob> _running = [];

    /// <summary>Something has changed since the last look: a held job may be free to go.</summary>
    public bool HasFreed { get; private set; }

    /// <summary>Takes a job in that nothing but the gate holds up.</summary>
    public void Hold(UnitJob job)
    {
        _held[job.Id.Value] = job;
        HasFreed = true;
    }

    /// <summary>A held job has got another owner, or another order.</summary>
    public void LookAgain() => HasFreed = true;

    public void SetRunning(UnitJob job, bool running)
    {
        if (running)
            _running.Add(job);
        else if (_running.Remove(job))
            HasFreed = true;
    }

    /// <summary>The oldest job that may go; it is no longer held.</summary>
    public bool TryTake(out UnitJob job)
    {
        foreach (UnitJob held in _held.Values)
        {
            if (!IsFree(held))
                continue;
            job = held;
            _held.Remove(held.Id.Value);
            return true;
        }

        HasFreed = false;
        job = null!;
        return false;
    }

    // What waits again or has ended goes too: whoever takes it sees that it does not run.
    private bool IsFree(UnitJob job) =>
        job.HasEnded || !job.IsLinked || job.Unmet > 0 || job.Kind != JobKind.Start
        || job.OwnerList.Count != 1 || StartsOf(job.OwnerList[0]) < atOnce;

    private int StartsOf(TransactionRuntime owner)
    {
        int count = 0;
        foreach (UnitJob job in _running)
        {
            if (job.Kind == JobKind.Start && job.OwnerList.Contains(owner))
                count++;
        }

        return count;
    }
}
