using System.Buffers.Binary;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Mounts;

/// <summary>What the kernel asks through the pipe of an autofs mount.</summary>
/// <param name="Expires">Nobody used what is mounted there; else somebody waits for it.</param>
/// <param name="Token">Names the request in its answer; never 0.</param>
/// <param name="Pid">Who looked, as the namespace of the mount's process group counts.</param>
public readonly record struct AutofsRequest(bool Expires, uint Token, int Pid);

/// <summary>
/// Direct autofs mounts, protocol 5. Two traps shape this. A descriptor of the mount itself keeps
/// the kernel from ever calling what lies on it unused; so the control descriptor belongs to a
/// detached copy of the mount. And processes of the process group that has mounted it never trigger
/// it: so mount(8) and the prepare helper stay in the manager's, and the manager cannot hang by it.
/// </summary>
public static unsafe class Autofs
{
    /// <summary>What stands for a device in the kernel's table.</summary>
    public const string Source = "initx";

    /// <summary>Bytes of a request: union autofs_v5_packet_union of 64-bit kernels.</summary>
    public const int RequestBytes = 304;

    private const string ControlDevice = "/dev/autofs";
    private const int ControlHead = 24;
    private const int ControlMax = ControlHead + MountTable.PathMax;
    private const int TypeAt = 4;
    private const int TokenAt = 8;
    private const int PidAt = 32;
    private const long SecondUs = 1_000_000;

    /// <summary>Null for what is no request of a direct mount.</summary>
    public static AutofsRequest? Parse(ReadOnlySpan<byte> packet)
    {
        if (packet.Length != RequestBytes
            || BinaryPrimitives.ReadInt32LittleEndian(packet) != Libc.AUTOFS_PROTO_VERSION)
            return null;
        int type = BinaryPrimitives.ReadInt32LittleEndian(packet[TypeAt..]);
        uint token = BinaryPrimitives.ReadUInt32LittleEndian(packet[TokenAt..]);
        if (token == 0
            || type is not (Libc.autofs_ptype_missing_direct or Libc.autofs_ptype_expire_direct))
            return null;
        return new AutofsRequest(
            type == Libc.autofs_ptype_expire_direct, token,
            BinaryPrimitives.ReadInt32LittleEndian(packet[PidAt..]));
    }

    /// <summary>
    /// Mounts it; the caller's process group is the one that never triggers it. EINVAL may be the
    /// extra options', ENODEV says that the kernel has no autofs.
    /// </summary>
    /// <param name="requests">The end that is written to; the kernel keeps one of its own.</param>
    public static SysResult Mount(string where, FileDescriptor requests, string? extraOptions)
    {
        string options = FormattableString.Invariant(
            $"fd={requests.Number},minproto=5,maxproto=5,direct");
        if (extraOptions is { Length: > 0 })
            options += "," + extraOptions;
        return MountCalls.Mount(Source, where, "autofs", 0, options);
    }

    /// <summary>A descriptor to answer by, which does not count as use of the mount.</summary>
    public static SysResult<FileDescriptor> OpenControl(string where)
    {
        byte* name = stackalloc byte[MountTable.PathMax];
        SysResult result = Files.Encode(where, name);
        if (result.IsError)
            return SysResult<FileDescriptor>.Fail(result, where);
        SysResult<FileDescriptor> copy = Descriptors.Own(
            SysResult.Of(Libc.syscall_open_tree(
                Libc.SYS_open_tree, Libc.AT_FDCWD, name,
                Libc.OPEN_TREE_CLONE | Libc.O_CLOEXEC | Libc.AT_NO_AUTOMOUNT)),
            "open_tree");
        if (copy.IsError)
            return copy;
        using FileDescriptor detached = copy.Require();
        return Files.Open(detached.Number, ".", Libc.O_RDONLY | Libc.O_DIRECTORY);
    }

    /// <summary>How long the mount must be left alone; rounded up to seconds, 0 for ever.</summary>
    public static SysResult SetTimeout(FileDescriptor control, long us)
    {
        nuint seconds = (nuint)((us / SecondUs) + (us % SecondUs == 0 ? 0 : 1));
        return SysResult.Of(Libc.ioctl(control.Number, Libc.AUTOFS_IOC_SETTIMEOUT, &seconds));
    }

    /// <summary>They go on and find what is there now.</summary>
    public static SysResult Ready(FileDescriptor control, uint token) => SysResult.Of(
        Libc.ioctl(control.Number, Libc.AUTOFS_IOC_READY, (void*)(nuint)token));

    /// <summary>Their call fails; with ENOENT where there is no /dev/autofs.</summary>
    public static SysResult Fail(FileDescriptor control, uint token, Errno why)
    {
        SysResult<FileDescriptor> opened = Files.Open(Files.Cwd, ControlDevice, Libc.O_RDONLY);
        if (opened.Value is { } device)
        {
            using (device)
            {
                // A status above 0 would hold them for ever.
                Libc.AutofsControl fail = New(control.Number);
                (fail.First, fail.Second) = (token, -(int)why);
                SysResult told = SysResult.Of(
                    Libc.ioctl(device.Number, Libc.AUTOFS_DEV_IOCTL_FAIL, &fail));
                if (told.IsOk)
                    return told;
            }
        }

        return SysResult.Of(
            Libc.ioctl(control.Number, Libc.AUTOFS_IOC_FAIL, (void*)(nuint)token));
    }

    /// <summary>
    /// Has the kernel look whether what is mounted there is unused. Waits until the manager has
    /// answered, if it is: for a process of its own.
    /// </summary>
    /// <param name="device">Of the autofs mount, as its status says.</param>
    public static SysResult Expire(string where, uint device)
    {
        SysResult<FileDescriptor> opened = Files.Open(Files.Cwd, ControlDevice, Libc.O_RDONLY);
        if (opened.IsError)
            return SysResult.Fail(opened.Error);
        using FileDescriptor control = opened.Require();
        byte* request = stackalloc byte[ControlMax];
        SysResult result = Files.Encode(where, request + ControlHead);
        if (result.IsError)
            return result;
        Libc.AutofsControl open = New(-1);
        open.Size = (uint)(ControlHead + System.Text.Encoding.UTF8.GetByteCount(where) + 1);
        open.First = device;
        *(Libc.AutofsControl*)request = open;
        result = SysResult.Of(
            Libc.ioctl(control.Number, Libc.AUTOFS_DEV_IOCTL_OPENMOUNT, request));
        if (result.IsError)
            return result;
        using var mount = new FileDescriptor(((Libc.AutofsControl*)request)->Descriptor);
        do
        {
            Libc.AutofsControl expire = New(mount.Number);
            result = SysResult.Of(
                Libc.ioctl(control.Number, Libc.AUTOFS_DEV_IOCTL_EXPIRE, &expire));
        }
        while (result.IsOk);
        return result.Error == Errno.EAGAIN ? SysResult.Ok : result;
    }

    /// <summary>Whether unused mounts can be asked for here.</summary>
    public static bool CanExpire()
    {
        SysResult<FileDescriptor> opened = Files.Open(Files.Cwd, ControlDevice, Libc.O_RDONLY);
        opened.Value?.Dispose();
        return opened.IsOk;
    }

    /// <summary>Takes the topmost mount at a path away, whoever uses it.</summary>
    public static SysResult Detach(string where) =>
        MountCalls.Unmount(where, Libc.MNT_DETACH | Libc.UMOUNT_NOFOLLOW);

    private static Libc.AutofsControl New(int descriptor) => new()
    {
        VersionMajor = Libc.AUTOFS_DEV_IOCTL_VERSION_MAJOR,
        Size = (uint)sizeof(Libc.AutofsControl),
        Descriptor = descriptor,
    };
}
