using InitTx.Journal.Live;
using InitTx.Linux;
using InitTx.Linux.Handles;
using FileStatus = InitTx.Journal.Live.FileStatus;

namespace InitTx.Init.Recovery;

/// <summary>lstat(2) for the journal.</summary>
internal sealed class JournalFiles : IJournalFiles
{
    /// <inheritdoc/>
    public int Look(string path, out FileStatus status)
    {
        SysResult looked = Files.Status(Files.Cwd, path, out Linux.Handles.FileStatus found);
        status = new FileStatus(
            found.IsRegular ? FileKind.Regular : found.IsDirectory ? FileKind.Directory : FileKind.Other,
            found.Permissions,
            found.Uid,
            found.Device,
            found.Inode,
            found.LinkCount,
            (long)found.Size);
        return (int)looked.Error;
    }
}
