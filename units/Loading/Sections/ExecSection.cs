using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>systemd.exec(5): who runs, where, and with which limits.</summary>
internal static class ExecSection
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s) =>
        ExecSetup.Apply(s) | (Identity(s) || Process(s) || ExecEnvironment.Apply(s)
            || ExecStreams.Apply(s) || ExecLogging.Apply(s) || ExecDirectories.Apply(s));

    private static bool Identity(in Setting s)
    {
        UnitDraft d = s.Draft;
        switch (s.Key)
        {
            case "User":
                if (Account(s, out string? user))
                    d.Exec = d.Exec with { User = user };
                return true;
            case "Group":
                if (Account(s, out string? group))
                    d.Exec = d.Exec with { Group = group };
                return true;
            case "SupplementaryGroups":
                SupplementaryGroups(s);
                return true;
            case "DynamicUser":
                bool dynamic = s.Boolean(d.Exec.DynamicUser);
                d.Exec = d.Exec with
                {
                    DynamicUser = dynamic,
                    RemovesIpc = d.Exec.RemovesIpc || dynamic,
                };
                return true;
            case "RemoveIPC":
                d.Exec = d.Exec with { RemovesIpc = s.Boolean(d.Exec.RemovesIpc) };
                return true;
            case "WorkingDirectory":
                WorkingDirectory(s);
                return true;
            case "RootDirectory":
                d.RootDirectory = Place(s, d.RootDirectory);
                return true;
            case "RootImage":
                d.RootImage = Place(s, d.RootImage);
                return true;
            case "LogNamespace":
                LogNamespace(s);
                return true;
            case "PrivateTmp":
                // It also orders the unit after the mounts of /tmp.
                if (s.TryBoolean(out bool privateTmp))
                    d.PrivateTmp = privateTmp;
                return true;
            default:
                return false;
        }
    }

    // Not applied yet; the paths and sockets they need order the unit all the same.
    private static string? Place(in Setting s, string? current) =>
        s.IsReset ? null : s.TryPath(s.Value, 0, absolute: true, out string path) ? path : current;

    private static void LogNamespace(in Setting s)
    {
        if (s.IsReset)
            s.Draft.LogNamespace = null;
        else if (s.TryExpand(out string name) && UnitName.TryParse($"x@{name}.socket", out _))
            s.Draft.LogNamespace = name;
        else
            s.Warn($"'{s.Shown}' is no name of a log namespace, ignored");
    }

    private static bool Account(in Setting s, out string? name)
    {
        name = null;
        if (s.IsReset)
            return true;
        if (!s.Draft.Specifiers.TryExpand(s.Value, out string text, out string error))
        {
            s.Fatal(error);
            return false;
        }

        if (!IsAccountName(text))
        {
            s.Fatal($"'{text}' is no valid user or group name");
            return false;
        }

        name = text;
        return true;
    }

    private static void SupplementaryGroups(in Setting s)
    {
        UnitDraft d = s.Draft;
        List<string> groups = s.IsReset ? [] : Setting.Own(d.Exec.SupplementaryGroups);
        foreach ((string word, int offset) in s.Words(WordRules.None))
        {
            if (!d.Specifiers.TryExpand(word, out string group, out string error))
                s.Fatal(error, offset);
            else if (!IsAccountName(group))
                s.Fatal($"'{group}' is no valid group name", offset);
            else
                groups.Add(group);
        }

        d.Exec = d.Exec with { SupplementaryGroups = groups };
    }

    // The relaxed rules of systemd: what cannot be looked up or would be ambiguous is refused, as
    // digits behind a zero are, which somebody takes for eight's (CVE-2020-13776).
    internal static bool IsAccountName(string name)
    {
        if (name.Length is 0 or > 255 || name is "." or ".." || name[0] is '-' or ' '
            || name[^1] == ' ')
            return false;
        bool digits = true;
        foreach (char c in name)
        {
            if (c is < ' ' or ':' or '/' or '\x7f' || char.IsSurrogate(c))
                return false;
            digits &= char.IsAsciiDigit(c);
        }

        // (uid_t) -1 in 32 and 16 bits means "no id" to the kernel.
        return !digits || ((name.Length == 1 || name[0] != '0')
            && Numbers.TryUnsigned(name, out ulong id) && id < uint.MaxValue
            && id != ushort.MaxValue);
    }

    private static void WorkingDirectory(in Setting s)
    {
        UnitDraft d = s.Draft;
        bool optional = s.Value.StartsWith('-');
        string value = optional ? s.Value[1..] : s.Value;
        string? path = value.Length == 0 ? null : value;
        if (path is not null and not "~")
        {
            if (!d.Specifiers.TryExpand(value, out path, out string error)
                || (error = PathText.Fault(path, absolute: true) ?? "").Length > 0)
            {
                if (optional)
                    s.Warn($"{error}; ignored");
                else
                    s.Fatal(error);
                return;
            }

            path = PathText.Collapse(path);
        }

        d.Exec = d.Exec with { WorkingDirectory = path, WorkingDirectoryOptional = optional };
    }

    private static bool Process(in Setting s)
    {
        UnitDraft d = s.Draft;
        ExecSettings x = d.Exec;
        switch (s.Key)
        {
            case "UMask":
                x = x with { UMask = s.Mode(x.UMask) };
                break;
            case "Nice":
                x = x with { Nice = s.IsReset ? null : OrKeep(s, x.Nice, -20, 19) };
                break;
            case "OOMScoreAdjust":
                x = x with
                {
                    OomScoreAdjust = s.IsReset ? null
                    : OrKeep(s, x.OomScoreAdjust, -1000, 1000)
                };
                break;
            case "NoNewPrivileges":
                x = x with { NoNewPrivileges = s.Boolean(x.NoNewPrivileges) };
                break;
            case "IgnoreSIGPIPE":
                x = x with { IgnoreSigpipe = s.Boolean(x.IgnoreSigpipe) };
                break;
            default:
                if (ResourceLimitParser.Resource(s.Key) is not { } resource)
                    return false;
                x = x with { Limits = Limit(s, resource, x.Limits) };
                break;
        }

        d.Exec = x;
        return true;
    }

    private static int? OrKeep(in Setting s, int? current, int lowest, int highest)
    {
        int value = s.Integer(int.MinValue, lowest, highest);
        return value == int.MinValue ? current : value;
    }

    private static IReadOnlyList<ResourceLimit> Limit(
        in Setting s, int resource, IReadOnlyList<ResourceLimit> current)
    {
        if (!ResourceLimitParser.TryParse(s.Key, s.Value, out ResourceLimit limit))
        {
            s.Warn($"'{s.Shown}' is no limit, ignored; write a value, soft:hard or infinity");
            return current;
        }

        var list = new List<ResourceLimit>(current.Count + 1);
        foreach (ResourceLimit other in current)
        {
            if (other.Resource != resource)
                list.Add(other);
        }

        list.Add(limit);
        return list;
    }
}
