using InitTx.Units.Loading;

namespace InitTx.Units.Parsing;

/// <summary>
/// The facts of the host and the manager that specifiers name (systemd.unit(5), "Specifiers").
/// Gathered once by whoever may do I/O, so that loading stays pure; a fact that is null is not
/// known, and a value that asks for it is refused as systemd refuses it.
/// </summary>
public sealed record SpecifierContext
{
    /// <summary>A host without facts: enough for tests and for checking syntax.</summary>
    public static readonly SpecifierContext Unknown = new();

    public ManagerScope Scope { get; init; }

    /// <summary><c>%H</c>; the part before the first dot is <c>%l</c>.</summary>
    public string? HostName { get; init; }

    /// <summary><c>%q</c>: PRETTY_HOSTNAME of /etc/machine-info, or the short host name.</summary>
    public string? PrettyHostName { get; init; }

    /// <summary><c>%m</c>: 32 hexadecimal digits.</summary>
    public string? MachineId { get; init; }

    /// <summary><c>%b</c>: 32 hexadecimal digits, no dashes.</summary>
    public string? BootId { get; init; }

    /// <summary><c>%v</c>: release of uname(2).</summary>
    public string? KernelRelease { get; init; }

    /// <summary><c>%a</c>: systemd's word for the machine.</summary>
    public string Architecture { get; init; } = "x86-64";

    /// <summary>
    /// The fields of os-release(5): ID <c>%o</c>, VERSION_ID <c>%w</c>, BUILD_ID <c>%B</c>,
    /// VARIANT_ID <c>%W</c>, IMAGE_ID <c>%M</c>, IMAGE_VERSION <c>%A</c>; null when the file is
    /// missing, a field that it does not have is empty.
    /// </summary>
    public IReadOnlyDictionary<string, string>? OsRelease { get; init; }

    /// <summary><c>%t</c>, <c>%S</c>, <c>%C</c>, <c>%L</c>, <c>%E</c>.</summary>
    public string RuntimeDirectory { get; init; } = "/run";
    public string StateDirectory { get; init; } = "/var/lib";
    public string CacheDirectory { get; init; } = "/var/cache";
    public string LogsDirectory { get; init; } = "/var/log";
    public string ConfigurationDirectory { get; init; } = "/etc";

    /// <summary><c>%T</c>, <c>%V</c>.</summary>
    public string TemporaryDirectory { get; init; } = "/tmp";
    public string PersistentTemporaryDirectory { get; init; } = "/var/tmp";

    /// <summary>
    /// The manager's own user, not that of <c>User=</c>: <c>%u</c>, <c>%U</c>, <c>%g</c>,
    /// <c>%G</c>, <c>%h</c>, <c>%s</c>.
    /// </summary>
    public string UserName { get; init; } = "root";
    public uint UserId { get; init; }
    public string GroupName { get; init; } = "root";
    public uint GroupId { get; init; }
    public string HomeDirectory { get; init; } = "/root";
    public string Shell { get; init; } = "/bin/sh";
}
