using InitTx.Linux.Interop;

namespace InitTx.Linux.Launch;

/// <summary>A port that sockets may or may not be bound to; 0 stands for all.</summary>
/// <param name="Family">4 or 6.</param>
/// <param name="Protocol">IPPROTO_*.</param>
public readonly record struct BindRule(int Family, int Protocol, int First, int Last);

/// <summary>Rules of a unit or of a slice above it; each has to let a bind(2) pass.</summary>
public readonly record struct BindLevel(
    IReadOnlyList<BindRule> Allowed, IReadOnlyList<BindRule> Denied);

/// <summary>
/// Which ports the processes of a control group may bind to: what the first list holds is allowed,
/// else what the second holds fails with EPERM (systemd.resource-control(5), "SocketBindAllow=").
/// BPF_PROG_TYPE_CGROUP_SOCK_ADDR, Linux 4.17.
/// </summary>
public static class BindFilter
{
    // struct bpf_sock_addr
    private const short UserPort = 24;
    private const short FamilyAt = 28;
    private const short ProtocolAt = 36;

    private const int Inet = 2;
    private const int Inet6 = 10;

    private static readonly GroupProgram V4 = new(
        Libc.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, Libc.BPF_CGROUP_INET4_BIND, "initx_bind4");

    private static readonly GroupProgram V6 = new(
        Libc.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, Libc.BPF_CGROUP_INET6_BIND, "initx_bind6");

    /// <summary>Attaches both; the errno of the first that cannot be had.</summary>
    public static SysResult Attach(string cgroup, IReadOnlyList<BindLevel> levels)
    {
        byte[] program = Program(levels);
        SysResult result = V4.Attach(cgroup, program);
        return result.IsError ? result : V6.Attach(cgroup, program);
    }

    internal static byte[] Program(IReadOnlyList<BindLevel> levels)
    {
        var code = new BpfCode();
        code.Load(2, BpfCode.Context, FamilyAt);
        code.Load(3, BpfCode.Context, ProtocolAt);
        code.Load(4, BpfCode.Context, UserPort);
        code.FromNetwork16(4);
        foreach (BindLevel level in levels)
        {
            if (level.Allowed.Any(IsAny))
                continue;
            var passes = new List<int>();
            foreach (BindRule rule in level.Allowed)
            {
                List<int> missed = Test(code, rule);
                passes.Add(code.Jump());
                Land(code, missed);
            }

            // The kernel takes no instruction that nothing leads to.
            if (Deny(code, level.Denied) && passes.Count == 0)
                return code.Bytes;
            Land(code, passes);
        }

        code.Return(1);
        return code.Bytes;
    }

    // True when nothing is left that would be asked further.
    private static bool Deny(BpfCode code, IReadOnlyList<BindRule> rules)
    {
        foreach (BindRule rule in rules)
        {
            List<int> missed = Test(code, rule);
            code.Return(0);
            if (IsAny(rule))
                return true;
            Land(code, missed);
        }

        return false;
    }

    private static bool IsAny(BindRule rule) => rule == default;

    private static List<int> Test(BpfCode code, BindRule rule)
    {
        var missed = new List<int>();
        if (rule.Family != 0)
            missed.Add(code.JumpIfNotEqual(2, rule.Family == 4 ? Inet : Inet6));
        if (rule.Protocol != 0)
            missed.Add(code.JumpIfNotEqual(3, rule.Protocol));
        if (rule.First == 0)
            return missed;
        missed.Add(code.JumpIfBelow(4, rule.First));
        missed.Add(code.JumpIfAbove(4, rule.Last));
        return missed;
    }

    private static void Land(BpfCode code, List<int> places)
    {
        foreach (int place in places)
            code.Land(place);
    }
}
