using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>systemd.exec(5): the RuntimeDirectory= family.</summary>
internal static class ExecDirectories
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        ExecSettings x = s.Draft.Exec;
        switch (s.Key)
        {
            case "RuntimeDirectory":
                x = x with { Directories = Extend(s, "RUNTIME", x.Directories) };
                break;
            case "StateDirectory":
                x = x with { Directories = Extend(s, "STATE", x.Directories) };
                break;
            case "CacheDirectory":
                x = x with { Directories = Extend(s, "CACHE", x.Directories) };
                break;
            case "LogsDirectory":
                x = x with { Directories = Extend(s, "LOGS", x.Directories) };
                break;
            case "ConfigurationDirectory":
                x = x with { Directories = Extend(s, "CONFIGURATION", x.Directories) };
                break;
            case "RuntimeDirectoryMode":
                x = x with { RuntimeDirectoryMode = s.Mode(x.RuntimeDirectoryMode) };
                break;
            case "StateDirectoryMode":
                x = x with { StateDirectoryMode = s.Mode(x.StateDirectoryMode) };
                break;
            case "CacheDirectoryMode":
                x = x with { CacheDirectoryMode = s.Mode(x.CacheDirectoryMode) };
                break;
            case "LogsDirectoryMode":
                x = x with { LogsDirectoryMode = s.Mode(x.LogsDirectoryMode) };
                break;
            case "ConfigurationDirectoryMode":
                x = x with { ConfigurationDirectoryMode = s.Mode(x.ConfigurationDirectoryMode) };
                break;
            case "RuntimeDirectoryPreserve":
                if (s.Value == "restart")
                    x = x with { RuntimeDirectoryPreserve = DirectoryPreserve.Restart };
                else if (s.TryBoolean(out bool keep))
                    x = x with
                    {
                        RuntimeDirectoryPreserve = keep ? DirectoryPreserve.Yes
                        : DirectoryPreserve.No
                    };
                break;
            default:
                return false;
        }

        s.Draft.Exec = x;
        return true;
    }

    private static IReadOnlyList<ServiceDirectory> Extend(
        in Setting s, string root, IReadOnlyList<ServiceDirectory> current)
    {
        List<ServiceDirectory> list = Setting.Own(current);
        if (s.IsReset)
            list.RemoveAll(other => other.Base == root);

        foreach ((string word, int offset) in s.Words(WordRules.Unquote | WordRules.KeepBackslash))
        {
            int colon = SplitAt(word);
            if (!TryName(s, Unescape(colon < 0 ? word : word[..colon]), offset, out string path))
                continue;
            string? link = null;
            if (colon >= 0 && colon + 1 < word.Length)
            {
                if (root == "CONFIGURATION")
                    s.Warn("a link is not possible for ConfigurationDirectory=, ignored", offset);
                else if (TryName(s, Unescape(word[(colon + 1)..]), offset, out string target))
                    link = target;
                else
                    continue;
            }

            list.Add(new ServiceDirectory(root, path, link));
        }

        return list;
    }

    // "a:b" is a directory and its link; a colon in a name is written \:
    private static int SplitAt(string word)
    {
        for (int i = 0; i < word.Length; i++)
        {
            if (word[i] == '\\')
                i++;
            else if (word[i] == ':')
                return i;
        }

        return -1;
    }

    private static string Unescape(string word)
    {
        if (!word.Contains('\\', StringComparison.Ordinal))
            return word;
        var text = new System.Text.StringBuilder(word.Length);
        for (int i = 0; i < word.Length; i++)
        {
            int value = 0;
            int used = word[i] == '\\' ? Unescaper.Read(word.AsSpan(i + 1), out value, out _) : 0;
            if (used == 0)
            {
                bool colon = word[i] == '\\' && i + 1 < word.Length && word[i + 1] == ':';
                text.Append(word[colon ? ++i : i]);
                continue;
            }

            text.Append(new System.Text.Rune(value).ToString());
            i += used;
        }

        return text.ToString();
    }

    private static bool TryName(in Setting s, string text, int offset, out string path)
    {
        if (!s.TryPath(text, offset, absolute: false, out path))
            return false;
        if (path.Length > 0 && path != "private"
            && !path.StartsWith("private/", StringComparison.Ordinal))
            return true;
        s.Warn(path.Length == 0 ? "an empty name, ignored"
            : "'private' is reserved, ignored", offset);
        return false;
    }
}
