using InitTx.Linux.Interop;

namespace InitTx.Linux.BlackBox;

/// <summary>What the child does beyond what the fields of <see cref="SpawnRequest"/> say.</summary>
[Flags]
public enum SpawnFlags
{
    None = 0,
    NewSession = 1 << 0,

    /// <summary>Standard input becomes the controlling terminal (needs NewSession).</summary>
    ControllingTerminal = 1 << 1,

    /// <summary>And is taken from another session that has it.</summary>
    ForceTerminal = 1 << 2,
    NoNewPrivileges = 1 << 3,
    IgnoreSigpipe = 1 << 4,

    /// <summary>Groups, gid and uid apply.</summary>
    SetIds = 1 << 5,
    SetNice = 1 << 6,
    SetUmask = 1 << 7,

    /// <summary>A missing working directory is "/".</summary>
    DirectoryOptional = 1 << 8,

    /// <summary>
    /// The child writes itself into cgroup.procs instead of being born in the cgroup: kernels since
    /// 6.14 kill at birth what is born where cgroup.kill was ever written.
    /// </summary>
    JoinCgroup = 1 << 9,

    /// <summary>
    /// The program is initx-exec: it gets the status pipe, as the descriptor after those of
    /// <see cref="SpawnRequest.ListenFds"/>, and closes it by executing the service's own.
    /// </summary>
    PassStatus = 1 << 10,
}

/// <summary>One rlimit, soft and hard; ulong.MaxValue is infinity.</summary>
public readonly record struct SpawnLimit(int Resource, ulong Soft, ulong Hard);

/// <summary>
/// One process to make. Everything is copied before <see cref="Shim.Spawn"/> returns. Strings end in
/// NUL; blocks hold NUL-terminated strings one after another, so a prepared one can be reused.
/// </summary>
/// <remarks>
/// <para>LISTEN_PID, WATCHDOG_PID and SYSTEMD_EXEC_PID in the environment: write the value
/// <c>0000000000</c> (ten zeros) and the child puts its own pid there, also behind the mark of
/// <see cref="Launch.ServiceEnvironment"/>.</para>
/// <para>Limits that stage 0 raised for PID 1 are put back in the child first; <see cref="Limits"/>
/// come after.</para>
/// <para>oom_score_adj is not here: it belongs to the memory, which the child shares with PID 1 until
/// its execve. Let initx-exec write it.</para>
/// </remarks>
public ref struct SpawnRequest
{
    /// <summary>
    /// Children that may be between clone and execve at once; the next is EAGAIN after a short wait.
    /// </summary>
    public const int MostAtOnce = 256;

    /// <summary>
    /// Bytes of arguments and environment together (E2BIG); the kernel's limit is lower.
    /// </summary>
    public const int LargestBlock = 4 << 20;

    /// <summary>Limits of one request; Linux has 16 resources.</summary>
    public const int MostLimits = 16;

    public SpawnRequest()
    {
    }

    /// <summary>The executable, absolute, NUL-terminated.</summary>
    public ReadOnlySpan<byte> Path { get; set; }

    public ReadOnlySpan<byte> Arguments { get; set; }
    public int ArgumentCount { get; set; }
    public ReadOnlySpan<byte> Environment { get; set; }
    public int EnvironmentCount { get; set; }

    /// <summary>NUL-terminated; empty leaves PID 1's.</summary>
    public ReadOnlySpan<byte> Directory { get; set; }

    /// <summary>Become descriptors 3, 4, … in this order.</summary>
    public ReadOnlySpan<int> ListenFds { get; set; }

    public ReadOnlySpan<SpawnLimit> Limits { get; set; }

    /// <summary>Supplementary groups, with <see cref="SpawnFlags.SetIds"/>.</summary>
    public ReadOnlySpan<uint> Groups { get; set; }

    public SpawnFlags Flags { get; set; }

    /// <summary>Descriptor of the unit's cgroup2 directory, or -1.</summary>
    public int Cgroup { get; set; } = -1;

    /// <summary>-1: what PID 1 has there.</summary>
    public int Input { get; set; } = -1;

    public int Output { get; set; } = -1;
    public int Error { get; set; } = -1;
    public uint Uid { get; set; }
    public uint Gid { get; set; }
    public int Nice { get; set; }
    public uint Umask { get; set; }

    /// <summary>
    /// From <see cref="SpawnSlots.Take"/>: the kernel stores the pid there; -1 for none.
    /// </summary>
    public int Slot { get; set; } = -1;

    internal readonly unsafe SpawnResult Run()
    {
        if (Limits.Length > MostLimits)
        {
            return SpawnResult.Refused(errno: 22);
        }

        ShimNative.Limit* limits = stackalloc ShimNative.Limit[MostLimits];
        for (int i = 0; i < Limits.Length; i++)
        {
            limits[i].Resource = (uint)Limits[i].Resource;
            limits[i].Soft = Limits[i].Soft;
            limits[i].Hard = Limits[i].Hard;
        }

        fixed (byte* path = Path, arguments = Arguments, environment = Environment)
        fixed (byte* directory = Directory)
        fixed (int* listen = ListenFds)
        fixed (uint* groups = Groups)
        {
            ShimNative.SpawnBlock block = Scalars();
            block.Path = path;
            block.Arguments = arguments;
            block.Environment = environment;
            block.Directory = directory;
            block.ListenFds = listen;
            block.Limits = limits;
            block.Groups = groups;
            ShimNative.Spawned made;
            int error = ShimNative.Spawn(&block, &made);
            return error < 0
                ? SpawnResult.Refused(-error)
                : new SpawnResult(
                    0, made.Pid, made.Pidfd, made.StatusFd, (SpawnFallback)made.Fallback);
        }
    }

    private readonly ShimNative.SpawnBlock Scalars() => new()
    {
        ArgumentsSize = (uint)Arguments.Length,
        ArgumentsCount = (uint)ArgumentCount,
        EnvironmentSize = (uint)Environment.Length,
        EnvironmentCount = (uint)EnvironmentCount,
        ListenCount = (uint)ListenFds.Length,
        LimitsCount = (uint)Limits.Length,
        GroupsCount = (uint)Groups.Length,
        Flags = (uint)Flags,
        Cgroup = Cgroup,
        Input = Input,
        Output = Output,
        Error = Error,
        Uid = Uid,
        Gid = Gid,
        Nice = Nice,
        Umask = Umask,
        Slot = Slot,
    };
}
