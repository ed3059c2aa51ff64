using InitTx.Linux;
using InitTx.Linux.Handles;

namespace InitTx.Exec.Setup;

/// <summary>
/// Mount points and sources of bind mounts, before mount(8) is executed. Here and not in the
/// manager, because any path can lead over a disk or a server that does not answer.
/// </summary>
internal static class MountPlaces
{
    /// <summary>
    /// Makes what is missing. What is there and no directory may be mounted upon as well; whether
    /// it can be, mount(8) says.
    /// </summary>
    public static StepFailure? Make(IReadOnlyList<DirectoryOption> places)
    {
        foreach (DirectoryOption place in places)
        {
            SysResult made = Make(place.Path, place.Mode);
            if (made.IsError)
            {
                return StepFailure.Of(
                    made, ExitStatus.Namespace, "DirectoryMode", place.Path);
            }

            // mount(8) would follow the link, and the mount be another unit's.
            if (place.IsMountPoint && LinkIn(place.Path) is { } link)
            {
                return StepFailure.Of(
                    SysResult.Fail(Errno.ELOOP), ExitStatus.Namespace, "Where",
                    $"{place.Path} leads over the symbolic link {link}");
            }
        }

        return null;
    }

    private static SysResult Make(string path, uint mode)
    {
        SysResult made = Files.MakeDirectory(Files.Cwd, path, mode);
        if (made.Error == Errno.ENOENT)
        {
            made = DirectoryMaker.MakeParents(path, mode);
            if (made.IsOk)
                made = Files.MakeDirectory(Files.Cwd, path, mode);
        }

        return made.Error == Errno.EEXIST ? SysResult.Ok : made;
    }

    /// <summary>The first symbolic link on the way to a path; null for none.</summary>
    public static string? LinkIn(string path)
    {
        for (int at = path.IndexOf('/', 1); ; at = path.IndexOf('/', at + 1))
        {
            string part = at < 0 ? path : path[..at];
            if (Files.Status(Files.Cwd, part, out FileStatus status).IsOk && status.IsSymlink)
                return part;
            if (at < 0)
                return null;
        }
    }
}
