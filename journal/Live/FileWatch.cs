namespace InitTx.Journal.Live;

/// <summary>
/// Notices what SQLite does not: that its files were replaced, linked elsewhere, removed or cut
/// while it has them open; it would go on reporting success.
/// </summary>
internal sealed class FileWatch
{
    private readonly IJournalFiles _files;
    private readonly string _path;
    private readonly string _walPath;
    private FileStatus _database;
    private FileStatus _wal;

    public FileWatch(IJournalFiles files, string storePath)
    {
        _files = files;
        _path = storePath;
        _walPath = storePath + "-wal";
    }

    /// <summary>Remembers the files as they are now: just opened and written once.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public string? Begin(uint owner)
    {
        return Check(_files, _path, owner, out _database)
            ?? Check(_files, _walPath, owner, out _wal);
    }

    /// <summary>Compares the files with what was remembered.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public string? Changed() => Changed(_path, ref _database, 0)
        ?? Changed(_walPath, ref _wal, LivePragmas.JournalSizeLimit);

    /// <summary>Owner, mode, type and link count of one file of the store.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public static string? Check(IJournalFiles files, string path, uint owner, out FileStatus status)
    {
        int errno = files.Look(path, out status);
        if (errno != 0)
            return $"{path}: cannot be looked at (errno {errno})";
        if (status.Kind != FileKind.Regular)
            return $"{path}: not a regular file";
        if (status.Links != 1)
            return $"{path}: has {status.Links} links";
        if (status.Uid != owner)
            return $"{path}: belongs to uid {status.Uid}, not {owner}";
        return (status.Mode & 0x3F) == 0 ? null : $"{path}: others may open it";
    }

    /// <summary>Owner and mode of the store's directory.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public static string? CheckDirectory(IJournalFiles files, string path, uint owner)
    {
        int errno = files.Look(path, out FileStatus status);
        if (errno != 0)
            return $"{path}: cannot be looked at (errno {errno})";
        if (status.Kind != FileKind.Directory)
            return $"{path}: not a directory";
        if (status.Uid != owner)
            return $"{path}: belongs to uid {status.Uid}, not {owner}";
        return (status.Mode & 0x3F) == 0 ? null : $"{path}: others may enter it";
    }

    // A file only grows, but that a checkpoint cuts the log to its limit (floor 0: never).
    private string? Changed(string path, ref FileStatus known, long floor)
    {
        int errno = _files.Look(path, out FileStatus now);
        if (errno != 0)
            return $"{path}: gone (errno {errno})";
        if (now.Device != known.Device || now.Inode != known.Inode)
            return $"{path}: replaced by another file";
        if (now.Links != 1)
            return $"{path}: has {now.Links} links";
        long least = floor == 0 ? known.Size : Math.Min(known.Size, floor);
        if (now.Size < least)
            return $"{path}: cut from {known.Size} to {now.Size} bytes";
        known = now;
        return null;
    }
}
