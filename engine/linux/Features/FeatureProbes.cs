using InitTx.Linux.Cgroups;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Processes;
using InitTx.Linux.Sockets;

namespace InitTx.Linux.Features;

/// <summary>
/// One question to the kernel each; none changes anything or leaves anything behind.
/// </summary>
internal static unsafe class FeatureProbes
{
    /// <summary>Only doing it tells; who does it reports.</summary>
    internal static FeatureState Unasked() => FeatureState.Unknown;

    internal static FeatureState PidfdOpen()
    {
        using var own = PidFd.Open(Libc.getpid()).Value;
        return own is null ? FeatureState.Missing : FeatureState.Present;
    }

    internal static FeatureState PidfdSendSignal()
    {
        using var own = PidFd.Open(Libc.getpid()).Value;
        return own is null ? FeatureState.Unknown : FromResult(PidFd.SendSignal(own, 0));
    }

    /// <summary>
    /// We are no child of ourselves: ECHILD means that the question was understood.
    /// </summary>
    internal static FeatureState WaitPidfd()
    {
        using var own = PidFd.Open(Libc.getpid()).Value;
        if (own is null)
            return FeatureState.Unknown;
        Libc.ChildInfo info;
        var result = SysResult.Of(Libc.waitid(
            Libc.P_PIDFD, (uint)own.Number, &info, Libc.WEXITED | Libc.WNOHANG | Libc.WNOWAIT));
        return result.Error == Errno.EINVAL ? FeatureState.Missing : FeatureState.Present;
    }

    /// <summary>A size of 0 is refused with EINVAL before anything is looked at.</summary>
    internal static FeatureState Clone3() =>
        SysResult.Of(Libc.syscall_clone3(Libc.SYS_clone3, null, 0)).Error == Errno.EINVAL
            ? FeatureState.Present
            : FeatureState.Missing;

    internal static FeatureState Openat2()
    {
        byte* dot = stackalloc byte[2] { (byte)'.', 0 };
        var how = new Libc.OpenHow { Flags = Libc.O_PATH | Libc.O_CLOEXEC };
        var result = SysResult.Of(Libc.syscall_openat2(
            Libc.SYS_openat2, Libc.AT_FDCWD, dot, &how, (nuint)sizeof(Libc.OpenHow)));
        if (result.IsOk)
            Libc.close(result.Value);
        return result.Error is Errno.ENOSYS or Errno.EPERM
            ? FeatureState.Missing
            : FeatureState.Present;
    }

    /// <summary>A range in which nothing can be open.</summary>
    internal static FeatureState CloseRange() => FromResult(SysResult.Of(
        Libc.syscall_close_range(Libc.SYS_close_range, 0x7FFF_FFFE, 0x7FFF_FFFF, 0)));

    internal static FeatureState CgroupKill()
    {
        using var proc = ProcFs.Open();
        var layout = CgroupLayout.Detect(proc);

        // The hierarchy's root has no such file, and no own cgroup can be looked at without a tree.
        if (layout.MountPoint.Length == 0 || layout.OwnPath == "/")
            return FeatureState.Unknown;
        var found = Files.Status(
            Files.Cwd, $"{layout.MountPoint}{layout.OwnPath}/cgroup.kill", out _);
        return found.IsOk ? FeatureState.Present : FeatureState.Missing;
    }

    internal static FeatureState MemfdExec()
    {
        SysResult made;
        fixed (byte* name = "probe\0"u8)
            made = SysResult.Of(Libc.syscall_memfd_create(
                Libc.SYS_memfd_create, name, Libc.MFD_CLOEXEC | Libc.MFD_NOEXEC_SEAL));
        if (made.IsOk)
            Libc.close(made.Value);
        return made.IsOk ? FeatureState.Present : FeatureState.Missing;
    }

    /// <summary>2 refuses every memfd that is not sealed against execution.</summary>
    internal static FeatureState MemfdExecAllowed()
    {
        Span<byte> text = stackalloc byte[16];
        var read = Files.ReadAll(Files.Cwd, "/proc/sys/vm/memfd_noexec", text);
        if (read.IsError)
            return read.Error == Errno.ENOENT ? FeatureState.Present : FeatureState.Unknown;
        return read.Value > 0 && text[0] == (byte)'2' ? FeatureState.Missing : FeatureState.Present;
    }

    /// <summary>
    /// The option is offered to a file system that is being set up and never mounted.
    /// </summary>
    internal static FeatureState TmpfsNoSwap()
    {
        SysResult opened;
        fixed (byte* type = "tmpfs\0"u8)
            opened = SysResult.Of(
                Libc.syscall_fsopen(Libc.SYS_fsopen, type, Libc.FSOPEN_CLOEXEC));
        if (opened.IsError)
            return FeatureState.Unknown;
        using var context = new FileDescriptor(opened.Value);
        SysResult set;
        fixed (byte* key = "noswap\0"u8)
            set = SysResult.Of(Libc.syscall_fsconfig(
                Libc.SYS_fsconfig, context.Number, Libc.FSCONFIG_SET_FLAG, key, null, 0));
        return set.IsOk ? FeatureState.Present : FeatureState.Missing;
    }

    internal static FeatureState PeerPidfd()
    {
        using var here = MessageChannel.Create(out var there).Value;
        using (there)
        {
            if (here is null)
                return FeatureState.Unknown;
            var given = SocketCalls.GetOption(here.Fd, Libc.SOL_SOCKET, Libc.SO_PEERPIDFD);
            if (given.IsOk)
                Libc.close(given.Value);
            return given.Error == Errno.ENOPROTOOPT ? FeatureState.Missing : FeatureState.Present;
        }
    }

    internal static FeatureState PassRights()
    {
        using var socket = SocketCalls.Create(Libc.AF_UNIX, Libc.SOCK_STREAM).Value;
        if (socket is null)
            return FeatureState.Unknown;
        var set = SocketCalls.SetOption(socket, Libc.SOL_SOCKET, Libc.SO_PASSRIGHTS, 0);
        return set.Error == Errno.ENOPROTOOPT ? FeatureState.Missing : FeatureState.Present;
    }

    internal static FeatureState Proc()
    {
        using var proc = ProcFs.Open();
        return proc.IsAvailable ? FeatureState.Present : FeatureState.Missing;
    }

    internal static FeatureState Sys()
    {
        using var sys = Files.Open(Files.Cwd, "/sys", Libc.O_PATH | Libc.O_DIRECTORY).Value;
        return sys is not null && Files.FileSystemType(sys.Number).Raw == Libc.SYSFS_MAGIC
            ? FeatureState.Present
            : FeatureState.Missing;
    }

    internal static FeatureState Cgroup2()
    {
        using var proc = ProcFs.Open();
        var layout = CgroupLayout.Detect(proc);
        if (layout.MountPoint.Length == 0)
            return FeatureState.Missing;
        using var own = Files.Open(
            Files.Cwd, layout.MountPoint + layout.OwnPath, Libc.O_PATH | Libc.O_DIRECTORY).Value;
        if (own is null)
            return FeatureState.Missing;
        return FromResult(Files.Access(own.Number, ".", Libc.W_OK));
    }

    private static FeatureState FromResult(SysResult result) =>
        result.IsOk ? FeatureState.Present : FeatureState.Missing;
}
