using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Launch;

namespace InitTx.Exec.Setup;

/// <summary>
/// MountAPIVFS= (systemd.exec(5)): what a program expects of every system, in the root of a
/// RootDirectory=. <c>/proc</c> is a new one, <c>/dev</c> and <c>/sys</c> are the system's,
/// <c>/run</c> is empty: with the system's own, the service would have every socket in it. What the
/// root has mounted there itself stays, but for <c>/proc</c>. Paths are followed within the root.
/// </summary>
internal static class ApiFileSystems
{
    private const uint PlaceMode = 0b111_101_101;

    // As large as systemd lets it be.
    private const string RunOptions = "mode=0755,size=20%,nr_inodes=800k";

    private const MountAttribute Closed =
        MountAttribute.NoSetUid | MountAttribute.NoDevices | MountAttribute.NoExecute;

    public static StepFailure? Mount(string root)
    {
        foreach (string path in (string[])["/proc", "/dev", "/sys", "/run"])
        {
            SysResult result = One(path, root);
            if (result.IsError)
                return StepFailure.Of(result, ExitStatus.Namespace, "MountAPIVFS", path);
        }

        return null;
    }

    private static SysResult One(string path, string root)
    {
        SysResult result = Files.MakeDirectory(Files.Cwd, root + path, PlaceMode);
        if (result.IsError && result.Error is not (Errno.EEXIST or Errno.EROFS))
            return result;
        result = Namespaces.Resolve(path, root, out string place);
        if (result.IsError)
            return result;
        if (path == "/proc")
        {
            result = Namespaces.MountNew("proc", place, Closed, "");

            // Where parts of the system's are covered, a new one would uncover them.
            return result.Error == Errno.EPERM ? Bind(path, place) : result;
        }

        if (Namespaces.IsMountPoint(place))
            return SysResult.Ok;
        return path == "/run"
            ? Namespaces.MountNew(
                "tmpfs", place, MountAttribute.NoSetUid | MountAttribute.NoDevices, RunOptions)
            : Bind(path, place);
    }

    private static SysResult Bind(string source, string place)
    {
        SysResult<FileDescriptor> tree = Namespaces.CopyTree(source, recursive: true);
        if (tree.IsError)
            return SysResult.Fail(tree.Error);
        using FileDescriptor held = tree.Require();
        return Namespaces.Attach(held, place);
    }
}
