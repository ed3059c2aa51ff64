using InitTx.Core.Ports;

namespace InitTx.Simulation.Invariants;

/// <summary>The jobs as their rows tell: open ones, in order of their numbers.</summary>
internal sealed class JobTable
{
    private readonly SortedDictionary<long, OpenJob> _open = [];

    /// <summary>Jobs that have been queued and not ended.</summary>
    public IEnumerable<OpenJob> Open => _open.Values;

    /// <summary>How many.</summary>
    public int Count => _open.Count;

    /// <summary>Takes a job row in.</summary>
    /// <returns>The job as it is after the row.</returns>
    public OpenJob Follow(in JournalRecord r, long activeUs)
    {
        if (!_open.TryGetValue(r.Job, out OpenJob? job))
            _open.Add(r.Job, job = new OpenJob(r.Job, r.Unit ?? "", activeUs));
        job.Kind = r.From ?? "";
        switch (r.To)
        {
            case "running":
                job.RunningSinceUs ??= activeUs;
                break;
            case "ended":
                job.Result = r.Result;
                _open.Remove(r.Job);
                break;
        }

        return job;
    }
}

/// <summary>A job by its rows; times are active microseconds.</summary>
internal sealed class OpenJob(long id, string unit, long queuedUs)
{
    public long Id { get; } = id;
    public string Unit { get; } = unit;
    public long QueuedUs { get; } = queuedUs;
    public string Kind { get; set; } = "";
    public string? Result { get; set; }

    /// <summary>Null while it waits.</summary>
    public long? RunningSinceUs { get; set; }

    public bool IsRunning => RunningSinceUs is not null;
}
