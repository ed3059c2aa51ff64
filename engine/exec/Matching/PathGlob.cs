namespace InitTx.Exec.Matching;

/// <summary>
/// glob(7) over the file system: sorted, names that begin with a dot only when written so.
/// </summary>
internal static class PathGlob
{
    /// <summary>The most paths that a pattern may stand for.</summary>
    public const int MaxMatches = 4096;

    /// <summary>Existing paths that match an absolute pattern, in ordinal order.</summary>
    public static List<string> Expand(string pattern)
    {
        List<string> found = ["/"];
        foreach (string step in pattern.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = new List<string>();
            foreach (string directory in found)
                Append(directory, step, next);
            found = next;
        }

        found.Sort(string.CompareOrdinal);
        return found;
    }

    private static void Append(string directory, string step, List<string> into)
    {
        string prefix = directory == "/" ? "/" : directory + "/";
        if (!Wildcard.HasMeta(step))
        {
            string path = prefix + step;
            if (into.Count < MaxMatches && (Path.Exists(path) || IsLink(path)))
                into.Add(path);
            return;
        }

        try
        {
            foreach (string entry in Directory.EnumerateFileSystemEntries(directory))
            {
                string name = Path.GetFileName(entry);
                if ((name[0] != '.' || step[0] == '.') && into.Count < MaxMatches
                    && Wildcard.Matches(step, name))
                    into.Add(prefix + name);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As glob(3) without GLOB_ERR: a directory that cannot be read matches nothing.
            return;
        }
    }

    private static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;
}
