using System.Runtime.InteropServices;
using InitTx.Linux.Interop;
using InitTx.Linux.Loop;

namespace InitTx.Linux.Tests.Interop;

/// <summary>Our structures, the C types they stand for, and where our fields lie.</summary>
internal static unsafe class LibcLayouts
{
    internal static readonly Dictionary<string, (string Type, Dictionary<string, (string Member, int Offset)> Fields)> All = new()
    {
        ["ReadyEvent"] = ("struct epoll_event", Fields<ReadyEvent>(("_events", "events"), ("_key", "data"))),
        ["Timespec"] = ("struct timespec", Fields<Libc.Timespec>(("Seconds", "tv_sec"), ("Nanoseconds", "tv_nsec"))),
        ["TimerSpec"] = ("struct itimerspec", Fields<Libc.TimerSpec>(("Interval", "it_interval"), ("Value", "it_value"))),
        ["SignalSet"] = ("sigset_t", []),
        ["SignalfdInfo"] = ("struct signalfd_siginfo", Fields<Libc.SignalfdInfo>(
            ("Signal", "ssi_signo"), ("Code", "ssi_code"), ("Pid", "ssi_pid"), ("Uid", "ssi_uid"),
            ("Status", "ssi_status"), ("Int", "ssi_int"))),
        ["ChildInfo"] = ("siginfo_t", Fields<Libc.ChildInfo>(
            ("Signal", "si_signo"), ("Code", "si_code"), ("Pid", "si_pid"), ("Uid", "si_uid"),
            ("Status", "si_status"))),
        ["Statx"] = ("struct statx", Fields<Libc.Statx>(
            ("Mask", "stx_mask"), ("Attributes", "stx_attributes"), ("LinkCount", "stx_nlink"), ("Uid", "stx_uid"), ("Gid", "stx_gid"),
            ("Mode", "stx_mode"), ("Inode", "stx_ino"), ("Size", "stx_size"),
            ("RdevMajor", "stx_rdev_major"), ("RdevMinor", "stx_rdev_minor"),
            ("DevMajor", "stx_dev_major"), ("DevMinor", "stx_dev_minor"))),
        ["StatFs"] = ("struct statfs", Fields<Libc.StatFs>(("Type", "f_type"), ("Flags", "f_flags"))),
        ["OpenHow"] = ("struct open_how", Fields<Libc.OpenHow>(
            ("Flags", "flags"), ("Mode", "mode"), ("Resolve", "resolve"))),
        ["Ucred"] = ("struct ucred", Fields<Libc.Ucred>(("Pid", "pid"), ("Uid", "uid"), ("Gid", "gid"))),
        ["IoVector"] = ("struct iovec", Fields<Libc.IoVector>(("Base", "iov_base"), ("Length", "iov_len"))),
        ["MessageHeader"] = ("struct msghdr", Fields<Libc.MessageHeader>(
            ("Name", "msg_name"), ("NameLength", "msg_namelen"), ("Vectors", "msg_iov"),
            ("VectorCount", "msg_iovlen"), ("Control", "msg_control"),
            ("ControlLength", "msg_controllen"), ("Flags", "msg_flags"))),
        ["ControlHeader"] = ("struct cmsghdr", Fields<Libc.ControlHeader>(
            ("Length", "cmsg_len"), ("Level", "cmsg_level"), ("Type", "cmsg_type"))),
        ["ResourceLimit"] = ("struct rlimit64", Fields<Libc.ResourceLimit>(
            ("Soft", "rlim_cur"), ("Hard", "rlim_max"))),
        ["SystemName"] = ("struct utsname", Fields<Libc.SystemName>(
            ("System", "sysname"), ("Node", "nodename"), ("Release", "release"),
            ("Version", "version"), ("Machine", "machine"), ("Domain", "domainname"))),
        ["PollEntry"] = ("struct pollfd", Fields<Libc.PollEntry>(
            ("Fd", "fd"), ("Events", "events"), ("Returned", "revents"))),
        ["InotifyEvent"] = ("struct inotify_event", Fields<Libc.InotifyEvent>(
            ("Watch", "wd"), ("Mask", "mask"), ("Cookie", "cookie"), ("NameLength", "len"))),
        ["InterfaceRequest"] = ("struct ifreq", Fields<Libc.InterfaceRequest>(
            ("Name", "ifr_name"), ("Index", "ifr_ifindex"), ("Flags", "ifr_flags"))),
    };

    private static readonly Dictionary<string, int> Sizes = new()
    {
        ["ReadyEvent"] = sizeof(ReadyEvent),
        ["Timespec"] = sizeof(Libc.Timespec),
        ["TimerSpec"] = sizeof(Libc.TimerSpec),
        ["SignalSet"] = sizeof(Libc.SignalSet),
        ["SignalfdInfo"] = sizeof(Libc.SignalfdInfo),
        ["ChildInfo"] = sizeof(Libc.ChildInfo),
        ["Statx"] = sizeof(Libc.Statx),
        ["StatFs"] = sizeof(Libc.StatFs),
        ["OpenHow"] = sizeof(Libc.OpenHow),
        ["Ucred"] = sizeof(Libc.Ucred),
        ["IoVector"] = sizeof(Libc.IoVector),
        ["MessageHeader"] = sizeof(Libc.MessageHeader),
        ["ControlHeader"] = sizeof(Libc.ControlHeader),
        ["ResourceLimit"] = sizeof(Libc.ResourceLimit),
        ["SystemName"] = sizeof(Libc.SystemName),
        ["PollEntry"] = sizeof(Libc.PollEntry),
        ["InotifyEvent"] = sizeof(Libc.InotifyEvent),
        ["InterfaceRequest"] = sizeof(Libc.InterfaceRequest),
    };

    internal static int SizeOf(string name) => Sizes[name];

    private static Dictionary<string, (string Member, int Offset)> Fields<T>(
        params (string Field, string Member)[] pairs)
        where T : unmanaged =>
        pairs.ToDictionary(
            pair => pair.Field,
            pair => (pair.Member, (int)Marshal.OffsetOf<T>(pair.Field)));
}
