using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>
/// systemd.exec(5): what initx-exec does to the child, checked here and kept as
/// <see cref="SetupOption"/>. As in systemd, a value that cannot be read is reported and leaves
/// what stood before; an empty one takes back.
/// </summary>
internal static class ExecSetup
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        switch (s.Key)
        {
            case "PrivateTmp" or "PrivateDevices" or "PrivateNetwork" or "PrivateUsers"
                or "PrivateMounts" or "PrivateIPC" or "ProtectKernelTunables"
                or "ProtectKernelModules" or "ProtectKernelLogs" or "ProtectClock"
                or "ProtectControlGroups" or "ProtectHostname" or "MemoryDenyWriteExecute"
                or "RestrictRealtime" or "RestrictSUIDSGID" or "LockPersonality"
                or "CPUSchedulingResetOnFork" or "TTYReset" or "TTYVHangup" or "TTYVTDisallocate"
                or "DynamicUser":
                Switch(s, off: null);
                return true;
            case "MountAPIVFS":
                Switch(s, off: "no");
                return true;
            case "ProtectSystem":
                Choice(s, "yes", "full", "strict");
                return true;
            case "ProtectHome":
                Choice(s, "yes", "read-only", "tmpfs");
                return true;
            case "ProtectProc":
                Choice(s, null, "noaccess", "invisible", "ptraceable", "default");
                return true;
            case "ProcSubset":
                Choice(s, null, "all", "pid");
                return true;
            case "KeyringMode":
                Choice(s, null, "inherit", "private", "shared");
                return true;
            case "DevicePolicy":
                Choice(s, null, "auto", "closed", "strict");
                return true;
            case "MountFlags":
                Choice(s, null, "shared", "slave", "private");
                return true;
            case "Personality":
                Choice(s, null, "x86-64", "x86");
                return true;
            case "CPUSchedulingPolicy":
                Choice(s, null, "other", "batch", "idle", "fifo", "rr");
                return true;
            case "CPUSchedulingPriority":
                Number(s, 1, 99);
                return true;
            case "IOSchedulingPriority":
                Number(s, 0, 7);
                return true;
            case "IOSchedulingClass":
                IoClass(s);
                return true;
            case "TimerSlackNSec":
                Slack(s);
                return true;
            case "CPUAffinity":
                Affinity(s);
                return true;
            default:
                return ExecSandbox.Apply(s) || ExecMounts.Apply(s) || ExecCredentials.Apply(s)
                    || ExecSession.Apply(s);
        }
    }

    /// <summary>The value of a key that has only one; null when there is none.</summary>
    public static string? Find(in Setting s, string key)
    {
        foreach (SetupOption option in s.Draft.Exec.Setup)
        {
            if (option.Key == key)
                return option.Value;
        }

        return null;
    }

    /// <summary>Sets a key that has only one value; null takes it back.</summary>
    public static void Set(in Setting s, string key, string? value)
    {
        List<SetupOption> list = Setting.Own(s.Draft.Exec.Setup);
        list.RemoveAll(option => option.Key == key);
        if (value is not null)
            list.Add(new SetupOption(key, value));
        s.Draft.Exec = s.Draft.Exec with { Setup = list };
    }

    /// <summary>Appends to a key that has a list.</summary>
    public static void Add(in Setting s, string key, string value)
    {
        List<SetupOption> list = Setting.Own(s.Draft.Exec.Setup);
        if (list.Count >= s.Draft.Limits.MaxListItems)
        {
            s.Warn($"more than {s.Draft.Limits.MaxListItems} settings for the process, ignored");
            return;
        }

        list.Add(new SetupOption(key, value));
        s.Draft.Exec = s.Draft.Exec with { Setup = list };
    }

    // What is on where nobody says anything keeps a word for having been switched off.
    private static void Switch(in Setting s, string? off)
    {
        if (s.IsReset)
            Set(s, s.Key, null);
        else if (s.TryBoolean(out bool on))
            Set(s, s.Key, on ? "yes" : off);
    }

    // With `yes`, the setting takes a boolean too, and that word is what a true one stands for.
    private static void Choice(in Setting s, string? yes, params string[] words)
    {
        if (s.IsReset)
            Set(s, s.Key, null);
        else if (yes is not null && BooleanParser.TryParse(s.Value, out bool on))
            Set(s, s.Key, on ? yes : null);
        else if (s.Choice(words) is >= 0 and int choice)
            Set(s, s.Key, words[choice]);
    }

    private static void Number(in Setting s, int lowest, int highest)
    {
        if (s.IsReset)
            Set(s, s.Key, null);
        else if (s.Integer(int.MinValue, lowest, highest) is var value and not int.MinValue)
            Set(s, s.Key, Text(value));
    }

    private static void IoClass(in Setting s)
    {
        string[] names = ["none", "realtime", "best-effort", "idle"];
        if (s.IsReset)
            Set(s, s.Key, null);
        else if (Numbers.TrySigned(s.Value, 0, 3, out long number))
            Set(s, s.Key, Text(number));
        else if (s.Choice(names) is >= 0 and int choice)
            Set(s, s.Key, Text(choice));
    }

    private static void Slack(in Setting s)
    {
        if (s.IsReset)
            Set(s, s.Key, null);
        else if (Numbers.TryUnsigned(s.Value, out ulong nanoseconds))
            Set(s, s.Key, nanoseconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
        else if (s.Duration(-1) is >= 0 and < long.MaxValue / 1000 and long microseconds)
            Set(s, s.Key, Text(microseconds * 1000));
    }

    private static void Affinity(in Setting s)
    {
        if (s.IsReset)
        {
            Set(s, s.Key, null);
            return;
        }

        string now = Find(s, s.Key) ?? "";
        foreach ((string word, int offset) in s.Words(WordRules.None))
        {
            foreach (string part in word.Split(','))
            {
                if (part.Length == 0)
                    continue;
                int dash = part.IndexOf('-', Math.Min(1, part.Length));
                int end = dash < 0 ? part.Length : dash;
                bool valid = Numbers.TryUnsigned(part.AsSpan(0, end), out ulong first);
                ulong last = first;
                if (dash > 0)
                    valid &= Numbers.TryUnsigned(part.AsSpan(dash + 1), out last);
                if (!valid || last < first || last > 8191)
                    s.Warn($"'{part}' is no processor, ignored", offset);
                else
                    now += $"{(now.Length == 0 ? "" : ",")}{first}-{last}";
            }
        }

        Set(s, s.Key, now.Length == 0 ? null : now);
    }

    private static string Text(long value) =>
        value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
