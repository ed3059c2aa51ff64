using System.Globalization;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Mounts;

/// <summary>What the journal's directory is.</summary>
public enum JournalStore : byte
{
    /// <summary>tmpfs that is never swapped out (Linux 6.4).</summary>
    TmpfsNoSwap,

    /// <summary>
    /// ramfs: never swapped out either, but without a size; the journal's own limit counts.
    /// </summary>
    Ramfs,

    /// <summary>tmpfs that can be swapped out: reading it can wait for a disk.</summary>
    Tmpfs,

    /// <summary>No mount of its own could be made: the directory as it is.</summary>
    Directory,
}

/// <summary>
/// Where the journal lives, and why it is no better, in words ("" when it is the best).
/// </summary>
public sealed record JournalPlace(string Path, JournalStore Store, string Note);

/// <summary>
/// The journal's own mount, 0700, without devices, set-uid files and executables, so that nobody
/// else's files can fill it and nothing on it runs.
/// </summary>
public static class JournalMount
{
    private const nuint Flags = Libc.MS_NOSUID | Libc.MS_NODEV | Libc.MS_NOEXEC;
    private const string SwapRisk = "can be swapped out: no tmpfs noswap, no ramfs";
    private const uint Mode = 0b111_000_000;

    /// <summary>
    /// Makes the directory, ours alone, on whatever file system it is: a user's manager has no
    /// right to mount and needs none, its runtime directory is in memory.
    /// </summary>
    public static SysResult<JournalPlace> WithoutMount(string path)
    {
        var made = DirectoryMaker.MakeParents(path, 0b111_101_101);
        if (made.IsOk)
            made = Files.MakeDirectory(Files.Cwd, path, Mode);
        if (made.IsError && made.Error != Errno.EEXIST)
            return SysResult<JournalPlace>.Fail(made, "mkdir " + path);
        var own = OwnDirectory(path, Errno.None);
        return own.Value is { } place
            ? SysResult<JournalPlace>.Ok(place with { Note = "" })
            : own;
    }

    /// <summary>
    /// Makes the directory and mounts on it; one that was mounted before an exec is kept as it is.
    /// Without the right to mount, the directory serves when it is ours alone.
    /// </summary>
    /// <param name="sizeBytes">Size of the tmpfs.</param>
    public static SysResult<JournalPlace> Prepare(string path, long sizeBytes)
    {
        var made = DirectoryMaker.MakeParents(path, 0b111_101_101);
        if (made.IsOk)
            made = Files.MakeDirectory(Files.Cwd, path, Mode);
        if (made.IsError && made.Error != Errno.EEXIST)
            return SysResult<JournalPlace>.Fail(made, "mkdir " + path);
        if (Existing(path) is { } existing)
            return SysResult<JournalPlace>.Ok(existing);

        string size = string.Create(
            CultureInfo.InvariantCulture, $"mode=0700,size={sizeBytes},nr_inodes=1024");
        var first = MountCalls.Mount("initx-journal", path, "tmpfs", Flags, size + ",noswap");
        if (first.IsOk)
            return Placed(path, JournalStore.TmpfsNoSwap, "");
        if (MountCalls.Mount("initx-journal", path, "ramfs", Flags, "mode=0700").IsOk)
            return Placed(path, JournalStore.Ramfs, "tmpfs noswap: " + first.Error.Describe());
        if (MountCalls.Mount("initx-journal", path, "tmpfs", Flags, size).IsOk)
            return Placed(
                path, JournalStore.Tmpfs, SwapRisk);
        return OwnDirectory(path, first.Error);
    }

    private static SysResult<JournalPlace> Placed(string path, JournalStore store, string note) =>
        SysResult<JournalPlace>.Ok(new(path, store, note));

    private static JournalPlace? Existing(string path)
    {
        if (MountCalls.IsMountPoint(path) is not { IsOk: true, Value: 1 })
            return null;
        foreach (var entry in Enumerate(path))
        {
            if (entry.Source != "initx-journal")
                break;
            if (entry.Type == "ramfs")
                return new(path, JournalStore.Ramfs, "no tmpfs noswap");
            return Array.IndexOf(entry.Options.Split(','), "noswap") >= 0
                ? new(path, JournalStore.TmpfsNoSwap, "")
                : new(path, JournalStore.Tmpfs, SwapRisk);
        }

        return null;
    }

    /// <summary>Mounts at a path, the uppermost first.</summary>
    private static IEnumerable<MountEntry> Enumerate(string path)
    {
        var entries = MountTable.Read();
        for (int i = entries.Count - 1; i >= 0; i--)
        {
            if (entries[i].Path == path)
                yield return entries[i];
        }
    }

    internal static SysResult<JournalPlace> OwnDirectory(string path, Errno refused)
    {
        var opened = Files.Open(
            Files.Cwd, path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW);
        if (opened.IsError)
            return SysResult<JournalPlace>.Fail(opened.Error, opened.What);
        using var directory = opened.Require();
        var found = Files.Status(directory.Number, out var status);
        if (found.IsError)
            return SysResult<JournalPlace>.Fail(found, "stat " + path);
        if (status.Uid != Libc.geteuid())
            return SysResult<JournalPlace>.Fail(Errno.EPERM, path + " belongs to another user");
        if (status.Permissions != Mode)
            Libc.fchmod(directory.Number, Mode);
        return SysResult<JournalPlace>.Ok(
            new(path, JournalStore.Directory, "no mount of its own: " + refused.Describe()));
    }
}
