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
    public static bool IsMember(uint gid)
    {
        if (gid == Libc.getegid())
            return true;
        uint[] groups = new uint[MostGroups];
        int count;
        fixed (uint* start = groups)
        {
            count = Libc.getgroups(groups.Length, start);
        }

        return groups.AsSpan(0, Math.Max(count, 0)).Contains(gid);
    }
}
