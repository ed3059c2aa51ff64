using System.Globalization;
using System.Runtime.InteropServices;
using InitTx.Exec.Matching;
using InitTx.Linux.Handles;
using InitTx.Units.Loading;
using InitTx.Units.Parsing;

namespace InitTx.Exec.Conditions;

/// <summary>
/// Conditions about the hardware, the installed system and the manager's surroundings.
/// </summary>
internal sealed class MachineConditions(SystemFiles system)
{
    private static readonly string[] PhysicalSupplies = ["Mains", "USB"];

    public static ConditionResult Architecture(string argument) => Words.Of(
        argument == "native" || argument == RuntimeInformation.ProcessArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => "x86-64",
            System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
            System.Runtime.InteropServices.Architecture.X86 => "x86",
            _ => "",
        });

    /// <summary>
    /// <c>uefi</c>, <c>device-tree</c>, <c>device-tree-compatible(X)</c>, <c>smbios-field(F OP
    /// V)</c>.
    /// </summary>
    public ConditionResult Firmware(string argument)
    {
        if (argument == "uefi")
            return Words.Of(system.Exists("/sys/firmware/efi"));
        if (argument == "device-tree")
            return Words.Of(system.Exists("/sys/firmware/devicetree"));
        if (Inside(argument, "device-tree-compatible") is { } compatible)
        {
            string list = system.Read("/proc/device-tree/compatible") ?? "";
            return Words.Of(list.Split('\0').Contains(compatible, StringComparer.Ordinal));
        }

        return Inside(argument, "smbios-field") is { } field ? Smbios(field)
            : ConditionResult.Unknown;
    }

    /// <summary>A machine id, or a pattern for the host name.</summary>
    public ConditionResult Host(string argument)
    {
        string id = argument.Replace("-", "", StringComparison.Ordinal);
        if (id.Length == 32 && id.All(char.IsAsciiHexDigit))
            return Words.Of(id.Equals(
                system.ReadLine("/etc/machine-id"), StringComparison.OrdinalIgnoreCase));
        string name = system.ReadLine("/proc/sys/kernel/hostname") ?? Environment.MachineName;
        return Words.Of(Wildcard.Matches(argument, name, ignoreCase: true));
    }

    /// <summary>On mains, or where there is no battery at all.</summary>
    public ConditionResult AcPower(string argument)
    {
        if (Words.Boolean(argument) is not bool wanted)
            return ConditionResult.Unknown;
        bool online = false;
        bool discharging = false;
        foreach (string supply in system.List("/sys/class/power_supply"))
        {
            string at = $"/sys/class/power_supply/{supply}";
            string? type = system.ReadLine($"{at}/type");
            if (system.ReadLine($"{at}/scope") == "Device")
                continue;
            if (PhysicalSupplies.Contains(type, StringComparer.Ordinal))
                online |= system.ReadLine($"{at}/online") is { } state && state != "0";
            else if (type == "Battery")
                discharging |= system.ReadLine($"{at}/status") == "Discharging";
        }

        // An adapter that is out does not matter while no battery is being used.
        return Words.Of(wanted == (online || !discharging));
    }

    /// <summary>The processors that this process may run on.</summary>
    public ConditionResult Cpus(string argument)
    {
        Comparison comparison = Comparison.Parse(argument.Trim());
        string mask = system.Field("/proc/self/status", "Cpus_allowed") ?? "";
        int count = 0;
        foreach (char c in mask)
        {
            if (char.IsAsciiHexDigit(c))
                count += System.Numerics.BitOperations.PopCount(Convert.ToUInt32(c.ToString(), 16));
        }

        return count > 0 && int.TryParse(comparison.Operand, NumberStyles.None,
            CultureInfo.InvariantCulture, out int wanted)
            ? Words.Of(comparison.Holds(count.CompareTo(wanted)))
            : ConditionResult.Unknown;
    }

    /// <summary>A flag of /proc/cpuinfo; CPUID's own names where they differ.</summary>
    public ConditionResult CpuFeature(string argument)
    {
        string flags = system.Field("/proc/cpuinfo", "flags\t\t") ?? "";
        string name = argument switch
        {
            "pclmul" => "pclmulqdq",
            "sse3" => "pni",
            "osxsave" => "xsave",
            "lahf" => "lahf_lm",
            _ => argument,
        };
        return Words.Of(flags.Split(' ').Contains(name, StringComparer.Ordinal));
    }

    /// <summary>Physical memory; sizes with K, M, G, T to the base 1024.</summary>
    public ConditionResult Memory(string argument)
    {
        Comparison comparison = Comparison.Parse(argument.Trim());
        string[] total = (system.Field("/proc/meminfo", "MemTotal") ?? "").Split(' ');
        return long.TryParse(
            total[0], NumberStyles.None, CultureInfo.InvariantCulture, out long kib)
            && ByteSizeParser.TryParse(comparison.Operand, out ulong wanted)
            ? Words.Of(comparison.Holds(((ulong)kib * 1024).CompareTo(wanted)))
            : ConditionResult.Unknown;
    }

    /// <summary>All of the space-separated comparisons hold for os-release(5).</summary>
    public ConditionResult OsRelease(string argument)
    {
        string text = system.Read("/etc/os-release") ?? system.Read("/usr/lib/os-release") ?? "";
        EnvironmentFileContent content = EnvironmentFileParser.Parse(
            "/etc/os-release", System.Text.Encoding.UTF8.GetBytes(text), LoadLimits.Default);
        List<string> words = Words.Split(argument);
        if (words.Count == 0)
            return ConditionResult.Unknown;
        foreach (string word in words)
        {
            int end = word.AsSpan().IndexOfAny("!$=<>");
            if (end <= 0)
                return ConditionResult.Unknown;
            string actual = content.Variables.LastOrDefault(v => v.Key == word[..end]).Value ?? "";
            if (!Comparison.Parse(word[end..]).HoldsForText(actual))
                return ConditionResult.No;
        }

        return ConditionResult.Yes;
    }

    /// <summary>
    /// <c>v1</c>, <c>v2</c>, or controllers that must all be there; unknown ones do not count.
    /// </summary>
    public ConditionResult ControlGroupController(string argument)
    {
        string? unified = system.ReadLine("/sys/fs/cgroup/cgroup.controllers");
        if (argument is "v1" or "v2")
            return Words.Of((argument == "v2") == (unified is not null));
        IReadOnlyList<string> known = unified?.Split(' ') ?? system.List("/sys/fs/cgroup");
        foreach (string word in argument.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            bool there = word switch
            {
                // Accounting is part of the kernel, devices are BPF programs on the unified tree.
                "cpuacct" or "devices" => unified is not null || known.Contains(word),
                "io" or "blkio" => known.Contains("io") || known.Contains("blkio"),
                "cpu" => known.Contains("cpu") || known.Contains("cpu,cpuacct"),
                "memory" or "pids" or "cpuset" => known.Contains(word),
                _ => true,
            };
            if (!there)
                return ConditionResult.No;
        }

        return ConditionResult.Yes;
    }

    /// <summary>
    /// The helper has the manager's environment: a name, or a name with its value.
    /// </summary>
    public static ConditionResult ManagerEnvironment(string argument)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        string? value = Environment.GetEnvironmentVariable(
            equals < 0 ? argument : argument[..equals]);
        return Words.Of(value is not null && (equals < 0 || value == argument[(equals + 1)..]));
    }

    /// <summary>
    /// A credential that was passed to the system (systemd.exec(5), "Credentials").
    /// </summary>
    public ConditionResult Credential(string argument) =>
        argument.Contains('/', StringComparison.Ordinal)
        ? ConditionResult.No
        : Words.Of(system.Exists($"/run/credentials/@system/{argument}")
            || system.Exists($"/run/credentials/@encrypted/{argument}"));

    /// <summary>The file system's block device, or one below it, is dm-crypt.</summary>
    public ConditionResult PathIsEncrypted(string path)
    {
        if (PathFacts.Status(path, out FileStatus status).IsError)
            return ConditionResult.Unknown;
        ulong major = ((status.Device >> 8) & 0xFFF) | ((status.Device >> 32) & 0xFFFF_F000);
        ulong minor = (status.Device & 0xFF) | ((status.Device >> 12) & 0xFFFF_FF00);
        return Words.Of(IsCrypt($"/sys/dev/block/{major}:{minor}", 0));
    }

    private bool IsCrypt(string device, int depth)
    {
        if (depth > 8)
            return false;
        if (system.ReadLine($"{device}/dm/uuid") is { } uuid
            && uuid.StartsWith("CRYPT-", StringComparison.Ordinal))
            return true;
        IReadOnlyList<string> below = system.List($"{device}/slaves");
        return below.Count > 0 && below.All(s => IsCrypt($"{device}/slaves/{s}", depth + 1));
    }

    private ConditionResult Smbios(string field)
    {
        int end = field.AsSpan().IndexOfAny("!$=<> ");
        if (end <= 0 || field[..end].Contains('/', StringComparison.Ordinal))
            return ConditionResult.Unknown;
        string? actual = system.ReadLine($"/sys/class/dmi/id/{field[..end]}");
        Comparison comparison = Comparison.Parse(field[end..].Trim());
        string operand = comparison.Operand.Trim('"', '\'');
        return actual is null
            ? ConditionResult.No
            : Words.Of((comparison with { Operand = operand }).HoldsForText(actual));
    }

    private static string? Inside(string text, string function) =>
        text.StartsWith(function + "(", StringComparison.Ordinal) && text.EndsWith(')')
            ? text[(function.Length + 1)..^1].Trim()
            : null;
}
