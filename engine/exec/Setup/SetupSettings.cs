using System.Globalization;
using InitTx.Units.Model;

namespace InitTx.Exec.Setup;

/// <summary>
/// What a unit asks of its process, from <see cref="SetupOption"/>s: each directive by its name,
/// lists in their order, and what one implies for another (systemd.exec(5)).
/// </summary>
internal sealed class SetupSettings
{
    private const ulong SysModule = 1ul << 16;
    private const ulong SysRawIo = 1ul << 17;
    private const ulong SysTime = 1ul << 25;
    private const ulong MakeNodes = 1ul << 27;
    private const ulong Syslog = 1ul << 34;
    private const ulong WakeAlarm = 1ul << 35;

    private readonly List<SetupOption> _options = [];

    public int Count => _options.Count;

    /// <summary>All, in the order in which they came.</summary>
    public IReadOnlyList<SetupOption> Entries => _options;

    public void Add(string key, string value) => _options.Add(new SetupOption(key, value));

    public bool Has(string key) => Find(key) is not null;

    /// <summary>The last value of a key.</summary>
    public string? Find(string key)
    {
        for (int i = _options.Count - 1; i >= 0; i--)
        {
            if (_options[i].Key == key)
                return _options[i].Value;
        }

        return null;
    }

    public List<string> All(string key)
    {
        var list = new List<string>();
        foreach (SetupOption option in _options)
        {
            if (option.Key == key)
                list.Add(option.Value);
        }

        return list;
    }

    public int? Number(string key) => Find(key) is { } text
        && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out int value)
        ? value
        : null;

    public ulong? Mask(string key) => Find(key) is { } text
        && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
            out ulong value)
        ? value
        : null;

    public string ProtectSystem => Find("ProtectSystem") ?? (IsDynamic ? "strict" : "no");

    public string ProtectHome => Find("ProtectHome") ?? (IsDynamic ? "read-only" : "no");

    public bool PrivateTmp => Has("PrivateTmp") || IsDynamic;

    public bool RestrictSetId => Has("RestrictSUIDSGID") || IsDynamic;

    public bool IsDynamic => Has("DynamicUser");

    /// <summary>RootDirectory=, or empty.</summary>
    public string Root => Find("RootDirectory") ?? "";

    /// <summary>The file systems of the kernel, and /run, are mounted in another root.</summary>
    public bool MountsApi => Root.Length > 0 && Find("MountAPIVFS") != "no";

    /// <summary>The bounding set with what the switches take from it; null leaves all.</summary>
    public ulong? BoundingSet
    {
        get
        {
            ulong taken = (Has("PrivateDevices") ? MakeNodes | SysRawIo : 0)
                | (Has("ProtectKernelModules") ? SysModule : 0)
                | (Has("ProtectKernelLogs") ? Syslog : 0)
                | (Has("ProtectClock") ? SysTime | WakeAlarm : 0);
            ulong? asked = Mask("CapabilityBoundingSet");
            return asked is null && taken == 0 ? null : (asked ?? ulong.MaxValue >> 1) & ~taken;
        }
    }

    /// <summary>
    /// Something that the kernel lets an unprivileged process do only without new privileges.
    /// </summary>
    public bool HasFilters => RestrictSetId || Has("SystemCallFilter") || Has("SystemCallLog")
        || Has("SystemCallArchitectures") || Has("RestrictAddressFamilies")
        || Has("RestrictNamespaces") || Has("RestrictRealtime") || Has("MemoryDenyWriteExecute")
        || Has("LockPersonality") || Has("ProtectKernelTunables") || Has("ProtectKernelModules")
        || Has("ProtectKernelLogs") || Has("ProtectClock") || Has("ProtectHostname")
        || Has("PrivateDevices");

    /// <summary>The unit must have mounts of its own.</summary>
    public bool NeedsMounts => PrivateTmp || ProtectSystem != "no" || ProtectHome != "no"
        || Has("PrivateDevices") || Has("ProtectKernelTunables") || Has("ProtectKernelModules")
        || Has("ProtectKernelLogs") || Has("ProtectControlGroups") || Has("ProtectProc")
        || Has("ProcSubset") || Has("PrivateMounts") || Has("PrivateIPC") || Has("MountFlags")
        || Has("RootDirectory") || Has("ReadWritePaths") || Has("ReadOnlyPaths")
        || Has("InaccessiblePaths") || Has("ExecPaths") || Has("NoExecPaths")
        || Has("BindPaths") || Has("BindReadOnlyPaths") || Has("TemporaryFileSystem")
        || Has("LoadCredential") || Has("SetCredential");
}
