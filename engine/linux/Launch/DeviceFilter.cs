using System.Buffers.Binary;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Launch;

/// <summary>Devices that may be used; -1 stands for every number.</summary>
/// <param name="IsBlock">A block device, else a character device.</param>
/// <param name="Access">1 make, 2 read, 4 write, together.</param>
public readonly record struct DeviceRule(bool IsBlock, long Major, long Minor, uint Access);

/// <summary>
/// A program on a control group that lets only listed devices be made, read or written
/// (BPF_PROG_TYPE_CGROUP_DEVICE, Linux 4.15). One a group: another replaces it. Needs CAP_BPF and
/// CAP_NET_ADMIN, or CAP_SYS_ADMIN.
/// </summary>
public static unsafe class DeviceFilter
{
    private const uint All = 7;
    private const int MostPrograms = 64;
    private static ReadOnlySpan<byte> ProgramName => "initx_devices\0"u8;

    /// <summary>Loads and attaches; EPERM, ENOSYS or EINVAL where that is not to be had.</summary>
    public static SysResult Attach(string cgroup, IReadOnlyList<DeviceRule> rules)
    {
        SysResult<FileDescriptor> opened = Directories.Open(cgroup);
        if (opened.IsError)
            return SysResult.Fail(opened.Error);
        using FileDescriptor group = opened.Require();
        SysResult loaded = Load(Program(rules));
        if (loaded.IsError)
            return loaded;
        using FileDescriptor program = new(loaded.Value);
        using FileDescriptor? before = Ours(group);
        Libc.ProgramAttach attach = new()
        {
            Target = (uint)group.Number,
            Program = (uint)program.Number,
            Type = Libc.BPF_CGROUP_DEVICE,
            Flags = Libc.BPF_F_ALLOW_MULTI | (before is null ? 0 : Libc.BPF_F_REPLACE),
            Replaced = (uint)(before?.Number ?? 0),
        };
        return SysResult.Of(Libc.syscall_bpf(
            Libc.SYS_bpf, Libc.BPF_PROG_ATTACH, &attach, (nuint)sizeof(Libc.ProgramAttach)));
    }

    /// <summary>
    /// The instructions (bpf(2)): type in register 2, access in 3, major in 4, minor in 5; the
    /// first rule that fits answers 1, the end answers 0.
    /// </summary>
    internal static byte[] Program(IReadOnlyList<DeviceRule> rules)
    {
        var code = new List<byte>();
        Put(code, 0x61, 2, 1, 0, 0);        // r2 = *(u32 *)(r1 + 0)
        Put(code, 0xBF, 3, 2, 0, 0);        // r3 = r2
        Put(code, 0x54, 2, 0, 0, 0xFFFF);   // r2 &= 0xFFFF
        Put(code, 0x74, 3, 0, 0, 16);       // r3 >>= 16
        Put(code, 0x61, 4, 1, 4, 0);        // r4 = *(u32 *)(r1 + 4)
        Put(code, 0x61, 5, 1, 8, 0);        // r5 = *(u32 *)(r1 + 8)
        foreach (DeviceRule rule in rules)
        {
            short rest = (short)(2 + (rule.Access == All ? 0 : 3) + (rule.Major < 0 ? 0 : 1)
                + (rule.Minor < 0 ? 0 : 1));
            Put(code, 0x55, 2, 0, rest, rule.IsBlock ? 1 : 2);
            if (rule.Access != All)
            {
                Put(code, 0xBF, 1, 3, 0, 0);
                Put(code, 0x54, 1, 0, 0, (int)rule.Access);
                Put(code, 0x5D, 1, 3, (short)(rest - 3), 0);
            }

            if (rule.Major >= 0)
                Put(code, 0x55, 4, 0, (short)(2 + (rule.Minor < 0 ? 0 : 1)), (int)rule.Major);
            if (rule.Minor >= 0)
                Put(code, 0x55, 5, 0, 2, (int)rule.Minor);
            Put(code, 0xB7, 0, 0, 0, 1);    // r0 = 1
            Put(code, 0x95, 0, 0, 0, 0);    // exit
        }

        Put(code, 0xB7, 0, 0, 0, 0);
        Put(code, 0x95, 0, 0, 0, 0);
        return [.. code];
    }

    private static void Put(
        List<byte> code, byte operation, int target, int source, short jump, int value)
    {
        Span<byte> one = stackalloc byte[8];
        one[0] = operation;
        one[1] = (byte)(target | (source << 4));
        BinaryPrimitives.WriteInt16LittleEndian(one[2..], jump);
        BinaryPrimitives.WriteInt32LittleEndian(one[4..], value);
        foreach (byte b in one)
            code.Add(b);
    }

    private static SysResult Load(byte[] instructions)
    {
        fixed (byte* start = instructions)
        fixed (byte* license = "GPL\0"u8)
        {
            Libc.ProgramLoad load = new()
            {
                Type = Libc.BPF_PROG_TYPE_CGROUP_DEVICE,
                Count = (uint)instructions.Length / 8,
                Instructions = start,
                License = license,
            };
            ProgramName.CopyTo(new Span<byte>(load.Name, 16));
            return SysResult.Of(Libc.syscall_bpf(
                Libc.SYS_bpf, Libc.BPF_PROG_LOAD, &load, (nuint)sizeof(Libc.ProgramLoad)));
        }
    }

    // A group of one unit has no other program of this kind unless a container's runtime put it
    // higher up, where the query does not look.
    private static FileDescriptor? Ours(FileDescriptor group)
    {
        uint* ids = stackalloc uint[MostPrograms];
        Libc.ProgramQuery query = new()
        {
            Target = (uint)group.Number,
            Type = Libc.BPF_CGROUP_DEVICE,
            Ids = ids,
            Count = MostPrograms,
        };
        SysResult result = SysResult.Of(Libc.syscall_bpf(
            Libc.SYS_bpf, Libc.BPF_PROG_QUERY, &query, (nuint)sizeof(Libc.ProgramQuery)));
        if (result.IsError || query.Count != 1)
            return null;
        uint* byId = stackalloc uint[4];
        new Span<uint>(byId, 4).Clear();
        byId[0] = ids[0];
        result = SysResult.Of(Libc.syscall_bpf(
            Libc.SYS_bpf, Libc.BPF_PROG_GET_FD_BY_ID, byId, 4 * sizeof(uint)));
        return result.IsError ? null : new FileDescriptor(result.Value);
    }
}
