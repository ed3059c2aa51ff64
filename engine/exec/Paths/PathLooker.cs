using InitTx.Exec.Matching;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Prepare;
using InitTx.Linux.Watches;
using InitTx.Units.Model;

namespace InitTx.Exec.Paths;

/// <summary>
/// Watches the paths of a unit, and only then looks at them: what changes after the look is told by
/// the watch. Where a path is not there yet, the nearest directory above it is watched for the name
/// that is missing (systemd.path(5)).
/// </summary>
internal static class PathLooker
{
    private const uint OfExisting =
        PathInotify.DeleteSelf | PathInotify.MoveSelf | PathInotify.Attributes;

    private const uint OfEntries = PathInotify.Create | PathInotify.MovedTo;

    private const uint OfChanges = OfExisting | OfEntries | PathInotify.CloseWrite
        | PathInotify.Delete | PathInotify.MovedFrom;

    private const uint OfParent = OfEntries | OfExisting;

    public static PrepareAnswer.Watching Look(
        PrepareQuestion.WatchPaths question, List<FileDescriptor> attached)
    {
        SysResult<FileDescriptor> made = PathInotify.Open();
        if (made.IsError)
            return new PrepareAnswer.Watching(question.Token, made.Message, [], []);
        FileDescriptor inotify = made.Require();
        var entries = new List<WatchEntry>();
        for (int i = 0; i < question.Watches.Count; i++)
        {
            if (question.Makes)
                Make(question.Watches[i], (uint)question.Mode);
            if (Watch(inotify, question.Watches[i], i, entries) is { } problem)
            {
                inotify.Dispose();
                return new PrepareAnswer.Watching(question.Token, problem, [], []);
            }
        }

        var stamps = new List<long>();
        foreach (PathWatch watch in question.Watches)
            stamps.Add(StampOf(watch));
        attached.Add(inotify);
        return new PrepareAnswer.Watching(question.Token, null, stamps, entries);
    }

    // MakeDirectory= makes what is watched for its contents or its changes, not what is awaited.
    private static void Make(PathWatch watch, uint mode)
    {
        if (watch.Kind is not (PathWatchKind.Exists or PathWatchKind.ExistsGlob))
            DirectoryMaker.MakeAll(watch.Path, mode);
    }

    /// <returns>Null, or why it cannot be watched.</returns>
    private static string? Watch(
        FileDescriptor inotify, PathWatch watch, int index, List<WatchEntry> entries)
    {
        string plain = PlainPart(watch);
        bool whole = plain.Length == watch.Path.Length;
        for (string path = plain, missing = ""; ; path = ParentOf(path))
        {
            bool isTarget = whole && path.Length == plain.Length;
            uint mask = isTarget ? MaskOf(watch.Kind) : OfParent;
            SysResult added = PathInotify.Add(inotify, path, mask);
            if (added.IsOk)
            {
                // Below the plain part of a glob any name may be the one.
                string? name = isTarget || (!whole && missing.Length == 0) ? null : missing;
                AddEntries(entries, added.Value, mask, name, isTarget ? index : -1);
                return WatchMoves(inotify, path, entries);
            }

            if (added.Error is not (Errno.ENOENT or Errno.ENOTDIR or Errno.EACCES) || path == "/")
                return $"{watch.Source}: {path}: {added.Error.Describe()}";
            missing = path[(path.LastIndexOf('/') + 1)..];
        }
    }

    private static void AddEntries(
        List<WatchEntry> entries, int watch, uint mask, string? name, int index)
    {
        if (name is null)
        {
            entries.Add(new WatchEntry(watch, mask, null, index));
            return;
        }

        entries.Add(new WatchEntry(watch, mask & OfEntries, name, index));
        entries.Add(new WatchEntry(watch, mask & ~OfEntries, null, index));
    }

    // A directory above that is moved takes the path away. Nothing else of it is watched: what
    // happens in a busy directory must not wake the manager.
    private static string? WatchMoves(
        FileDescriptor inotify, string path, List<WatchEntry> entries)
    {
        while (path != "/")
        {
            path = ParentOf(path);
            SysResult added = PathInotify.Add(inotify, path, PathInotify.MoveSelf);
            if (added.IsOk)
                entries.Add(new WatchEntry(added.Value, PathInotify.MoveSelf, null, -1));
            else if (added.Error is not (Errno.ENOENT or Errno.ENOTDIR or Errno.EACCES))
                return $"{path}: {added.Error.Describe()}";
        }

        return null;
    }

    private static uint MaskOf(PathWatchKind kind) => kind switch
    {
        PathWatchKind.Exists or PathWatchKind.ExistsGlob => OfExisting | OfEntries,
        PathWatchKind.DirectoryNotEmpty => OfExisting | OfEntries,
        PathWatchKind.Changed => OfChanges,
        PathWatchKind.Modified => OfChanges | PathInotify.Modify,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    // Without the components from the first wildcard on.
    private static string PlainPart(PathWatch watch)
    {
        if (watch.Kind != PathWatchKind.ExistsGlob)
            return watch.Path;
        int end = 0;
        for (int at = 1; at <= watch.Path.Length; at++)
        {
            if (at < watch.Path.Length && watch.Path[at] != '/')
                continue;
            if (Wildcard.HasMeta(watch.Path[(end + 1)..at]))
                break;
            end = at;
        }

        return end <= 0 ? "/" : watch.Path[..end];
    }

    private static string ParentOf(string path)
    {
        int slash = path.LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }

    private static long StampOf(PathWatch watch)
    {
        switch (watch.Kind)
        {
            case PathWatchKind.ExistsGlob:
                return PathGlob.Expand(watch.Path).Count > 0 ? 1 : 0;
            case PathWatchKind.DirectoryNotEmpty:
                return HasEntries(watch.Path) ? 1 : 0;
            default:
                break;
        }

        if (PathFacts.Status(watch.Path, out FileStatus s).IsError)
            return 0;
        if (watch.Kind == PathWatchKind.Exists)
            return 1;
        ReadOnlySpan<ulong> parts =
            [s.Device, s.Inode, s.Size, (ulong)s.ModifiedNs, (ulong)s.ChangedNs];
        return Mixed(parts);
    }

    // The same in every helper: System.HashCode is another in each process.
    private static long Mixed(ReadOnlySpan<ulong> parts)
    {
        ulong mixed = 14_695_981_039_346_656_037;
        foreach (ulong part in parts)
            mixed = (mixed ^ part) * 1_099_511_628_211;
        return mixed == 0 ? 1 : (long)mixed;
    }

    private static bool HasEntries(string path)
    {
        try
        {
            foreach (string _ in Directory.EnumerateFileSystemEntries(path))
                return true;
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
