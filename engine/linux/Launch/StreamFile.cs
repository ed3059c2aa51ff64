using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Launch;

/// <summary>
/// Opens the file of a standard stream, as root and often in a directory of the service's user. A
/// link of a user's leads to what is that user's and nowhere else, and a second name that a user
/// may have given a file of others is refused (EPERM): otherwise a service could write wherever
/// root can (the shape of CVE-2018-21269). Links of root lead anywhere; in a user's manager the
/// kernel decides.
/// </summary>
internal static class StreamFile
{
    private const uint NewMode = 0b110_100_100;
    private const uint OthersWrite = 0b000_000_010;

    public static SysResult<FileDescriptor> Open(string path, int flags, bool truncate)
    {
        if (Libc.geteuid() != 0)
            return Files.Open(
                Files.Cwd, path, flags | (truncate ? Libc.O_TRUNC : 0), NewMode);
        SysResult<WalkedPath> walked = SafeWalk.To(path, followLast: true);
        if (walked.IsError)
            return SysResult<FileDescriptor>.Fail(walked.Error, "open " + path);
        using WalkedPath found = walked.Require();
        SysResult result = LeadsTo(found);
        if (result.IsError)
            return SysResult<FileDescriptor>.Fail(result, "open " + path);
        int follow = found.IsKernelLink ? 0 : Libc.O_NOFOLLOW;
        SysResult<FileDescriptor> opened = Files.Open(
            found.Parent.Number, found.Name, flags | follow, NewMode);
        if (opened.IsError)
            return opened;
        FileDescriptor file = opened.Require();
        result = Check(found, file, truncate);
        if (result.IsOk)
            return opened;
        file.Dispose();
        return SysResult<FileDescriptor>.Fail(result, "open " + path);
    }

    // Before anything is made or opened: the file, or the directory that it is to be made in.
    private static SysResult LeadsTo(WalkedPath found)
    {
        if (found.LinkedBy.Count == 0)
            return SysResult.Ok;
        SysResult result = Files.Status(found.Parent.Number, out FileStatus parent);
        if (result.IsError)
            return result;
        result = Files.Status(found.Parent.Number, found.Name, out FileStatus status);
        if (result.Error == Errno.ENOENT)
            return IsTheirs(found, parent) ? SysResult.Ok : SysResult.Fail(Errno.EPERM);
        return result.IsOk && !MayLeadTo(found, parent, status)
            ? SysResult.Fail(Errno.EPERM)
            : result;
    }

    // What was opened, whatever had the name before.
    private static SysResult Check(WalkedPath found, FileDescriptor file, bool truncate)
    {
        SysResult result = Files.Status(file.Number, out FileStatus status);
        FileStatus parent = default;
        if (result.IsOk)
            result = Files.Status(found.Parent.Number, out parent);
        if (result.IsError)
            return result;
        if (!MayLeadTo(found, parent, status) || IsSecondName(parent, status))
            return SysResult.Fail(Errno.EPERM);
        return truncate && status.IsRegular
            ? SysResult.Of(Libc.ftruncate(file.Number, 0))
            : SysResult.Ok;
    }

    // A user's link: to a file of that user's, or one that root made in a directory of that user's.
    private static bool MayLeadTo(WalkedPath found, FileStatus parent, FileStatus file) =>
        IsTheirs(found, file)
        || (file is { IsRegular: true, LinkCount: 1 } && IsTheirs(found, parent));

    private static bool IsTheirs(WalkedPath found, FileStatus status)
    {
        foreach (uint user in found.LinkedBy)
        {
            if (status.Uid != user)
                return false;
        }

        return true;
    }

    private static bool IsSecondName(FileStatus parent, FileStatus file) =>
        file is { IsRegular: true, LinkCount: > 1 }
        && (parent.Uid != 0
            ? file.Uid != parent.Uid
            : (parent.Permissions & OthersWrite) != 0);
}
