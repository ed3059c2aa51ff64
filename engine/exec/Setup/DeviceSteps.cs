using System.Globalization;
using InitTx.Exec.Matching;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Launch;

namespace InitTx.Exec.Setup;

/// <summary>
/// DevicePolicy= and DeviceAllow= (systemd.resource-control(5)): a program on the unit's own
/// control group. Where there is none (no cgroup2, no right to bpf(2)) the unit starts all the same
/// and the loss is said, as systemd does; PrivateDevices= still hides the nodes.
/// </summary>
internal static class DeviceSteps
{
    private const uint Make = 1;
    private const uint Read = 2;
    private const uint Write = 4;

    private static readonly string[] Harmless =
    [
        "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
        "/dev/ptmx",
    ];

    public static void Run(SetupSettings settings, string unit)
    {
        string policy = settings.Find("DevicePolicy") ?? "auto";
        List<string> allowed = settings.All("DeviceAllow");
        if (policy == "auto" && settings.Has("PrivateDevices"))
            policy = "closed";
        if (settings.Has("ProtectClock"))
            allowed.Add("char-rtc r");
        if (policy == "auto" && allowed.Count == 0)
            return;
        if (OwnGroup.Find(unit) is not { } group)
        {
            SetupReport.Lost("DevicePolicy", OwnGroup.Missing);
            return;
        }

        var rules = new List<DeviceRule>();
        if (policy != "strict")
        {
            foreach (string path in Harmless)
                AddNode(rules, path, Make | Read | Write);
            AddKind(rules, "char-pts", Read | Write);
        }

        foreach (string line in allowed)
        {
            string[] words = line.Split(' ');
            if (words[0].StartsWith('/'))
                AddNode(rules, words[0], Access(words[1]));
            else
                AddKind(rules, words[0], Access(words[1]));
        }

        SysResult result = DeviceFilter.Attach(group, rules);
        if (result.IsError)
            SetupReport.Lost("DevicePolicy", result.Error.Describe());
    }

    private static uint Access(string letters) =>
        (letters.Contains('m', StringComparison.Ordinal) ? Make : 0)
        | (letters.Contains('r', StringComparison.Ordinal) ? Read : 0)
        | (letters.Contains('w', StringComparison.Ordinal) ? Write : 0);

    // A node that is not there cannot be used either; one that comes later needs a new start.
    private static void AddNode(List<DeviceRule> rules, string path, uint access)
    {
        if (PathFacts.Device(path, out bool block, out uint major, out uint minor).IsOk)
            rules.Add(new DeviceRule(block, major, minor, access));
    }

    // "char-pts", "block-*": majors by the names of /proc/devices, which may be patterns.
    private static void AddKind(List<DeviceRule> rules, string name, uint access)
    {
        bool block = name.StartsWith("block-", StringComparison.Ordinal);
        string pattern = name[(block ? 6 : 5)..];
        if (pattern == "*")
        {
            rules.Add(new DeviceRule(block, -1, -1, access));
            return;
        }

        bool inBlocks = false;
        foreach (string line in OwnGroup.Lines("/proc/devices"))
        {
            if (line.EndsWith(':'))
                inBlocks = line.StartsWith("Block", StringComparison.Ordinal);
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (inBlocks == block && words.Length == 2
                && long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture,
                    out long major)
                && Wildcard.Matches(pattern, words[1]))
                rules.Add(new DeviceRule(block, major, -1, access));
        }
    }
}
