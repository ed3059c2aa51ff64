using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>systemd.exec(5), "Environment".</summary>
internal static class ExecEnvironment
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        ExecSettings x = s.Draft.Exec;
        switch (s.Key)
        {
            case "Environment":
                x = x with { Environment = Variables(s, x.Environment) };
                break;
            case "EnvironmentFile":
                x = x with { EnvironmentFiles = Files(s, x.EnvironmentFiles) };
                break;
            case "PassEnvironment":
                x = x with { PassEnvironment = Names(s, x.PassEnvironment, values: false) };
                break;
            case "UnsetEnvironment":
                x = x with { UnsetEnvironment = Names(s, x.UnsetEnvironment, values: true) };
                break;
            default:
                return false;
        }

        s.Draft.Exec = x;
        return true;
    }

    private static IReadOnlyList<KeyValuePair<string, string>> Variables(
        in Setting s, IReadOnlyList<KeyValuePair<string, string>> current)
    {
        if (s.IsReset)
            return [];
        List<KeyValuePair<string, string>> list = Setting.Own(current);
        foreach ((string word, int offset) in
            s.Words(WordRules.Unquote | WordRules.Unescape | WordRules.StrictEscapes))
        {
            if (!s.TryExpand(word, offset, out string text))
                continue;
            if (!EnvironmentName.TrySplit(text, out KeyValuePair<string, string> variable))
            {
                s.Warn($"'{text}' is no assignment, ignored; write NAME=value, in quotes if it "
                    + "holds blanks", offset);
                continue;
            }

            int at = list.FindIndex(v => v.Key == variable.Key);
            if (at >= 0)
                list[at] = variable;
            else if (list.Count < s.Draft.Limits.MaxListItems)
                list.Add(variable);
        }

        return list;
    }

    private static IReadOnlyList<EnvironmentFileSetting> Files(
        in Setting s, IReadOnlyList<EnvironmentFileSetting> current)
    {
        if (s.IsReset)
            return [];
        bool optional = s.Value.StartsWith('-');
        if (!s.TryPath(optional ? s.Value[1..] : s.Value, optional ? 1
            : 0, absolute: true, out string path))
            return current;
        List<EnvironmentFileSetting> list = Setting.Own(current);
        if (list.Count < s.Draft.Limits.MaxListItems)
            list.Add(new EnvironmentFileSetting(path, optional, s.Source));
        else
            s.Warn($"more than {s.Draft.Limits.MaxListItems} files, ignored");
        return list;
    }

    private static IReadOnlyList<string> Names(
        in Setting s, IReadOnlyList<string> current, bool values)
    {
        if (s.IsReset)
            return [];
        List<string> list = Setting.Own(current);
        foreach ((string word, int offset) in s.Words(WordRules.Unquote))
        {
            if (!s.TryExpand(word, offset, out string text))
                continue;
            bool valid = EnvironmentName.IsValid(text)
                || (values && EnvironmentName.TrySplit(text, out _));
            if (valid)
                list.Add(text);
            else
                s.Warn($"'{text}' is no variable name, ignored", offset);
        }

        return list;
    }
}
