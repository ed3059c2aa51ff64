using InitTx.Linux.Interop;

namespace InitTx.Linux.Control;

/// <summary>
/// Supplementary groups of a unix socket's peer as they were at connect (SO_PEERGROUPS, Linux
/// 4.13). A peer in more groups than <see cref="Most"/> counts as in none: it loses, never gains.
/// </summary>
public static unsafe class PeerGroups
{
    /// <summary>Groups that are read.</summary>
    public const int Most = 1024;

    public static int[] Of(int socket)
    {
        uint* groups = stackalloc uint[Most];
        uint length = Most * sizeof(uint);
        if (Libc.getsockopt_groups(socket, Libc.SOL_SOCKET, Libc.SO_PEERGROUPS, groups, &length) < 0)
            return [];
        var found = new int[length / sizeof(uint)];
        for (int i = 0; i < found.Length; i++)
            found[i] = (int)groups[i];
        return found;
    }
}
