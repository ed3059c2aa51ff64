namespace InitTx.Journal.Live;

/// <summary>What kind of file a name leads to.</summary>
public enum FileKind : byte
{
    Other,
    Regular,
    Directory,
}

/// <summary>
/// The part of stat(2) that tells whether a file is still the same and still ours.
/// </summary>
/// <param name="Mode">Permission bits only (07777).</param>
public readonly record struct FileStatus(
    FileKind Kind,
    uint Mode,
    uint Uid,
    ulong Device,
    ulong Inode,
    ulong Links,
    long Size);

/// <summary>
/// lstat(2) for the journal, which makes no system calls of its own. The store never opens live.db
/// itself: closing any descriptor of it would drop SQLite's locks (fcntl(2), "record locks").
/// </summary>
public interface IJournalFiles
{
    /// <summary>Looks at a name without following a symbolic link.</summary>
    /// <returns>0, or the errno: 2 (ENOENT) where there is nothing.</returns>
    int Look(string path, out FileStatus status);
}
