using InitTx.Units.Model;

namespace InitTx.Core.Job;

/// <summary>
/// The installed jobs and which of them may run. Each waiting job counts the jobs that must end
/// before it; ending one decrements the counters of those it blocks, so an edge costs one visit
/// when it is linked and one when it is released. No recursion, no rescans.
/// </summary>
internal sealed class JobQueue(int startsAtOnce)
{
    private readonly StartGate? _gate =
        startsAtOnce < int.MaxValue ? new StartGate(startsAtOnce) : null;

    private readonly LinkedList<UnitJob> _jobs = [];
    private readonly Queue<UnitJob> _ready = new();

    /// <summary>Pairs whose order a boot dropped to break a cycle: (earlier, later).</summary>
    private readonly HashSet<(UnitName Earlier, UnitName Later)> _ignored = [];

    /// <summary>Units on more circles than are broken singly: no order counts among them.</summary>
    private readonly SortedSet<UnitName> _unordered = [];

    public int Count => _jobs.Count;

    /// <summary>Installed jobs that run.</summary>
    public int Running { get; private set; }

    /// <summary>All installed jobs, oldest first.</summary>
    public LinkedList<UnitJob> Jobs => _jobs;

    public bool HasReady => _ready.Count > 0 || _gate is { HasFreed: true };

    public IEnumerable<(UnitName Earlier, UnitName Later)> IgnoredOrder => _ignored;

    public int IgnoredCount => _ignored.Count;

    public void IgnoreOrder(UnitName earlier, UnitName later) => _ignored.Add((earlier, later));

    /// <summary>By name.</summary>
    public IReadOnlyCollection<UnitName> Unordered => _unordered;

    public void IgnoreOrderAmong(UnitName unit) => _unordered.Add(unit);

    public bool IsIgnored(UnitName earlier, UnitName later) =>
        (_ignored.Count > 0 && _ignored.Contains((earlier, later)))
        || (_unordered.Count > 0 && _unordered.Contains(earlier) && _unordered.Contains(later));

    /// <summary>Takes over what a plan gives up.</summary>
    public void IgnoreOrderOf(Transaction.PlanDraft draft)
    {
        _ignored.UnionWith(draft.IgnoredOrder);
        _unordered.UnionWith(draft.Unordered);
    }

    public void ClearIgnoredOrder()
    {
        _ignored.Clear();
        _unordered.Clear();
    }

    /// <summary>
    /// Puts a job into the unit's slot; <see cref="Link"/> it when all of its plan are in.
    /// </summary>
    public void Add(UnitJob job)
    {
        Invariant.Require(job.Unit.Job is null, "a unit has at most one job");
        job.Unit.Job = job;
        job.Node = _jobs.AddLast(job);
    }

    /// <summary>
    /// Counts what the job waits for and what waits for it, against all linked jobs. A job that
    /// waits for nothing is ready.
    /// </summary>
    public void Link(UnitJob job)
    {
        job.Epoch++;
        job.Unmet = 0;
        job.ReleasedBy = 0;
        job.IsLinked = true;
        if (!JobOrder.IsUnordered(job.Kind))
        {
            foreach ((DependencyKind kind, bool declaringIsLater) in JobOrder.Kinds)
            {
                foreach (UnitEdge edge in job.Unit.Out[kind])
                    LinkPair(job, edge.Other.Job, declaringIsLater);
                foreach (UnitEdge edge in job.Unit.In[kind])
                    LinkPair(job, edge.Other.Job, !declaringIsLater);
            }
        }

        OfferIfReady(job);
    }

    /// <summary>Forgets a job's order entirely; all jobs are linked anew after that.</summary>
    public void Reset(UnitJob job)
    {
        job.IsLinked = false;
        job.Epoch++;
        job.Unmet = 0;
        job.Blocks.Clear();
    }

    /// <summary>Releases what waits for the job and forgets what it waits for.</summary>
    /// <param name="row">The row that says why; 0 for none.</param>
    public void Unlink(UnitJob job, long row)
    {
        job.IsLinked = false;
        job.Epoch++;

        // Oldest first: in which order they were linked is not on record.
        if (job.Blocks.Count > 1)
        {
            job.Blocks.Sort(static (a, b) =>
                a.Waiting.Id.Value.CompareTo(b.Waiting.Id.Value));
        }

        for (int i = 0; i < job.Blocks.Count; i++)
        {
            (UnitJob waiting, int epoch) = job.Blocks[i];
            if (waiting.HasEnded || waiting.Epoch != epoch)
                continue;
            waiting.Unmet--;
            Invariant.Require(waiting.Unmet >= 0, "a job is released once per job that it waits for");
            waiting.ReleasedBy = row;
            OfferIfReady(waiting);
        }

        job.Blocks.Clear();
    }

    /// <summary>Takes an ended job out; what waited for it may run.</summary>
    /// <param name="row">The row of its end.</param>
    public void Remove(UnitJob job, long row)
    {
        Invariant.Require(job.Node is not null && job.Unit.Job == job, "only an installed job ends");
        SetRunning(job, false);
        job.HasEnded = true;
        Unlink(job, row);
        job.Unit.Job = null;
        _jobs.Remove(job.Node);
        job.Node = null;
    }

    /// <summary>The next job that may run, in the order in which they became free to.</summary>
    public bool TryTakeReady(out UnitJob job)
    {
        while (TryTakeOffered(out job))
        {
            job.IsOffered = false;
            if (!job.HasEnded && !job.IsRunning && job.IsLinked && job.Unmet == 0)
                return true;
        }

        return false;
    }

    /// <summary>More wait for the job than did, or its order has changed.</summary>
    public void Changed() => _gate?.LookAgain();

    /// <summary>Lets a job that could not run yet be looked at again.</summary>
    public void Offer(UnitJob job) => OfferIfReady(job);

    public void SetRunning(UnitJob job, bool running)
    {
        if (job.IsRunning == running)
            return;
        job.IsRunning = running;
        _gate?.SetRunning(job, running);
        Running += running ? 1 : -1;
    }

    private bool TryTakeOffered(out UnitJob job)
    {
        if (_gate is null)
            return _ready.TryDequeue(out job!);
        while (_ready.TryDequeue(out UnitJob? offered))
            _gate.Hold(offered);
        return _gate.TryTake(out job);
    }

    private void OfferIfReady(UnitJob job)
    {
        if (job.Unmet != 0 || job.IsRunning || job.HasEnded || job.IsOffered || !job.IsLinked)
            return;
        job.IsOffered = true;
        _ready.Enqueue(job);
    }

    private void LinkPair(UnitJob job, UnitJob? other, bool jobsUnitIsLater)
    {
        if (other is null || other == job || !other.IsLinked || JobOrder.IsUnordered(other.Kind))
            return;
        (UnitJob earlier, UnitJob later) = jobsUnitIsLater ? (other, job) : (job, other);
        if (IsIgnored(earlier.Unit.Name, later.Unit.Name))
            return;
        (UnitJob first, UnitJob second) = JobOrder.EarlierUnitFirst(later.Kind)
            ? (earlier, later)
            : (later, earlier);

        // What runs is not called back; it only holds up others. A unit that is being asked for its
        // consent does not run yet.
        if (second is { IsRunning: true, Consent: not JobConsent.Asked })
            return;
        second.Unmet++;
        first.Blocks.Add((second, second.Epoch));
    }
}
