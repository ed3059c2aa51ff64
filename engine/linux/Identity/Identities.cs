using InitTx.Linux.Interop;

namespace InitTx.Linux.Identity;

/// <summary>Who this process is.</summary>
public static unsafe class Identities
{
    private const int MostGroups = 65_536;

    /// <summary>The effective uid.</summary>
    public static uint Uid => Libc.geteuid();

    /// <summary>The effective gid.</summary>
    public static uint Gid => Libc.getegid();

    /// <summary>Effective, or among the supplementary groups.</summary>
    public static bool IsMember(uint gid) =>
        gid == Libc.getegid() || Supplementary().AsSpan().Contains(gid);

    /// <summary>The supplementary groups, in the kernel's order.</summary>
    public static uint[] Supplementary()
    {
        uint[] groups = new uint[MostGroups];
        int count;
        fixed (uint* start = groups)
        {
            count = Libc.getgroups(groups.Length, start);
        }

        return groups[..Math.Max(count, 0)];
    }
}
