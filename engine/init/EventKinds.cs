namespace InitTx.Init;

/// <summary>
/// What an epoll key is about; the id beside it is a pid, a descriptor or a number of ours.
/// </summary>
internal static class EventKinds
{
    public const byte Signal = 1;

    /// <summary>Id: pid.</summary>
    public const byte Child = 2;

    /// <summary>Id: status descriptor of a spawn.</summary>
    public const byte SpawnStatus = 3;

    /// <summary>Id: the helper's number.</summary>
    public const byte Helper = 4;
    public const byte Notify = 5;
    public const byte ControlListener = 6;

    /// <summary>Id: the connection's number.</summary>
    public const byte ControlConnection = 7;

    /// <summary>Id: unit.</summary>
    public const byte ActivationSocket = 8;

    /// <summary>Id: unit.</summary>
    public const byte Cgroup = 9;
    public const byte CrashTest = 10;
    public const byte Mounts = 11;
    public const byte Archive = 12;
    public const byte Logger = 13;
    public const byte Clock = 14;

    /// <summary>Id: unit.</summary>
    public const byte PathWatch = 15;
    public const byte Bus = 16;

    /// <summary>Id: number of a stored descriptor.</summary>
    public const byte Stored = 17;

    /// <summary>Id: unit.</summary>
    public const byte Automount = 18;
}
