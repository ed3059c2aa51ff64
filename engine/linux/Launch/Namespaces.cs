using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Mounts;

namespace InitTx.Linux.Launch;

/// <summary>Namespaces that a process can leave its parent's for.</summary>
[Flags]
public enum NamespaceKinds
{
    None = 0,
    Mounts = Libc.CLONE_NEWNS,
    HostName = Libc.CLONE_NEWUTS,
    Ipc = Libc.CLONE_NEWIPC,
    Users = Libc.CLONE_NEWUSER,
    Network = Libc.CLONE_NEWNET,
}

/// <summary>Per-mount attributes that a sandbox sets.</summary>
[Flags]
public enum MountAttribute : ulong
{
    None = 0,
    ReadOnly = Libc.MOUNT_ATTR_RDONLY,
    NoSetUid = Libc.MOUNT_ATTR_NOSUID,
    NoDevices = Libc.MOUNT_ATTR_NODEV,
    NoExecute = Libc.MOUNT_ATTR_NOEXEC,
}

/// <summary>How mounts made elsewhere reach this namespace, and the other way round.</summary>
public enum Propagation
{
    Slave,
    Private,
    Shared,
}

/// <summary>
/// What initx-exec builds a service's view of the system from. All of it acts on the calling
/// thread, which is the one that executes. Needs CAP_SYS_ADMIN.
/// </summary>
public static unsafe class Namespaces
{
    private const int PathMax = 4096;

    /// <summary>unshare(2).</summary>
    public static SysResult Leave(NamespaceKinds kinds) => SysResult.Of(Libc.unshare((int)kinds));

    /// <summary>setns(2) into the namespace that a file stands for.</summary>
    public static SysResult Enter(string path, NamespaceKinds kind)
    {
        SysResult<FileDescriptor> opened = Files.Open(Files.Cwd, path, Libc.O_RDONLY);
        if (opened.IsError)
            return SysResult.Fail(opened.Error);
        using FileDescriptor file = opened.Require();
        return SysResult.Of(Libc.setns(file.Number, (int)kind));
    }

    /// <summary>Sets the propagation of a mount and all below it.</summary>
    public static SysResult SetPropagation(string path, Propagation how) => MountCalls.Mount(
        "", path, "", Libc.MS_REC | how switch
        {
            Propagation.Slave => Libc.MS_SLAVE,
            Propagation.Private => Libc.MS_PRIVATE,
            Propagation.Shared => Libc.MS_SHARED,
            _ => throw new ArgumentOutOfRangeException(nameof(how)),
        }, "");

    /// <summary>Mounts a new file system of a kind that needs no device.</summary>
    public static SysResult MountNew(
        string type, string target, MountAttribute attributes, string options)
    {
        nuint flags = Libc.MS_STRICTATIME;
        if ((attributes & MountAttribute.NoSetUid) != 0)
            flags |= Libc.MS_NOSUID;
        if ((attributes & MountAttribute.NoDevices) != 0)
            flags |= Libc.MS_NODEV;
        if ((attributes & MountAttribute.NoExecute) != 0)
            flags |= Libc.MS_NOEXEC;
        if ((attributes & MountAttribute.ReadOnly) != 0)
            flags |= Libc.MS_RDONLY;
        return MountCalls.Mount(type, target, type, flags, options);
    }

    /// <summary>A copy of the mount at a path, attached nowhere; all below it or not.</summary>
    public static SysResult<FileDescriptor> CopyTree(string path, bool recursive)
    {
        byte* name = stackalloc byte[PathMax];
        SysResult result = Files.Encode(path, name);
        if (result.IsOk)
        {
            long flags = Libc.OPEN_TREE_CLONE | Libc.O_CLOEXEC | Libc.AT_NO_AUTOMOUNT
                | (recursive ? Libc.AT_RECURSIVE : 0);
            result = SysResult.Of(
                Libc.syscall_open_tree(Libc.SYS_open_tree, Libc.AT_FDCWD, name, flags));
        }

        return Descriptors.Own(result, "open_tree " + path);
    }

    /// <summary>The same of what a descriptor stands for, wherever it is covered.</summary>
    public static SysResult<FileDescriptor> CopyHeld(FileDescriptor place)
    {
        byte empty = 0;
        return Descriptors.Own(
            SysResult.Of(Libc.syscall_open_tree(
                Libc.SYS_open_tree, place.Number, &empty,
                Libc.OPEN_TREE_CLONE | Libc.O_CLOEXEC | Libc.AT_EMPTY_PATH)),
            "open_tree");
    }

    /// <summary>A descriptor for <see cref="CopyHeld"/>.</summary>
    public static SysResult<FileDescriptor> Hold(string path) =>
        Files.Open(Files.Cwd, path, Libc.O_PATH);

    /// <summary>Puts such a copy on a path.</summary>
    public static SysResult Attach(FileDescriptor tree, string path)
    {
        byte empty = 0;
        byte* name = stackalloc byte[PathMax];
        SysResult result = Files.Encode(path, name);
        return result.IsError
            ? result
            : SysResult.Of(Libc.syscall_move_mount(
                Libc.SYS_move_mount, tree.Number, &empty, Libc.AT_FDCWD, name,
                Libc.MOVE_MOUNT_F_EMPTY_PATH));
    }

    /// <summary>Adds attributes to the mount at a path, and clears others.</summary>
    public static SysResult SetAttributes(
        string path, MountAttribute set, MountAttribute clear, bool recursive)
    {
        byte* name = stackalloc byte[PathMax];
        SysResult result = Files.Encode(path, name);
        if (result.IsError)
            return result;
        Libc.MountAttributes attributes = new() { Set = (ulong)set, Clear = (ulong)clear };
        return SysResult.Of(Libc.syscall_mount_setattr(
            Libc.SYS_mount_setattr, Libc.AT_FDCWD, name,
            Libc.AT_SYMLINK_NOFOLLOW | Libc.AT_NO_AUTOMOUNT
                | (recursive ? Libc.AT_RECURSIVE : 0),
            &attributes,
            (nuint)sizeof(Libc.MountAttributes)));
    }

    /// <summary>umount2(2) with MNT_DETACH, never through a symbolic link.</summary>
    public static SysResult Detach(string path) =>
        MountCalls.Unmount(path, Libc.MNT_DETACH | Libc.UMOUNT_NOFOLLOW);

    /// <summary>
    /// Makes a directory, which must be a mount point, the root of this namespace; the old root is
    /// gone from sight afterwards.
    /// </summary>
    public static SysResult ChangeRoot(string path)
    {
        byte* here = stackalloc byte[2] { (byte)'.', 0 };
        SysResult result = ProcessImage.EnterDirectory(path);
        if (result.IsOk)
        {
            // pivot_root(2), "pivot_root(".", ".")": the old root lies on top and is taken off.
            result = SysResult.Of(
                Libc.syscall_pivot_root(Libc.SYS_pivot_root, here, here));
        }

        if (result.IsOk)
            result = SysResult.Of(Libc.umount2(here, Libc.MNT_DETACH));
        return result.IsOk ? ProcessImage.EnterDirectory("/") : result;
    }

    /// <summary>mknodat(2); mode with its type bits.</summary>
    public static SysResult MakeNode(string path, uint mode, ulong device)
    {
        byte* name = stackalloc byte[PathMax];
        SysResult result = Files.Encode(path, name);
        return result.IsError
            ? result
            : SysResult.Of(Libc.mknodat(Libc.AT_FDCWD, name, mode, device));
    }

    /// <summary>True when something is mounted exactly there.</summary>
    public static bool IsMountPoint(string path) => MountCalls.IsMountPoint(path).Value == 1;

    /// <summary>
    /// The path with every link followed, as /proc names it: what exists, or the errno.
    /// </summary>
    /// <param name="below">
    /// The directory that is taken for the root while links are followed; empty for the real one.
    /// </param>
    public static SysResult Resolve(string path, string below, out string real)
    {
        real = "";
        byte* name = stackalloc byte[PathMax];
        SysResult<FileDescriptor> root = Files.Open(
            Files.Cwd, below.Length == 0 ? "/" : below, Libc.O_PATH | Libc.O_DIRECTORY);
        if (root.IsError)
            return SysResult.Fail(root.Error);
        using FileDescriptor top = root.Require();
        SysResult result = Files.Encode(path, name);
        if (result.IsError)
            return result;
        Libc.OpenHow how = new()
        {
            Flags = Libc.O_PATH | Libc.O_CLOEXEC,
            Resolve = Libc.RESOLVE_IN_ROOT,
        };
        result = SysResult.Of(Libc.syscall_openat2(
            Libc.SYS_openat2, top.Number, name, &how, (nuint)sizeof(Libc.OpenHow)));
        if (result.IsError)
            return result;
        using FileDescriptor found = new(result.Value);
        Span<byte> target = stackalloc byte[PathMax];
        result = SymbolicLinks.Read(Files.Cwd, $"/proc/self/fd/{found.Number}", target);
        if (result.IsOk)
            real = System.Text.Encoding.UTF8.GetString(target[..result.Value]);
        return result;
    }
}
