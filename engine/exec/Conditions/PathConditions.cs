using InitTx.Exec.Matching;
using InitTx.Linux;
using InitTx.Linux.Handles;

namespace InitTx.Exec.Conditions;

/// <summary>
/// The conditions about one path (systemd.unit(5), "ConditionPathExists=" and following).
/// </summary>
internal static class PathConditions
{
    private const int MaxNames = 4096;
    private const uint AnyExecute = 0b001_001_001;

    public static ConditionResult Exists(string path) =>
        Of(PathFacts.Status(path, out _).IsOk);

    public static ConditionResult ExistsGlob(string pattern) =>
        Of(BracePattern.Expand(pattern).Exists(static p => PathGlob.Expand(p).Count > 0));

    public static ConditionResult IsDirectory(string path) =>
        Of(PathFacts.Status(path, out FileStatus status).IsOk && status.IsDirectory);

    public static ConditionResult IsSymbolicLink(string path) =>
        Of(Files.Status(Files.Cwd, path, out FileStatus status).IsOk && status.IsSymlink);

    public static ConditionResult IsMountPoint(string path) =>
        Of(PathFacts.IsMountPoint(path) is { IsOk: true, Raw: 1 });

    /// <summary>As systemd: whatever is there and not known to be read-only.</summary>
    public static ConditionResult IsReadWrite(string path)
    {
        SysResult result = PathFacts.IsOnReadOnlyFileSystem(path);
        return Of(result.Raw != 1 && result.Error != Errno.ENOENT);
    }

    public static ConditionResult DirectoryNotEmpty(string path)
    {
        SysResult<FileDescriptor> opened = Directories.Open(path);
        if (opened.IsError)
            return Of(opened.Error is not (Errno.ENOENT or Errno.ENOTDIR));
        using FileDescriptor directory = opened.Require();
        var names = new List<string>();

        // What cannot be read to its end has something in it. Hidden files and backups are nothing.
        SysResult read = DirectoryList.Names(directory, MaxNames, names);
        return Of(read.IsError || names.Exists(static n => !HiddenNames.IsHiddenOrBackup(n)));
    }

    public static ConditionResult FileNotEmpty(string path) =>
        Of(
            PathFacts.Status(path, out FileStatus status).IsOk
            && status is { IsRegular: true, Size: > 0 });

    public static ConditionResult FileIsExecutable(string path) =>
        Of(PathFacts.Status(path, out FileStatus status).IsOk && status.IsRegular
            && (status.Permissions & AnyExecute) != 0);

    private static ConditionResult Of(bool holds) =>
        holds ? ConditionResult.Yes : ConditionResult.No;
}
