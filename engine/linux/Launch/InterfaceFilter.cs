using InitTx.Linux.Interop;
using InitTx.Linux.Sockets;

namespace InitTx.Linux.Launch;

/// <summary>Interfaces by index: these and no others, or all but these.</summary>
public readonly record struct InterfaceLevel(bool Denies, IReadOnlyList<uint> Indexes);

/// <summary>
/// Over which network interfaces the sockets made in a control group may speak
/// (systemd.resource-control(5), "RestrictNetworkInterfaces="): a program for each direction.
/// </summary>
public static class InterfaceFilter
{
    private const short Index = 40; // struct __sk_buff

    private static readonly GroupProgram Incoming = new(
        Libc.BPF_PROG_TYPE_CGROUP_SKB, Libc.BPF_CGROUP_INET_INGRESS, "initx_if_in");

    private static readonly GroupProgram Outgoing = new(
        Libc.BPF_PROG_TYPE_CGROUP_SKB, Libc.BPF_CGROUP_INET_EGRESS, "initx_if_out");

    /// <summary>The index of an interface; false when there is none of that name now.</summary>
    public static bool TryFind(string name, out uint index) =>
        NetworkInterface.TryIndex(name, out index);

    /// <summary>Attaches both; the errno of the first that cannot be had.</summary>
    public static SysResult Attach(string cgroup, IReadOnlyList<InterfaceLevel> levels)
    {
        byte[] program = Program(levels);
        SysResult result = Incoming.Attach(cgroup, program);
        return result.IsError ? result : Outgoing.Attach(cgroup, program);
    }

    internal static byte[] Program(IReadOnlyList<InterfaceLevel> levels)
    {
        var code = new BpfCode();
        code.Load(2, BpfCode.Context, Index);
        foreach (InterfaceLevel level in levels)
        {
            // The kernel takes no instruction that nothing leads to.
            if (level is { Denies: true, Indexes.Count: 0 })
                continue;
            if (level.Indexes.Count == 0)
            {
                code.Return(0);
                return code.Bytes;
            }

            var found = new List<int>();
            foreach (uint index in level.Indexes)
                found.Add(code.JumpIfEqual(2, (int)index));
            if (level.Denies)
            {
                int next = code.Jump();
                Land(code, found);
                code.Return(0);
                code.Land(next);
            }
            else
            {
                code.Return(0);
                Land(code, found);
            }
        }

        code.Return(1);
        return code.Bytes;
    }

    private static void Land(BpfCode code, List<int> places)
    {
        foreach (int place in places)
            code.Land(place);
    }
}
