using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>
/// systemd.exec(5): what the unit sees of the file system, where its programs are, which devices.
/// </summary>
internal static class ExecMounts
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        switch (s.Key)
        {
            case "ReadWritePaths" or "ReadOnlyPaths" or "InaccessiblePaths" or "ExecPaths"
                or "NoExecPaths":
                Paths(s, s.Key);
                return true;
            case "ReadWriteDirectories":
                Paths(s, "ReadWritePaths");
                return true;
            case "ReadOnlyDirectories":
                Paths(s, "ReadOnlyPaths");
                return true;
            case "InaccessibleDirectories":
                Paths(s, "InaccessiblePaths");
                return true;
            case "BindPaths" or "BindReadOnlyPaths":
                Binds(s);
                return true;
            case "TemporaryFileSystem":
                TemporaryFileSystems(s);
                return true;
            case "RootDirectory" or "NetworkNamespacePath" or "IPCNamespacePath":
                if (s.IsReset)
                    ExecSetup.Set(s, s.Key, null);
                else if (s.TryPath(s.Value, 0, absolute: true, out string path))
                    ExecSetup.Set(s, s.Key, path == "/" && s.Key == "RootDirectory" ? null : path);
                return true;
            case "ExecSearchPath":
                SearchPath(s);
                return true;
            case "DeviceAllow":
                Device(s);
                return true;
            default:
                return false;
        }
    }

    // systemd.exec(5): "-" before a path forgives its absence, "+" takes it below RootDirectory=.
    private static void Paths(in Setting s, string key)
    {
        if (s.IsReset)
            ExecSetup.Set(s, key, null);
        foreach ((string word, int offset) in s.Words(WordRules.Unquote))
        {
            int start = word.StartsWith('-') ? 1 : 0;
            if (word.AsSpan(start).StartsWith("+", StringComparison.Ordinal))
                start++;
            if (s.TryPath(word[start..], offset, absolute: true, out string path))
                ExecSetup.Add(s, key, word[..start] + path);
        }
    }

    // Kept as the one PATH that it becomes. As in systemd nothing counts behind what is no path.
    private static void SearchPath(in Setting s)
    {
        if (s.IsReset)
        {
            ExecSetup.Set(s, s.Key, null);
            return;
        }

        List<string> list = [.. ExecSetup.Find(s, s.Key)?.Split(':') ?? []];
        int offset = 0;
        foreach (string word in s.Value.Split(':'))
        {
            if (!s.TryPath(word, offset, absolute: true, out string path))
                break;
            if (list.Count >= s.Draft.Limits.MaxListItems)
            {
                s.Warn($"more than {s.Draft.Limits.MaxListItems} directories, ignored", offset);
                break;
            }

            list.Add(path);
            offset += word.Length + 1;
        }

        ExecSetup.Set(s, s.Key, list.Count > 0 ? string.Join(':', list) : null);
    }

    private static void Binds(in Setting s)
    {
        if (s.IsReset)
            ExecSetup.Set(s, s.Key, null);
        foreach ((string word, int offset) in s.Words(WordRules.Unquote | WordRules.KeepBackslash))
        {
            string[] parts = word.Split(':');
            bool optional = parts[0].StartsWith('-');
            bool valid = parts.Length <= 3
                && (parts.Length < 3 || parts[2] is "rbind" or "norbind" or "");
            if (!valid)
            {
                s.Warn($"'{word}' is no bind mount, ignored; write FROM[:TO[:rbind|norbind]]",
                    offset);
                continue;
            }

            string to = parts.Length > 1 && parts[1].Length > 0
                ? parts[1]
                : parts[0][(optional ? 1 : 0)..];
            if (s.TryPath(parts[0][(optional ? 1 : 0)..], offset, absolute: true, out string source)
                && s.TryPath(to, offset, absolute: true, out string target))
            {
                ExecSetup.Add(s, s.Key, $"{(optional ? "-" : "")}{source}:{target}:"
                    + (parts.Length == 3 && parts[2] == "norbind" ? "norbind" : "rbind"));
            }
        }
    }

    private static void TemporaryFileSystems(in Setting s)
    {
        if (s.IsReset)
            ExecSetup.Set(s, s.Key, null);
        foreach ((string word, int offset) in s.Words(WordRules.Unquote))
        {
            int colon = word.IndexOf(':', StringComparison.Ordinal);
            string options = colon < 0 ? "" : word[(colon + 1)..];
            if (s.TryPath(colon < 0 ? word : word[..colon], offset, absolute: true, out string path)
                && s.TryExpand(options, offset, out options))
                ExecSetup.Add(s, s.Key, $"{path}:{options}");
        }
    }

    private static void Device(in Setting s)
    {
        if (s.IsReset)
        {
            ExecSetup.Set(s, s.Key, null);
            return;
        }

        List<(string Text, int Offset)> words = s.Words(WordRules.Unquote);
        string device = words.Count > 0 ? words[0].Text : "";
        string access = words.Count > 1 ? words[1].Text : "rwm";
        bool known = device.StartsWith("/dev/", StringComparison.Ordinal)
            || device.StartsWith("/run/systemd/inaccessible/", StringComparison.Ordinal)
            || device.StartsWith("char-", StringComparison.Ordinal)
            || device.StartsWith("block-", StringComparison.Ordinal);
        bool valid = known && access.Length is > 0 and <= 3;
        foreach (char c in access)
            valid &= c is 'r' or 'w' or 'm';
        if (valid && s.TryExpand(device, 0, out device))
            ExecSetup.Add(s, s.Key, $"{device} {access}");
        else
            s.Warn($"'{s.Shown}' is no device, ignored; write for example /dev/null rw");
    }
}
