using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary><c>Store=</c>: where the live journal is.</summary>
public enum JournalStore : byte
{
    /// <summary>On a file system in memory of its own.</summary>
    Memory,

    /// <summary>
    /// On disk below the state directory, every commit synced: a dead disk stalls PID 1.
    /// </summary>
    Disk,

    /// <summary>Only the ring in memory.</summary>
    None,
}

/// <summary><c>LogTarget=</c>: where the manager's messages and its services' output go.</summary>
public enum LogTargetKind : byte
{
    /// <summary>
    /// Output to the files of the built-in logger; where it is not installed, and messages in any
    /// case: kmsg for PID 1 of a machine, the console in a container.
    /// </summary>
    Auto,
    Console,
    Kmsg,
    Null,

    /// <summary>Output to the files of the built-in logger.</summary>
    Files,

    /// <summary>Output to a running journald's stream socket.</summary>
    Journald,

    /// <summary>Output to a running syslog daemon, through the logger.</summary>
    Syslog,
}

/// <summary>
/// initx.conf: INI with one section [Manager] and the text rules of unit files. An unknown key or
/// a bad value warns with file:line and changes nothing; a broken file means defaults.
/// </summary>
public sealed record ManagerConfig
{
    /// <summary>What holds without a file.</summary>
    public static readonly ManagerConfig Default = new();

    internal static readonly string[] StoreWords = ["memory", "disk", "none"];
    internal static readonly string[] LogWords =
        ["auto", "console", "kmsg", "null", "files", "journald", "syslog"];

    /// <summary>Where the live journal is.</summary>
    public JournalStore Store { get; init; }

    /// <summary>True for <c>Store=disk</c>.</summary>
    public bool StoreOnDisk => Store == JournalStore.Disk;

    /// <summary>The group whose members may change units besides root; null for none.</summary>
    public string? ControlGroup { get; init; }

    /// <summary>
    /// <c>ReadPolicy=privileged</c>: only root and the control group may read state.
    /// </summary>
    public bool ReadPolicyPrivileged { get; init; }

    /// <summary>
    /// <c>UnhonouredSecurity=refuse</c>: a unit with an unapplied security directive fails closed.
    /// </summary>
    public bool RefuseUnhonouredSecurity { get; init; } = true;

    /// <summary><c>Sequential=yes</c>: start one unit at a time.</summary>
    public bool Sequential { get; init; }

    /// <summary>
    /// <c>LockMemory=yes</c>: the manager's pages stay in memory (mlockall(2)).
    /// </summary>
    public bool LockMemory { get; init; }

    /// <summary>Where messages go.</summary>
    public LogTargetKind LogTarget { get; init; }

    /// <summary>
    /// <c>RuntimeWatchdogSec=</c>: the hardware resets the machine when PID 1 has not fed it for so
    /// long, microseconds; 0: it is not used (systemd-system.conf(5)).
    /// </summary>
    public long RuntimeWatchdogUs { get; init; }

    /// <summary><c>WatchdogDevice=</c>: which one.</summary>
    public string WatchdogDevice { get; init; } = "/dev/watchdog0";

    /// <summary>The archive on disk: the Archive*= keys.</summary>
    public ArchiveSettings Archive { get; init; } = ArchiveSettings.Standard;

    /// <summary>The files of services' output: the Log*= keys.</summary>
    public OutputSettings Output { get; init; } = OutputSettings.Standard;

    /// <summary>Defaults of all units: the Default*= keys.</summary>
    public ManagerDefaults Units { get; init; } = ManagerDefaults.Standard;

    /// <summary>What was wrong, with file:line.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; init; } = [];

    /// <summary>
    /// Reads the bytes of initx.conf; none at all is an absent file and no fault.
    /// </summary>
    public static ManagerConfig Parse(ReadOnlySpan<byte> bytes, string path)
    {
        ParsedUnit file = UnitParser.Parse(path, bytes.ToArray(), ["Manager"], LoadLimits.Default);
        if (file.IsBroken)
            return Default with { Diagnostics = file.Diagnostics };
        return new ManagerConfigReader(file).Parse();
    }
}
