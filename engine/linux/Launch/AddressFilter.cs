using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Launch;

/// <summary>
/// Which addresses the sockets made in a control group may send to and hear from: what the first
/// list holds is allowed, else what the second holds is not, all else is (systemd.resource-control
/// (5), "IPAddressAllow="). A program for each direction (BPF_PROG_TYPE_CGROUP_SKB).
/// </summary>
public static class AddressFilter
{
    private const int LookUp = 1;     // BPF_FUNC_map_lookup_elem
    private const int LoadBytes = 26; // BPF_FUNC_skb_load_bytes
    private const short Protocol = 16; // struct __sk_buff
    private const int Ipv4 = 0x0008;  // ETH_P_IP and ETH_P_IPV6 in the network's order
    private const int Ipv6 = 0xDD86;
    private const byte Packet = 6;

    private static readonly GroupProgram Incoming = new(
        Libc.BPF_PROG_TYPE_CGROUP_SKB, Libc.BPF_CGROUP_INET_INGRESS, "initx_ip_in");

    private static readonly GroupProgram Outgoing = new(
        Libc.BPF_PROG_TYPE_CGROUP_SKB, Libc.BPF_CGROUP_INET_EGRESS, "initx_ip_out");

    /// <summary>Attaches both; the errno of the first that cannot be had.</summary>
    public static SysResult Attach(
        string cgroup, IReadOnlyList<AddressRange> allowed, IReadOnlyList<AddressRange> denied)
    {
        var maps = new List<FileDescriptor>();
        try
        {
            Errno error = Errno.None;
            int[] of = new int[4];
            for (int i = 0; i < of.Length && error == Errno.None; i++)
            {
                int size = i < 2 ? 4 : 16;
                List<AddressRange> list =
                    [.. (i % 2 == 0 ? allowed : denied).Where(r => r.Address.Length == size)];
                of[i] = -1;
                if (list.Count == 0)
                    continue;
                SysResult<FileDescriptor> made = AddressMap.Make(list);
                error = made.Error;
                if (made.Value is not { } map)
                    continue;
                maps.Add(map);
                of[i] = map.Number;
            }

            if (error != Errno.None)
                return SysResult.Fail(error);
            SysResult result = Incoming.Attach(cgroup, Program(of, incoming: true));
            return result.IsError ? result : Outgoing.Attach(cgroup, Program(of, incoming: false));
        }
        finally
        {
            foreach (FileDescriptor map in maps)
                map.Dispose();
        }
    }

    /// <summary>What is not IP passes; what has no whole header does not.</summary>
    /// <param name="maps">Allowed and denied of IPv4, then of IPv6; -1 for an empty one.</param>
    internal static byte[] Program(ReadOnlySpan<int> maps, bool incoming)
    {
        var code = new BpfCode();
        code.Move(Packet, BpfCode.Context);
        code.Load(7, Packet, Protocol);
        int other = code.JumpIfNotEqual(7, Ipv4);
        Family(code, incoming ? 12 : 16, 4, maps[0], maps[1]);
        code.Land(other);
        other = code.JumpIfNotEqual(7, Ipv6);
        Family(code, incoming ? 8 : 24, 16, maps[2], maps[3]);
        code.Land(other);
        code.Return(1);
        return code.Bytes;
    }

    // The key lies at the end of the stack: how many bits, then the address.
    private static void Family(BpfCode code, int offset, int size, int allowed, int denied)
    {
        code.Move(1, Packet);
        code.Set(2, offset);
        code.Move(3, BpfCode.Stack);
        code.Add(3, -size);
        code.Set(4, size);
        code.Call(LoadBytes);
        int whole = code.JumpIfEqual(BpfCode.Answer, 0);
        code.Return(0);
        code.Land(whole);
        code.Store(BpfCode.Stack, (short)(-size - 4), size * 8);
        foreach ((int map, int answer) in ((int, int)[])[(allowed, 1), (denied, 0)])
        {
            if (map < 0)
                continue;
            code.LoadMap(1, map);
            code.Move(2, BpfCode.Stack);
            code.Add(2, -size - 4);
            code.Call(LookUp);
            int missing = code.JumpIfEqual(BpfCode.Answer, 0);
            code.Return(answer);
            code.Land(missing);
        }

        code.Return(1);
    }
}
