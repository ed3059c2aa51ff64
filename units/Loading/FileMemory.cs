namespace InitTx.Units.Loading;

/// <summary>
/// What tells one state of a file from another: place and times from stat(2). A file that was
/// replaced, or written to, has another one (the change time cannot be set back).
/// </summary>
public readonly record struct FileStamp(
    ulong Device, ulong Inode, ulong Size, long ModifiedNs, long ChangedNs);

/// <summary>
/// Contents of files as they were read, so that reading a tree again opens only what changed. It
/// can be lost at any time: everything is read then. One thread only.
/// </summary>
/// <param name="stampOf">
/// The stamp of a path, links followed; null when there is none or when the file changed so
/// recently that its next change might leave the same stamp.
/// </param>
public sealed class FileMemory(Func<string, FileStamp?> stampOf)
{
    private Dictionary<string, (FileStamp Stamp, ReadOnlyMemory<byte> Content)> _known =
        new(StringComparer.Ordinal);

    private Dictionary<string, (FileStamp Stamp, ReadOnlyMemory<byte> Content)> _next =
        new(StringComparer.Ordinal);

    /// <summary>Files that were opened since the last <see cref="Turn"/>.</summary>
    public int Opened { get; private set; }

    /// <summary>Files whose content was known.</summary>
    public int Known { get; private set; }

    /// <summary>A new reading begins; what the last one did not meet is forgotten.</summary>
    public void Turn()
    {
        (_known, _next) = (_next, _known);
        _next.Clear();
        Opened = 0;
        Known = 0;
    }

    internal FileStamp? StampOf(string path) => stampOf(path);

    internal bool TryRecall(string path, FileStamp stamp, out ReadOnlyMemory<byte> content)
    {
        bool same = _known.TryGetValue(path, out (FileStamp Stamp, ReadOnlyMemory<byte> Content) k)
            && k.Stamp == stamp;
        content = same ? k.Content : default;
        if (same)
        {
            Known++;
            _next[path] = k;
        }

        return same;
    }

    // The stamp of before the reading, unless it has changed meanwhile.
    internal void Keep(string path, FileStamp? before, ReadOnlyMemory<byte> content)
    {
        Opened++;
        if (before is { } stamp && stampOf(path) == stamp)
            _next[path] = (stamp, content);
    }
}
