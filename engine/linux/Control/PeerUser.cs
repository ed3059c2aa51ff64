using InitTx.Linux.Sockets;

namespace InitTx.Linux.Control;

/// <summary>
/// Who connected to a unix socket, from the kernel as of connect(2): all that a server needs that
/// only asks what somebody may see.
/// </summary>
/// <param name="Groups">Supplementary ones.</param>
public sealed record PeerUser(int Uid, int Gid, IReadOnlyList<int> Groups)
{
    /// <summary>SO_PEERCRED and SO_PEERGROUPS.</summary>
    public static SysResult<PeerUser> Of(int connection)
    {
        SysResult asked = SocketCalls.PeerCredentials(connection, out var peer);
        return asked.IsError
            ? SysResult<PeerUser>.Fail(asked, "SO_PEERCRED")
            : SysResult<PeerUser>.Ok(
                new PeerUser((int)peer.Uid, (int)peer.Gid, PeerGroups.Of(connection)));
    }
}
