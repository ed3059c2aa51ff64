using InitTx.Linux.Interop;

namespace InitTx.Linux.Handles;

/// <summary>
/// Whole directories, by descriptors and never by path: no symbolic link is followed, no other file
/// system entered, whatever others do to the tree meanwhile.
/// </summary>
public static unsafe class Directories
{
    private const int MaxDepth = 64;
    private const int MaxEntries = 1_000_000;
    private const int ReadFlags = Libc.O_RDONLY | Libc.O_DIRECTORY;

    /// <summary>Opens a directory for reading; links in the path are followed.</summary>
    public static SysResult<FileDescriptor> Open(string path) =>
        Files.Open(Files.Cwd, path, ReadFlags);

    /// <summary>Opens a directory below another one; no link, no way out.</summary>
    public static SysResult<FileDescriptor> OpenBeneath(FileDescriptor directory, string path) =>
        Files.OpenBeneath(directory, path, ReadFlags);

    /// <summary>Changes mode and owner of an open directory or file; null keeps what is.</summary>
    public static SysResult SetModeAndOwner(FileDescriptor fd, uint? mode, uint? uid, uint? gid)
    {
        // The owner first: chown(2) clears set-id bits that the mode may ask for.
        var result = uid is null && gid is null
            ? SysResult.Ok
            : SysResult.Of(Libc.fchown(fd.Number, uid ?? uint.MaxValue, gid ?? uint.MaxValue));
        return result.IsError || mode is null
            ? result
            : SysResult.Of(Libc.fchmod(fd.Number, mode.Value));
    }

    /// <summary>
    /// Gives everything below an open directory to another owner. A file with more than one link is
    /// left alone: its other names may lie outside.
    /// </summary>
    public static void ChangeOwnerBelow(
        FileDescriptor directory, uint uid, uint gid, List<string> problems)
    {
        var job = new TreeJob(problems);
        job.Each(directory, "", 0, (parent, name, path, status) =>
        {
            if (!status.IsDirectory && status.LinkCount > 1)
            {
                problems.Add($"{path}: has {status.LinkCount} links, its owner was kept");
                return;
            }

            job.Note(path, Files.ChangeOwner(parent.Number, name, uid, gid));
        });
    }

    /// <summary>
    /// Removes a file or a directory with all that is in it; that it is missing is success.
    /// </summary>
    public static void Remove(FileDescriptor parent, string name, List<string> problems)
    {
        var looked = Files.Status(parent.Number, name, out FileStatus status);
        if (looked.Error == Errno.ENOENT)
            return;
        var job = new TreeJob(problems);
        job.Note(name, looked);
        if (looked.IsError)
            return;
        if (!status.IsDirectory)
        {
            job.Note(name, Files.Unlink(parent.Number, name));
            return;
        }

        var opened = OpenBeneath(parent, name);
        if (opened.IsError)
        {
            problems.Add($"{name}: {opened.Error.Describe()}");
            return;
        }

        using (FileDescriptor directory = opened.Require())
        {
            job.Each(directory, name, 0, (inside, child, path, found) => job.Note(
                path,
                found.IsDirectory
                    ? Files.RemoveDirectory(inside.Number, child)
                    : Files.Unlink(inside.Number, child)));
        }

        job.Note(name, Files.RemoveDirectory(parent.Number, name));
    }

    private sealed class TreeJob(List<string> problems)
    {
        private const int MaxProblems = 20;
        private int _entries;

        public void Note(string path, SysResult result)
        {
            if (result.IsError && problems.Count < MaxProblems)
                problems.Add($"{path}: {result.Error.Describe()}");
        }

        /// <summary>Children before their directory.</summary>
        public void Each(
            FileDescriptor directory,
            string path,
            int depth,
            Action<FileDescriptor, string, string, FileStatus> action)
        {
            var names = new List<string>();
            var result = DirectoryList.Names(directory, MaxEntries - _entries, names);
            Note(path, result);
            result = Files.Status(directory.Number, out FileStatus here);
            Note(path, result);
            _entries += names.Count;
            foreach (string name in names)
            {
                string below = path.Length == 0 ? name : $"{path}/{name}";
                result = Files.Status(directory.Number, name, out FileStatus status);
                if (result.IsError)
                {
                    Note(below, result);
                    continue;
                }

                if (status.IsDirectory
                    && !Descend(directory, name, below, depth, here, status, action))
                    continue;
                action(directory, name, below, status);
            }
        }

        private bool Descend(
            FileDescriptor directory,
            string name,
            string path,
            int depth,
            FileStatus here,
            FileStatus status,
            Action<FileDescriptor, string, string, FileStatus> action)
        {
            if (depth == MaxDepth || status.Device != here.Device)
            {
                Note(path, SysResult.Fail(depth == MaxDepth ? Errno.ELOOP : Errno.EXDEV));
                return false;
            }

            var opened = OpenBeneath(directory, name);
            if (opened.IsError)
            {
                Note(path, SysResult.Fail(opened.Error));
                return false;
            }

            using FileDescriptor child = opened.Require();
            Each(child, path, depth + 1, action);
            return true;
        }
    }
}
