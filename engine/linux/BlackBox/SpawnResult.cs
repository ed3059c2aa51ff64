namespace InitTx.Linux.BlackBox;

/// <summary>The child's steps in order: where it failed.</summary>
public enum SpawnStep
{
    None = 0,
    Cgroup = 1,
    Session = 2,
    Signals = 3,
    Limits = 4,
    Nice = 5,
    Descriptors = 6,
    Terminal = 7,
    Groups = 8,
    User = 9,
    Directory = 10,
    NoNewPrivileges = 11,
    Execute = 12,

    /// <summary>A step of initx-exec; the report's text names it.</summary>
    Setup = 13,
}

/// <summary>
/// How a spawn ended. <paramref name="Errno"/> 0: the program was executed, or the child was killed
/// before it (<see cref="Processes.Execution"/> tells which). Else the step that failed and the
/// status with which the child exits, as systemd.exec(5) lists them (200-243).
/// </summary>
/// <param name="Detail">The rlimit or the target descriptor concerned.</param>
public readonly record struct SpawnReport(SpawnStep Step, int Errno, int ExitCode, int Detail)
{
    /// <summary>Directive and errno, of <see cref="SpawnStep.Setup"/>; else null.</summary>
    public string? Text { get; init; }
}

/// <summary>What the kernel could not do and another way was found for.</summary>
[Flags]
public enum SpawnFallback
{
    None = 0,

    /// <summary>clone3 is refused here (old container seccomp): clone and pidfd_open.</summary>
    Clone = 1 << 0,

    /// <summary>CLONE_INTO_CGROUP is refused: the child wrote itself into cgroup.procs.</summary>
    Cgroup = 1 << 1,
}

/// <summary>
/// A process that exists. PidFd and StatusFd are the caller's, both CLOEXEC; StatusFd becomes
/// readable when the program was executed or a step failed: <see cref="Shim.TryFinishSpawn"/>.
/// </summary>
/// <param name="Errno">0, or why no process was made: EAGAIN (limits, or too many spawns pending),
/// ENOMEM, E2BIG, EINVAL.</param>
/// <param name="Pid">As PID 1 sees it.</param>
/// <param name="PidFd">-1 only where the kernel refused one for lack of descriptors.</param>
/// <param name="StatusFd">The status pipe.</param>
/// <param name="Fallback">Fallbacks used.</param>
public readonly record struct SpawnResult(
    int Errno, int Pid, int PidFd, int StatusFd, SpawnFallback Fallback)
{
    public bool IsError => Errno != 0;

    internal static SpawnResult Refused(int errno) => new(errno, 0, -1, -1, SpawnFallback.None);
}
