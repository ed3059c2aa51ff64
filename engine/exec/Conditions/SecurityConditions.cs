using System.Globalization;

namespace InitTx.Exec.Conditions;

/// <summary><c>ConditionSecurity=</c> and <c>ConditionCapability=</c>.</summary>
internal sealed class SecurityConditions(SystemFiles system)
{
    private const string SecureBoot =
        "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

    private const string AuditProtocol = "9";

    // capabilities(7), by number.
    private static readonly string[] Capabilities =
    [
        "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid",
        "setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw",
        "ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace",
        "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time",
        "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
        "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read",
        "perfmon", "bpf", "checkpoint_restore",
    ];

    public ConditionResult Technology(string argument) => argument switch
    {
        "selinux" => Words.Of(system.Exists("/sys/fs/selinux/enforce")),
        "apparmor" => Words.Of(system.ReadLine("/sys/module/apparmor/parameters/enabled") == "Y"),
        "smack" => Words.Of(system.Exists("/sys/fs/smackfs")),
        "tomoyo" => Words.Of(system.Exists("/sys/kernel/security/tomoyo/version")),
        "ima" => Words.Of(system.Exists("/sys/kernel/security/ima")),
        "audit" => Words.Of(HasAudit()),
        "uefi-secureboot" =>
            Words.Of(system.Read(SecureBoot) is { Length: > 0 } state && state[^1] == 1),
        "tpm2" => Words.Of(HasTpm2()),

        // As systemd: a technology that nobody has heard of is not there.
        _ => ConditionResult.No,
    };

    /// <summary>In the bounding set, which the helper inherited from the manager.</summary>
    public ConditionResult Capability(string argument)
    {
        string name = argument.ToLowerInvariant();
        if (name.StartsWith("cap_", StringComparison.Ordinal))
            name = name[4..];
        int number = Array.IndexOf(Capabilities, name);
        return number >= 0 && ulong.TryParse(
            system.Field("/proc/self/status", "CapBnd"), NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture, out ulong set)
            ? Words.Of((set >> number & 1) != 0)
            : ConditionResult.Unknown;
    }

    // The kernel's own audit socket is there only where this network namespace may talk to it.
    private bool HasAudit()
    {
        foreach (string line in (system.Read("/proc/net/netlink") ?? "").Split('\n').Skip(1))
        {
            string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length > 2 && columns[1] == AuditProtocol)
                return true;
        }

        return false;
    }

    private bool HasTpm2()
    {
        foreach (string device in system.List("/sys/class/tpm"))
        {
            if (system.ReadLine($"/sys/class/tpm/{device}/tpm_version_major") == "2")
                return true;
        }

        return system.List("/sys/class/tpmrm").Count > 0
            || system.Exists("/sys/firmware/acpi/tables/TPM2");
    }
}
