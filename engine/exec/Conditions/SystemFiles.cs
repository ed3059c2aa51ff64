using System.Text;

namespace InitTx.Exec.Conditions;

/// <summary>
/// The machine as conditions see it: files of /proc, /sys, /etc and /run below a root, so that
/// tests can put another machine there. Whatever cannot be read is as if it were not there.
/// </summary>
internal sealed class SystemFiles(string root)
{
    private const int MaxBytes = 1 << 20;

    /// <summary>An absolute path as this root sees it.</summary>
    public string At(string path) => root + path;

    public bool Exists(string path) => Path.Exists(At(path));

    /// <summary>The content, cut at 1 MiB; null when it cannot be read.</summary>
    public string? Read(string path)
    {
        try
        {
            using var stream = new FileStream(At(path), FileMode.Open, FileAccess.Read);
            byte[] buffer = new byte[8192];
            using var content = new MemoryStream();
            int got;
            while (content.Length < MaxBytes && (got = stream.Read(buffer)) > 0)
                content.Write(buffer, 0, got);
            return Encoding.UTF8.GetString(content.GetBuffer(), 0, (int)content.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The first line without blanks around it; null when there is none.</summary>
    public string? ReadLine(string path) => Read(path)?.Split('\n')[0].Trim();

    /// <summary>Names in a directory, ordinal order; empty when it cannot be read.</summary>
    public IReadOnlyList<string> List(string path)
    {
        try
        {
            var names = new List<string>();
            foreach (string entry in Directory.EnumerateFileSystemEntries(At(path)))
                names.Add(Path.GetFileName(entry));
            names.Sort(string.CompareOrdinal);
            return names;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The value of a "Name:\tvalue" line, as in /proc/self/status.</summary>
    public string? Field(string path, string name)
    {
        foreach (string line in (Read(path) ?? "").Split('\n'))
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length
                && line[name.Length] == ':')
                return line[(name.Length + 1)..].Trim();
        }

        return null;
    }
}
