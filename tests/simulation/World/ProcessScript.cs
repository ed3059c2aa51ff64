using InitTx.Core.Ports;

namespace InitTx.Simulation.World;

/// <summary>What a process does when a catchable signal reaches it.</summary>
internal enum Reaction : byte
{
    /// <summary>The default action: killed by it.</summary>
    Dies,

    /// <summary>Cleans up and exits with 0.</summary>
    ExitsCleanly,

    /// <summary>Exits with the script's own code.</summary>
    ExitsBadly,

    /// <summary>Nothing.</summary>
    Ignores,
}

/// <summary>What a forking daemon does with its PID file.</summary>
internal enum PidFileHabit : byte
{
    BeforeParentExits,
    Late,
    Never,
    Wrong,
}

/// <summary>
/// All that one process will do, drawn when it is made. Times are microseconds of active time
/// since exec, long.MaxValue for never.
/// </summary>
internal sealed record ProcessScript
{
    /// <summary>From clone to exec: a slow disk.</summary>
    public long ExecDelayUs { get; init; }

    /// <summary>errno of execve, 0 when it works.</summary>
    public int ExecErrno { get; init; }

    public long LifeUs { get; init; } = long.MaxValue;
    public ExitKind EndKind { get; init; } = ExitKind.Exited;
    public int EndCode { get; init; }

    /// <summary>When READY=1 is sent; long.MaxValue for never.</summary>
    public long ReadyAfterUs { get; init; } = long.MaxValue;

    /// <summary>When a Type=dbus service gets its name; long.MaxValue for never.</summary>
    public long NameAfterUs { get; init; } = long.MaxValue;

    /// <summary>When it loses it again, though it runs on.</summary>
    public long NameGoneAfterUs { get; init; } = long.MaxValue;

    /// <summary>When it stores a descriptor; long.MaxValue for never.</summary>
    public long StoresAfterUs { get; init; } = long.MaxValue;

    public bool ReadyTwice { get; init; }
    public bool SaysStopping { get; init; }
    public bool NotifiesFromChild { get; init; }
    public bool NamesForeignMainPid { get; init; }

    /// <summary>EXTEND_TIMEOUT_USEC sent half-way to readiness; 0 for none.</summary>
    public long ExtendUs { get; init; }

    /// <summary>0 for no pings.</summary>
    public long PingEveryUs { get; init; }

    public Reaction OnTerminate { get; init; }
    public Reaction OnHangup { get; init; }
    public long ReactionUs { get; init; }

    /// <summary>
    /// How long SIGKILL takes: a task in D state is not killed before it wakes up.
    /// </summary>
    public long KillDelayUs { get; init; }

    public int Children { get; init; }
    public long ChildLifeUs { get; init; } = long.MaxValue;
    public bool ChildIgnoresTerminate { get; init; }

    /// <summary>A daemon is left behind when the process ends.</summary>
    public ProcessScript? Daemon { get; init; }

    public PidFileHabit PidFile { get; init; }

    /// <summary>mount(8), umount(8): half-way to its end it has done its work.</summary>
    public bool Mounts { get; init; }

    /// <summary>ExecStop: asks the main process to end.</summary>
    public bool StopsMain { get; init; }
}
