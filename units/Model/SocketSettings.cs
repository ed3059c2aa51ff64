namespace InitTx.Units.Model;

/// <summary>The Listen settings of systemd.socket(5).</summary>
public enum ListenKind : byte
{
    Stream,
    Datagram,
    SequentialPacket,
    Fifo,
    Special,
    Netlink,
    MessageQueue,
}

/// <summary><c>Timestamping=</c>: what comes with received packets.</summary>
public enum SocketTimestamping : byte
{
    Off,

    /// <summary>SO_TIMESTAMP.</summary>
    Microseconds,

    /// <summary>SO_TIMESTAMPNS.</summary>
    Nanoseconds,
}

/// <summary>One Listen line; the address is as written, specifiers expanded.</summary>
public sealed record ListenSetting(ListenKind Kind, string Address, SourceLocation Source);

/// <summary>The [Socket] settings; sizes in bytes, times in microseconds.</summary>
public sealed record SocketSettings
{
    public IReadOnlyList<ListenSetting> Listen { get; init; } = [];
    public bool Accept { get; init; }

    /// <summary>
    /// The service that traffic activates, <c>Service=</c> or the socket's own name.
    /// </summary>
    public UnitName Service { get; init; }
    public int SocketMode { get; init; } = 0b110_110_110;
    public int DirectoryMode { get; init; } = 0b111_101_101;
    public string? SocketUser { get; init; }
    public string? SocketGroup { get; init; }
    public int Backlog { get; init; } = int.MaxValue;
    public bool? BindIPv6Only { get; init; }
    public bool FreeBind { get; init; }
    public bool ReusePort { get; init; }
    public bool KeepAlive { get; init; }
    public bool NoDelay { get; init; }
    public bool Transparent { get; init; }
    public bool Broadcast { get; init; }
    public bool PassCredentials { get; init; }
    public bool PassSecurity { get; init; }
    public bool RemoveOnStop { get; init; }
    public bool Writable { get; init; }
    public bool FlushPending { get; init; }
    public bool PassPacketInfo { get; init; }

    /// <summary>null leaves the kernel's own value, here and below.</summary>
    public int? Priority { get; init; }
    public int? Mark { get; init; }
    public int? IpTtl { get; init; }
    public int? KeepAliveTimeSec { get; init; }
    public int? KeepAliveIntervalSec { get; init; }
    public int? KeepAliveProbes { get; init; }
    public int? DeferAcceptSec { get; init; }
    public string? TcpCongestion { get; init; }
    public long PipeSize { get; init; }
    public long ReceiveBuffer { get; init; }
    public long SendBuffer { get; init; }
    public string? FileDescriptorName { get; init; }
    public IReadOnlyList<string> Symlinks { get; init; } = [];
    public string? BindToDevice { get; init; }

    /// <summary>Accept=yes: how many connections are served at once.</summary>
    public int MaxConnections { get; init; } = 64;

    /// <summary>Accept=yes: how many of one IP address or virtual machine; 0 for any.</summary>
    public int MaxConnectionsPerSource { get; init; }

    /// <summary><c>SocketProtocol=</c>, third argument of socket(2); 0 for the usual one.</summary>
    public int Protocol { get; init; }

    /// <summary>Type of service of what is sent, 0 to 255 (ip(7)).</summary>
    public int? IpTos { get; init; }
    public SocketTimestamping Timestamping { get; init; }

    /// <summary>
    /// mq_maxmsg of a queue that is made (mq_open(3)); 0 leaves both to the kernel.
    /// </summary>
    public long MessageQueueMaxMessages { get; init; }

    /// <summary>mq_msgsize of a queue that is made, bytes.</summary>
    public long MessageQueueMessageSize { get; init; }
    public long TriggerLimitIntervalUs { get; init; } = 2_000_000;
    public int TriggerLimitBurst { get; init; } = 20;
    public long TimeoutUs { get; init; } = 90_000_000;
    public IReadOnlyList<ExecCommand> ExecStartPre { get; init; } = [];
    public IReadOnlyList<ExecCommand> ExecStartPost { get; init; } = [];
    public IReadOnlyList<ExecCommand> ExecStopPre { get; init; } = [];
    public IReadOnlyList<ExecCommand> ExecStopPost { get; init; } = [];

    /// <summary>The unit runs processes of its own.</summary>
    public bool HasCommands =>
        ExecStartPre.Count + ExecStartPost.Count + ExecStopPre.Count + ExecStopPost.Count > 0;
}
