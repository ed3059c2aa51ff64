using System.Globalization;
using InitTx.Core;
using InitTx.Init.Activation;
using InitTx.Linux.Sockets;

namespace InitTx.Init.Processes;

/// <summary>
/// What a process of a unit gets from 3 on (sd_listen_fds(3)): the unit's sockets, or the
/// connection that it serves, and behind them what it stored itself. Main thread only.
/// </summary>
internal sealed class PassedDescriptors(
    SocketHost sockets, ConnectionHost connections, DescriptorStore store)
{
    /// <summary>The descriptors in order.</summary>
    /// <param name="areStreams">
    /// They are the standard streams and nothing else, as for inetd(8): without the store.
    /// </param>
    /// <param name="joined">Their names, separated by colons.</param>
    public List<int> Of(UnitRuntime unit, bool areStreams, out string joined)
    {
        List<int> descriptors;
        List<string> names;
        if (connections.Of(unit) is { } connection)
        {
            // Instead of sockets, not beside them.
            connection.SetNonBlocking(unit.Definition.Exec is { NonBlocking: true });
            (descriptors, names) = ([connection.Number], [ConnectionHost.Name]);
        }
        else
        {
            descriptors = sockets.DescriptorsFor(unit.Definition, out names);
        }

        if (!areStreams)
            store.AppendTo(unit.Id, descriptors, names);
        joined = string.Join(':', names);
        return descriptors;
    }

    /// <summary>The variables that tell of them; none for none.</summary>
    /// <param name="pid">What the shim's child overwrites with its own pid.</param>
    public static void Tell(ProcessEnvironment environment, string pid, int count, string names)
    {
        if (count == 0)
            return;
        environment.Set("LISTEN_PID", pid);
        environment.Set("LISTEN_FDS", count.ToString(CultureInfo.InvariantCulture));
        environment.Set("LISTEN_FDNAMES", names);
    }

    /// <summary>Who is at the other end of the unit's connection, while it is there.</summary>
    public void TellPeer(UnitRuntime unit, ProcessEnvironment environment)
    {
        if (connections.Of(unit) is not { } connection
            || AcceptedConnections.PeerOf(connection) is not { RemotePort: { } port } peer)
            return;
        environment.Set("REMOTE_ADDR", peer.RemoteAddress ?? "");
        environment.Set("REMOTE_PORT", port.ToString(CultureInfo.InvariantCulture));
    }
}
