using InitTx.Core.Job;
using InitTx.Core.Transaction;

namespace InitTx.Core.Recovery;

/// <summary>A job as recorded, before its unit and transactions are all known.</summary>
internal sealed class RecordedJob
{
    public required JobId Id { get; init; }
    public required JobKind Kind { get; init; }
    public required JobKind AskedKind { get; init; }
    public required bool IsRunning { get; init; }
    public bool PutsBack { get; init; }
    public string? Verb { get; set; }
    public JobConsent Consent { get; set; }
    public required Instant Queued { get; init; }
    public required Instant Begun { get; init; }
    public required long Seq { get; init; }
    public required long DueUs { get; init; }
    public List<TransactionId> Owners { get; } = [];
}

/// <summary>What the records said, gathered until all are read and can be joined.</summary>
internal sealed class Restoration(EngineLimits limits)
{
    public EngineLimits Limits { get; } = limits;
    public List<string> Problems { get; } = [];
    public List<(UnitRuntime Unit, RecordedJob Job)> Jobs { get; } = [];
    public List<(TransactionId Transaction, TransactionJob Part)> Parts { get; } = [];
    public List<(Deadline Deadline, long DueUs)> Deadlines { get; } = [];

    /// <summary>Instances of connections when their definitions were held.</summary>
    public List<UnitRuntime> HeldInstances { get; } = [];
}
