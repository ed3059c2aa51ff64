using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Handles;
using InitTx.Linux.Sockets;
using InitTx.Units.Model;

namespace InitTx.Init.Activation;

/// <summary>
/// Connections that sockets with Accept=yes took, each under its ticket, from accept(2) until the
/// core has it closed. They are in the black box, so the next image has them as well: it goes on
/// with those that an instance serves, tells the core again of those that it has not decided on,
/// and closes the rest. Main thread only.
/// </summary>
internal sealed class ConnectionHost(Engine engine, EventQueue queue)
{
    private readonly Dictionary<ulong, FileDescriptor> _held = [];
    private ulong _lastTicket;

    /// <summary>Connections that are held.</summary>
    public int Count => _held.Count;

    /// <summary>
    /// A connection that was just taken; one whose other end is gone is closed at once.
    /// </summary>
    public void Take(UnitRuntime socket, FileDescriptor connection)
    {
        if (AcceptedConnections.PeerOf(connection) is not { } peer)
        {
            ForeignDescriptors.Close(connection);
            return;
        }

        // What the registry has no room for goes with this image: the kernel closes it then.
        ulong ticket = ++_lastTicket;
        DescriptorRegistry.Register(
            connection.Number, DescriptorKind.Connection, socket.Name.Value, "", ticket);
        _held.Add(ticket, connection);
        queue.Post(new EngineEvent.ConnectionAccepted(socket.Id, ticket, peer.Name, peer.Source));
    }

    /// <summary>The CloseConnection effect; none is fine.</summary>
    public void Close(ulong ticket)
    {
        if (!_held.Remove(ticket, out FileDescriptor? connection))
            return;
        DescriptorRegistry.Unregister(connection.Number);
        ForeignDescriptors.Close(connection);
    }

    /// <summary>The connection of an instance; null when there is none.</summary>
    public FileDescriptor? Of(UnitRuntime instance) =>
        instance.ConnectionTicket == 0 ? null : _held.GetValueOrDefault(instance.ConnectionTicket);

    /// <summary>
    /// Its name for LISTEN_FDNAMES, whatever FileDescriptorName= of the socket says: as systemd 252
    /// does it, not as its manual has it.
    /// </summary>
    public const string Name = "connection";

    /// <summary>Takes over what the image before this one held.</summary>
    /// <returns>What its core has not decided on, to be told after the recovery.</returns>
    public List<EngineEvent> TakeOver(IReadOnlyList<HeldDescriptor> held)
    {
        var served = new HashSet<ulong>();
        foreach (UnitRuntime unit in engine.Units)
        {
            _lastTicket = Math.Max(_lastTicket, unit.Accepting?.LastTicket ?? 0);
            if (unit.ConnectionTicket != 0)
                served.Add(unit.ConnectionTicket);
        }

        var undecided = new List<EngineEvent>();
        var found = new List<HeldDescriptor>();
        foreach (HeldDescriptor entry in held)
        {
            if (entry.Kind == DescriptorKind.Connection)
                found.Add(entry);
        }

        found.Sort(static (a, b) => a.Tag.CompareTo(b.Tag));
        foreach (HeldDescriptor entry in found)
        {
            _lastTicket = Math.Max(_lastTicket, entry.Tag);
            var connection = new FileDescriptor(entry.Fd);
            if (!_held.TryAdd(entry.Tag, connection))
            {
                DescriptorRegistry.Unregister(entry.Fd);
                ForeignDescriptors.Close(connection);
            }
            else if (!served.Contains(entry.Tag) && !TellAgain(entry, connection, undecided))
            {
                Close(entry.Tag);
            }
        }

        return undecided;
    }

    private bool TellAgain(
        HeldDescriptor entry, FileDescriptor connection, List<EngineEvent> undecided)
    {
        if (!UnitName.TryParse(entry.Unit, out UnitName name)
            || engine.Find(name) is not { Sub: SubState.Listening } socket
            || (socket.Accepting?.LastTicket ?? 0) >= entry.Tag
            || AcceptedConnections.PeerOf(connection) is not { } peer)
            return false;
        undecided.Add(new EngineEvent.ConnectionAccepted(
            socket.Id, entry.Tag, peer.Name, peer.Source));
        return true;
    }
}
