namespace InitTx.Linux.Handles;

/// <summary>Missing directories of a path.</summary>
public static class DirectoryMaker
{
    /// <summary>
    /// Makes the parents of an absolute path that are missing, with a mode; those that are there
    /// stay as they are.
    /// </summary>
    public static SysResult MakeParents(string path, uint mode)
    {
        int end = path.LastIndexOf('/');
        return end <= 0 ? SysResult.Ok : MakeAll(path[..end], mode);
    }

    /// <summary>Makes a directory of an absolute path and its parents.</summary>
    public static SysResult MakeAll(string path, uint mode)
    {
        if (!path.StartsWith('/'))
            return SysResult.Fail(Errno.EINVAL);
        var made = Files.MakeDirectory(Files.Cwd, path, mode);
        if (made.Error == Errno.EEXIST)
            return Existing(path);
        if (made.Error != Errno.ENOENT)
            return made;

        // From the top: only now, since in most cases everything but the last is there.
        for (int at = path.IndexOf('/', 1); ; at = path.IndexOf('/', at + 1))
        {
            string part = at < 0 ? path : path[..at];
            made = Files.MakeDirectory(Files.Cwd, part, mode);
            if (made.IsError && made.Error != Errno.EEXIST)
                return made;
            if (at < 0)
                return made.Error == Errno.EEXIST ? Existing(path) : made;
        }
    }

    private static SysResult Existing(string path)
    {
        // A link to a directory is as good; it is followed when it is used.
        var found = Files.Status(Files.Cwd, path, out var status);
        return found.IsError ? found
            : status.IsDirectory || status.IsSymlink ? SysResult.Ok
            : SysResult.Fail(Errno.ENOTDIR);
    }
}
