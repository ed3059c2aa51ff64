using InitTx.Linux;
using InitTx.Linux.Launch;

namespace InitTx.Exec.Setup;

/// <summary>
/// The rules behind the single-purpose filters (systemd.exec(5), "System Call Filtering" and
/// "Sandboxing"). A rule that an architecture cannot have is left out: such a call does not exist
/// there, or (x86's socketcall) its arguments cannot be seen, as in systemd.
/// </summary>
internal static class FilterRules
{
    private const ulong ProtExec = 4;
    private const ulong ProtWrite = 2;
    private const ulong ShmExec = 0x8000;
    private const ulong Create = 0x40;      // O_CREAT
    private const ulong SetUid = 0x800;
    private const ulong SetGid = 0x400;
    private const ulong LastFamily = 45;    // AF_MCTP, the last before AF_MAX of Linux 5.15
    private const ulong PersonalityNow = 0xFFFFFFFF;

    private static readonly ulong[] NamespaceFlags =
    [
        0x02000000, 0x08000000, 0x40000000, 0x00020000, 0x20000000, 0x10000000, 0x04000000,
    ];

    private static readonly string[] Families1 =
    [
        "UNSPEC", "UNIX", "INET", "AX25", "IPX", "APPLETALK", "NETROM", "BRIDGE", "ATMPVC", "X25",
        "INET6", "ROSE", "DECnet", "NETBEUI", "SECURITY", "KEY", "NETLINK", "PACKET", "ASH",
        "ECONET", "ATMSVC", "RDS", "SNA", "IRDA", "PPPOX", "WANPIPE", "LLC", "IB", "MPLS", "CAN",
        "TIPC", "BLUETOOTH", "IUCV", "RXRPC", "ISDN", "PHONET", "IEEE802154", "CAIF", "ALG", "NFC",
        "VSOCK", "KCM", "QIPCRTR", "SMC", "XDP", "MCTP",
    ];

    private static readonly FilterAction Refuse = FilterAction.Fail((int)Errno.EPERM);
    private static readonly FilterAction NoFamily = FilterAction.Fail((int)Errno.EAFNOSUPPORT);
    private static readonly FilterAction NoCall = FilterAction.Fail((int)Errno.ENOSYS);

    public static SysResult WriteExecute(SeccompFilter filter, uint architecture)
    {
        var written = new ArgumentTest(2, CompareBy.Masked, ProtExec | ProtWrite,
            ProtExec | ProtWrite);
        var executed = new ArgumentTest(2, CompareBy.Masked, ProtExec, ProtExec);
        var attached = new ArgumentTest(2, CompareBy.Masked, ShmExec, ShmExec);
        SysResult result = SysResult.Ok;
        bool x86 = architecture == SeccompFilter.X86;
        Try(ref result, filter.Add(Refuse, x86 ? "mmap2" : "mmap", written));
        Try(ref result, filter.Add(Refuse, "mprotect", executed));
        Try(ref result, filter.Add(Refuse, "pkey_mprotect", executed));
        if (!x86)
            Try(ref result, filter.Add(Refuse, "shmat", attached));
        return result;
    }

    public static SysResult Realtime(SeccompFilter filter, uint architecture)
    {
        SysResult result = SysResult.Ok;

        // SCHED_OTHER 0, BATCH 3 and IDLE 5 stay; the fork flag lies above the policy's bits.
        foreach (ulong policy in (ReadOnlySpan<ulong>)[1, 2, 4, 6])
        {
            Try(ref result, filter.Add(
                Refuse, "sched_setscheduler", new ArgumentTest(1, CompareBy.Equal, policy)));
            Try(ref result, filter.Add(Refuse, "sched_setscheduler",
                new ArgumentTest(1, CompareBy.Equal, policy | 0x40000000)));
        }

        Try(ref result, filter.Add(
            Refuse, "sched_setscheduler", new ArgumentTest(1, CompareBy.Greater, 0x40000006)));
        return result;
    }

    public static SysResult SetId(SeccompFilter filter, uint architecture)
    {
        SysResult result = SysResult.Ok;
        foreach (ulong bit in (ReadOnlySpan<ulong>)[SetUid, SetGid])
        {
            foreach ((string call, uint mode) in ((string, uint)[])[
                ("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("fchmodat2", 2), ("mkdir", 1),
                ("mkdirat", 2), ("mknod", 1), ("mknodat", 2), ("creat", 1)])
            {
                Try(ref result, filter.Add(
                    Refuse, call, new ArgumentTest(mode, CompareBy.Masked, bit, bit)));
            }

            Try(ref result, filter.Add(Refuse, "open",
                new ArgumentTest(1, CompareBy.Masked, Create, Create),
                new ArgumentTest(2, CompareBy.Masked, bit, bit)));
            Try(ref result, filter.Add(Refuse, "openat",
                new ArgumentTest(2, CompareBy.Masked, Create, Create),
                new ArgumentTest(3, CompareBy.Masked, bit, bit)));
        }

        // Its arguments lie in memory, which a filter cannot see.
        Try(ref result, filter.Add(NoCall, "openat2"));
        return result;
    }

    public static SysResult Namespaces(SeccompFilter filter, ulong allowed)
    {
        SysResult result = SysResult.Ok;
        Try(ref result, filter.Add(NoCall, "clone3"));
        if (allowed == 0)
            Try(ref result, filter.Add(Refuse, "setns"));
        else
            Try(ref result, filter.Add(Refuse, "setns", new ArgumentTest(1, CompareBy.Equal, 0)));
        foreach (ulong flag in NamespaceFlags)
        {
            if ((allowed & flag) != 0)
                continue;
            Try(ref result, filter.Add(
                Refuse, "unshare", new ArgumentTest(0, CompareBy.Masked, flag, flag)));
            Try(ref result, filter.Add(
                Refuse, "clone", new ArgumentTest(0, CompareBy.Masked, flag, flag)));
            if (allowed != 0)
            {
                Try(ref result, filter.Add(
                    Refuse, "setns", new ArgumentTest(1, CompareBy.Masked, flag, flag)));
            }
        }

        return result;
    }

    public static SysResult Personality(SeccompFilter filter, uint architecture)
    {
        SysResult now = Scheduling.SetPersonality((uint)PersonalityNow);
        SysResult result = now.IsError ? now : SysResult.Ok;
        Try(ref result, filter.Add(Refuse, "personality",
            new ArgumentTest(0, CompareBy.NotEqual, (ulong)now.Raw & 0xFF)));
        return result;
    }

    /// <summary>
    /// The lines folded as those of a system call filter are; a name that is no family is EINVAL.
    /// </summary>
    public static SysResult Families(SeccompFilter filter, IReadOnlyList<string> lines)
    {
        bool allows = !lines[0].StartsWith('~');
        var named = new SortedSet<ulong>();
        foreach (string line in lines)
        {
            bool inverted = line.StartsWith('~');
            foreach (string word in line[(inverted ? 1 : 0)..].Split(' '))
            {
                if (word is "" or "none")
                    continue;
                int family = Family(word);
                if (family < 0)
                    return SysResult.Fail(Errno.EINVAL);
                if (inverted != allows)
                    named.Add((ulong)family);
                else
                    named.Remove((ulong)family);
            }
        }

        SysResult result = SysResult.Ok;
        for (ulong family = 0; family <= LastFamily; family++)
        {
            if (named.Contains(family) != allows)
            {
                Try(ref result, filter.Add(
                    NoFamily, "socket", new ArgumentTest(0, CompareBy.Equal, family)));
            }
        }

        if (allows)
        {
            Try(ref result, filter.Add(
                NoFamily, "socket", new ArgumentTest(0, CompareBy.Greater, LastFamily)));
        }

        return result;
    }

    private static int Family(string word)
    {
        string name = word.StartsWith("AF_", StringComparison.Ordinal) ? word[3..] : word;
        return name is "LOCAL" or "FILE" ? 1
            : name is "ROUTE" ? 16
            : Array.FindIndex(Families1, f => f.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    private static void Try(ref SysResult result, SysResult added)
    {
        if (result.IsOk && added.IsError
            && added.Error is not (Errno.ENOENT or Errno.EDOM or Errno.EACCES))
            result = added;
    }
}
