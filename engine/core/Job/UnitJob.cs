using InitTx.Core.Transaction;

namespace InitTx.Core.Job;

/// <summary>Whether ExecCheck= was asked for a stop or restart (initx.unit(5)).</summary>
internal enum JobConsent : byte
{
    /// <summary>Not asked, or not yet.</summary>
    None,

    /// <summary>The commands run.</summary>
    Asked,

    /// <summary>They had nothing against it.</summary>
    Given,
}

/// <summary>
/// A job in the queue; a unit has at most one. Several transactions may wait for the same job
/// (a later one that wants the same thing joins it). Read by the shell, written by the core.
/// </summary>
public sealed class UnitJob
{
    private readonly List<TransactionRuntime> _owners = [];

    internal UnitJob(JobId id, UnitRuntime unit, JobKind kind)
    {
        Id = id;
        Unit = unit;
        Kind = kind;
        AskedKind = kind;
    }

    public JobId Id { get; }
    public UnitRuntime Unit { get; }

    /// <summary>
    /// What the job does now: a restart becomes a start when its stop half is over.
    /// </summary>
    public JobKind Kind { get; internal set; }

    /// <summary>What was asked for; the word in rows and replies.</summary>
    public JobKind AskedKind { get; internal set; }

    /// <summary>The verb's name when it is one of the service's own; else null.</summary>
    public string? Verb { get; internal set; }

    /// <summary>How far the service's consent to being stopped is.</summary>
    internal JobConsent Consent { get; set; }

    /// <summary>False while it waits for other jobs.</summary>
    public bool IsRunning { get; internal set; }

    /// <summary>Transactions that wait for this job, oldest first.</summary>
    public IReadOnlyList<TransactionRuntime> Owners => _owners;

    public Instant Queued { get; internal set; }
    public Instant Begun { get; internal set; }

    /// <summary>How many other jobs must end before this one may run.</summary>
    public int Unmet { get; internal set; }

    internal List<TransactionRuntime> OwnerList => _owners;

    /// <summary>The row of the last change of this job: cause of what it does.</summary>
    internal long Seq { get; set; }

    /// <summary>
    /// The row that ended the last job that this one waited for; 0 when it waited for none. Only
    /// good within the event that wrote the row: it is not on record.
    /// </summary>
    internal long ReleasedBy { get; set; }

    internal bool HasEnded { get; set; }

    /// <summary>
    /// A rollback made it: what it starts was up before, and no start limit counts.
    /// </summary>
    internal bool PutsBack { get; set; }

    /// <summary>Its order to other jobs is counted.</summary>
    internal bool IsLinked { get; set; }

    /// <summary>It stands in the queue of jobs that may run.</summary>
    internal bool IsOffered { get; set; }

    /// <summary>
    /// Counts re-linkings: an entry of another job's <see cref="Blocks"/> of an older one is void.
    /// </summary>
    internal int Epoch { get; set; }

    /// <summary>Jobs that wait for this one, with the epoch in which they began to.</summary>
    internal List<(UnitJob Waiting, int Epoch)> Blocks { get; } = [];

    internal LinkedListNode<UnitJob>? Node { get; set; }

    /// <summary>JobTimeoutSec= and JobRunningTimeoutSec=; null when neither is set.</summary>
    internal Deadline? Deadline { get; set; }
}
