using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>How far a process has come.</summary>
internal enum ProcessStage : byte
{
    /// <summary>Cloned, execve not yet called.</summary>
    Made,
    Running,

    /// <summary>Dead, its status not yet collected.</summary>
    Zombie,

    /// <summary>Reaped: its pid may be given out again.</summary>
    Gone,
}

/// <summary>One process of the simulated kernel.</summary>
internal sealed class SimulatedProcess(ProcessIdentity identity, UnitName unit,
    ProcessScript script)
{
    public ProcessIdentity Identity { get; } = identity;

    /// <summary>The unit in whose cgroup it is.</summary>
    public UnitName Unit { get; } = unit;

    public ProcessScript Script { get; } = script;

    /// <summary>The spawn that made it; 0 for what a service forked itself.</summary>
    public SpawnToken Token { get; init; }

    public ExecRole Role { get; init; }

    /// <summary>
    /// Its number among all that were made: in order of birth, which a reused pid does not shift.
    /// </summary>
    public required long Birth { get; init; }

    /// <summary>It was made while processes still misbehaved.</summary>
    public bool BornInTrouble { get; init; }

    public ProcessStage Stage { get; set; }

    /// <summary>
    /// The shell holds a pidfd for it: its exit is reported and it is reaped after the commit.
    /// </summary>
    public bool Known { get; set; }

    public ExitKind ExitKind { get; set; }
    public int ExitCode { get; set; }

    /// <summary>execve has succeeded at some time.</summary>
    public bool Executed { get; set; }

    /// <summary>
    /// The manager crashed since the spawn: the pipe that told of the exec has no reader.
    /// </summary>
    public bool PipeLost { get; set; }

    /// <summary>What came of its exec is committed.</summary>
    public bool ExecIsKnown { get; set; }

    /// <summary>A signal to it was refused: it may outlive its unit.</summary>
    public bool WasSpared { get; set; }

    /// <summary>Which manager looks for its exec: one that crashed looks no more.</summary>
    public int Watch { get; set; }

    /// <summary>The last report of its birth and exec: what comes later is read after it.</summary>
    public Input? LastInput { get; set; }

    /// <summary>When it will end as planned now; an earlier plan wins.</summary>
    public long EndsAtUs { get; set; } = long.MaxValue;

    /// <summary>How often its status reached the engine, over crashes.</summary>
    public int TimesReported { get; set; }

    /// <summary>A fault took its status before the manager could collect it.</summary>
    public bool StatusStolen { get; set; }

    /// <summary>The pid of the daemon that its PID file names.</summary>
    public SimulatedProcess? Daemon { get; set; }

    /// <summary>Alive: made or running.</summary>
    public bool Alive => Stage is ProcessStage.Made or ProcessStage.Running;
}
