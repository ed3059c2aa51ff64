using InitTx.Linux.Interop;

namespace InitTx.Linux.Launch;

/// <summary>Devices that may be used; -1 stands for every number.</summary>
/// <param name="IsBlock">A block device, else a character device.</param>
/// <param name="Access">1 make, 2 read, 4 write, together.</param>
public readonly record struct DeviceRule(bool IsBlock, long Major, long Minor, uint Access);

/// <summary>
/// A program on a control group that lets only listed devices be made, read or written
/// (BPF_PROG_TYPE_CGROUP_DEVICE, Linux 4.15).
/// </summary>
public static class DeviceFilter
{
    private const uint All = 7;

    private static readonly GroupProgram Filter = new(
        Libc.BPF_PROG_TYPE_CGROUP_DEVICE, Libc.BPF_CGROUP_DEVICE, "initx_devices");

    /// <inheritdoc cref="GroupProgram.Attach(string, byte[])"/>
    public static SysResult Attach(string cgroup, IReadOnlyList<DeviceRule> rules) =>
        Filter.Attach(cgroup, Program(rules));

    /// <summary>
    /// The instructions (bpf(2)): type in register 2, access in 3, major in 4, minor in 5; the
    /// first rule that fits answers 1, the end answers 0.
    /// </summary>
    internal static byte[] Program(IReadOnlyList<DeviceRule> rules)
    {
        var code = new BpfCode();
        code.Load(2, BpfCode.Context, 0);
        code.Move(3, 2);
        code.And(2, 0xFFFF);
        code.ShiftRight(3, 16);
        code.Load(4, BpfCode.Context, 4);
        code.Load(5, BpfCode.Context, 8);
        var next = new List<int>();
        foreach (DeviceRule rule in rules)
        {
            next.Clear();
            next.Add(code.JumpIfNotEqual(2, rule.IsBlock ? 1 : 2));
            if (rule.Access != All)
            {
                code.Move(1, 3);
                code.And(1, (int)rule.Access);
                next.Add(code.JumpIfNotSame(1, 3));
            }

            if (rule.Major >= 0)
                next.Add(code.JumpIfNotEqual(4, (int)rule.Major));
            if (rule.Minor >= 0)
                next.Add(code.JumpIfNotEqual(5, (int)rule.Minor));
            code.Return(1);
            foreach (int place in next)
                code.Land(place);
        }

        code.Return(0);
        return code.Bytes;
    }
}
