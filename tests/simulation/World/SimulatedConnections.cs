using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>
/// Connections that were taken for the manager, each under its ticket until the manager has it
/// closed; they outlive its crash. What the core of the next image has not decided on is told
/// again, or closed when nobody listens any more (ConnectionHost in initxd).
/// </summary>
internal sealed class SimulatedConnections(SimulatedWorld world)
{
    private readonly SortedDictionary<ulong, UnitName> _held = [];
    private readonly Dictionary<UnitName, long> _taken = [];
    private readonly Dictionary<UnitName, long> _dropped = [];
    private ulong _lastTicket;

    /// <summary>Tickets of what is open, and the socket that each came in by.</summary>
    public IReadOnlyDictionary<ulong, UnitName> Held => _held;

    /// <summary>How many ever came in by a socket.</summary>
    public long Taken(UnitName socket) => _taken.GetValueOrDefault(socket);

    /// <summary>How many of them no core was ever told of.</summary>
    public long Dropped(UnitName socket) => _dropped.GetValueOrDefault(socket);

    /// <summary>accept(2) gave one.</summary>
    public EngineEvent Take(UnitRuntime socket)
    {
        _held.Add(++_lastTicket, socket.Name);
        _taken[socket.Name] = Taken(socket.Name) + 1;
        return Told(socket, _lastTicket);
    }

    /// <summary>The CloseConnection effect.</summary>
    public void Close(ulong ticket) => _held.Remove(ticket);

    /// <summary>The ReleaseUnit effect.</summary>
    public void Release(UnitName unit) => world.Ready.Post(
        new ReleasedInput(unit), world.Tie(unit, 23));

    /// <summary>The next image looks what is held; what it tells its core comes behind.</summary>
    public List<EngineEvent> TakeOver(Engine engine)
    {
        var served = new HashSet<ulong>();
        foreach (UnitRuntime unit in engine.Units)
            served.Add(unit.ConnectionTicket);
        var told = new List<EngineEvent>();
        foreach ((ulong ticket, UnitName name) in (KeyValuePair<ulong, UnitName>[])[.. _held])
        {
            if (served.Contains(ticket))
                continue;
            UnitRuntime? socket = engine.Find(name);
            bool isDecided = socket?.Accepting?.LastTicket >= ticket;
            if (!isDecided && socket is { Sub: SubState.Listening })
            {
                told.Add(Told(socket, ticket));
                continue;
            }

            _held.Remove(ticket);
            if (!isDecided)
                _dropped[name] = Dropped(name) + 1;
        }

        return told;
    }

    // Two in three are of one host, so that MaxConnectionsPerSource= has something to count.
    private static EngineEvent.ConnectionAccepted Told(UnitRuntime socket, ulong ticket) => new(
        socket.Id, ticket, FormattableString.Invariant($"{1_000 + ticket}-0"),
        ticket % 3 == 0 ? "4 10.0.0.2" : "4 10.0.0.1");

    private sealed class ReleasedInput(UnitName unit) : Input
    {
        public override bool IsResult => true;

        public override bool IsAskedAgain => true;

        public override EngineEvent? Read(Engine engine) =>
            engine.Find(unit) is { } u ? new EngineEvent.UnitReleased(u.Id) : null;
    }
}
