using System.Runtime.InteropServices;
using InitTx.Linux.Interop;
using InitTx.Linux.Loop;

namespace InitTx.Linux.Tests.Interop;

/// <summary>One of our structures beside the C type that it stands for.</summary>
/// <param name="Type">The C type.</param>
/// <param name="Size">Our size.</param>
/// <param name="Fields">Our field, its name in C, and where it lies here.</param>
internal sealed record LibcLayout(
    string Type, int Size, IReadOnlyList<(string Field, string Member, int Offset)> Fields);

/// <summary>All structures that cross to libc or the kernel.</summary>
internal static unsafe class LibcLayouts
{
    internal static readonly IReadOnlyList<LibcLayout> All =
    [
        Of<ReadyEvent>(
            "struct epoll_event",
            ("_events", "events"), ("_key", "data")),
        Of<Libc.Timespec>(
            "struct timespec",
            ("Seconds", "tv_sec"), ("Nanoseconds", "tv_nsec")),
        Of<Libc.TimerSpec>(
            "struct itimerspec",
            ("Interval", "it_interval"), ("Value", "it_value")),
        Of<Libc.SignalSet>(
            "sigset_t"),
        Of<Libc.SignalfdInfo>(
            "struct signalfd_siginfo",
            ("Signal", "ssi_signo"), ("Code", "ssi_code"), ("Pid", "ssi_pid"),
            ("Uid", "ssi_uid"), ("Status", "ssi_status"), ("Int", "ssi_int")),
        Of<Libc.ChildInfo>(
            "siginfo_t",
            ("Signal", "si_signo"), ("Code", "si_code"), ("Pid", "si_pid"), ("Uid", "si_uid"),
            ("Status", "si_status")),
        Of<Libc.Statx>(
            "struct statx",
            ("Mask", "stx_mask"), ("Attributes", "stx_attributes"), ("LinkCount", "stx_nlink"),
            ("Uid", "stx_uid"), ("Gid", "stx_gid"), ("Mode", "stx_mode"), ("Inode", "stx_ino"),
            ("Size", "stx_size"), ("RdevMajor", "stx_rdev_major"),
            ("RdevMinor", "stx_rdev_minor"), ("DevMajor", "stx_dev_major"),
            ("DevMinor", "stx_dev_minor")),
        Of<Libc.StatFs>(
            "struct statfs",
            ("Type", "f_type"), ("Flags", "f_flags")),
        Of<Libc.OpenHow>(
            "struct open_how",
            ("Flags", "flags"), ("Mode", "mode"), ("Resolve", "resolve")),
        Of<Libc.MountAttributes>(
            "struct mount_attr",
            ("Set", "attr_set"), ("Clear", "attr_clr"), ("Propagation", "propagation"),
            ("UserNamespace", "userns_fd")),
        Of<Libc.FilterProgram>(
            "struct sock_fprog",
            ("Length", "len"), ("Filter", "filter")),
        Of<Libc.CapabilityHeader>(
            "struct __user_cap_header_struct",
            ("Version", "version"), ("Pid", "pid")),
        Of<Libc.CapabilityData>(
            "struct __user_cap_data_struct",
            ("Effective", "effective"), ("Permitted", "permitted"),
            ("Inheritable", "inheritable")),
        Of<Libc.Ucred>(
            "struct ucred",
            ("Pid", "pid"), ("Uid", "uid"), ("Gid", "gid")),
        Of<Libc.IoVector>(
            "struct iovec",
            ("Base", "iov_base"), ("Length", "iov_len")),
        Of<Libc.MessageHeader>(
            "struct msghdr",
            ("Name", "msg_name"), ("NameLength", "msg_namelen"), ("Vectors", "msg_iov"),
            ("VectorCount", "msg_iovlen"), ("Control", "msg_control"),
            ("ControlLength", "msg_controllen"), ("Flags", "msg_flags")),
        Of<Libc.RecordLock>(
            "struct flock",
            ("Type", "l_type"), ("Whence", "l_whence"), ("Start", "l_start"),
            ("Length", "l_len"), ("Pid", "l_pid")),
        Of<Libc.ControlHeader>(
            "struct cmsghdr",
            ("Length", "cmsg_len"), ("Level", "cmsg_level"), ("Type", "cmsg_type")),
        Of<Libc.ResourceLimit>(
            "struct rlimit64",
            ("Soft", "rlim_cur"), ("Hard", "rlim_max")),
        Of<Libc.SystemName>(
            "struct utsname",
            ("System", "sysname"), ("Node", "nodename"), ("Release", "release"),
            ("Version", "version"), ("Machine", "machine"), ("Domain", "domainname")),
        Of<Libc.InotifyEvent>(
            "struct inotify_event",
            ("Watch", "wd"), ("Mask", "mask"), ("Cookie", "cookie"), ("NameLength", "len")),
        Of<Libc.InterfaceRequest>(
            "struct ifreq",
            ("Name", "ifr_name"), ("Index", "ifr_ifindex"), ("Flags", "ifr_flags")),
    ];

    private static LibcLayout Of<T>(string type, params (string Field, string Member)[] pairs)
        where T : unmanaged => new(
            type,
            sizeof(T),
            [
                .. pairs.Select(pair =>
                    (pair.Field, pair.Member, (int)Marshal.OffsetOf<T>(pair.Field))),
            ]);
}
