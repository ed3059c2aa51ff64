using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// What the engine knows of one unit beside its definition. Desired state
/// (<see cref="GoalActive"/>) and actual state (<see cref="Sub"/>) are two fields. Read by the
/// shell for queries; written by the core only. Everything here but the definition is persistent.
/// </summary>
public sealed class UnitRuntime
{
    internal UnitRuntime(UnitId id, UnitDefinition definition)
    {
        Id = id;
        Definition = definition;
    }

    public UnitId Id { get; }

    /// <summary>The definition in force; replaced by a reload.</summary>
    public UnitDefinition Definition { get; internal set; }

    public UnitName Name => Definition.Name;

    /// <summary>What the last request or dependency wants: true is active.</summary>
    public bool GoalActive { get; internal set; }

    public SubState Sub { get; internal set; }

    public UnitResult Result { get; internal set; }

    /// <summary>When <see cref="Sub"/> was entered.</summary>
    public Instant Since { get; internal set; }

    /// <summary>Journal seq of the transition into <see cref="Sub"/>: cause of what follows.</summary>
    public long SinceSeq { get; internal set; }

    public ProcessIdentity MainProcess { get; internal set; }
    public SpawnToken MainToken { get; internal set; }
    public ProcessIdentity ControlProcess { get; internal set; }
    public SpawnToken ControlToken { get; internal set; }
    public ExecRole ControlRole { get; internal set; }
    public int CommandIndex { get; internal set; }
    public PrepareToken PrepareToken { get; internal set; }

    /// <summary>How the last main process ended.</summary>
    public ExitKind MainExitKind { get; internal set; }

    public int MainExitCode { get; internal set; }

    /// <summary>Automatic restarts since the last start by hand.</summary>
    public int Restarts { get; internal set; }

    /// <summary>Monotonic microseconds at which the state times out; long.MaxValue for never.</summary>
    public long DeadlineUs { get; internal set; } = long.MaxValue;

    /// <summary>Monotonic microseconds by which a watchdog ping is due; long.MaxValue for never.</summary>
    public long WatchdogDeadlineUs { get; internal set; } = long.MaxValue;

    /// <summary>The last STATUS= of the service.</summary>
    public string? StatusText { get; internal set; }

    /// <summary>The transaction that last moved this unit; 0 for none.</summary>
    public TransactionId Transaction { get; internal set; }

    /// <summary>A start that conditions skipped, or the assert that failed, in words.</summary>
    public string? ConditionText { get; internal set; }
}
