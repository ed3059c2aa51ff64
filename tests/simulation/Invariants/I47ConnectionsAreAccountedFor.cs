using InitTx.Core;
using InitTx.Core.Activation;
using InitTx.Core.Lifecycle;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Compares what came in with what the core says of it, what is open with the instances that are
/// up, and looks that nothing is left of those that have ended.
/// </summary>
internal sealed class I47ConnectionsAreAccountedFor(EngineLimits limits) : SimulationInvariant(
    "I47", "Every connection is served by one instance or closed, and counted, over crashes too.")
{
    public override void Committed(EngineStep step)
    {
        foreach (UnitRuntime unit in View.Engine.Units)
        {
            if (unit.Accepting is { } count && unit.Definition.Socket is { } socket
                && count.Served > socket.MaxConnections)
                Fail($"{unit.Name} has {count.Served} connections of {socket.MaxConnections}");
        }
    }

    public override void Quiet()
    {
        var served = new Dictionary<ulong, UnitName>();
        int failed = 0;
        foreach (UnitRuntime unit in View.Engine.Units)
        {
            Count(unit);
            if (unit.Definition.AcceptedBy.IsNone)
                continue;
            bool isDown = unit.Active is ActiveState.Inactive or ActiveState.Failed;
            if (unit.ConnectionTicket != 0 && !served.TryAdd(unit.ConnectionTicket, unit.Name))
                Fail($"{unit.Name} and another serve connection {unit.ConnectionTicket}");
            if (isDown && unit.ConnectionTicket != 0)
                Fail($"{unit.Name} is down and has connection {unit.ConnectionTicket}");
            // What FileDescriptorStorePreserve= keeps it keeps the unit for.
            if (unit is { Sub: SubState.Dead, Job: null, HasStore: false })
                Fail($"{unit.Name} has ended and is still known");
            if (unit.Sub == SubState.Failed && ++failed > limits.FailedInstances)
                Fail($"{failed} failed instances are kept");
        }

        foreach ((ulong ticket, UnitName socket) in View.World.Connections.Held)
        {
            if (!served.Remove(ticket))
                Fail($"connection {ticket} of {socket} is open, and nobody serves it");
        }

        foreach ((ulong ticket, UnitName unit) in served)
            Fail($"{unit} serves connection {ticket}, which is closed");
    }

    private void Count(UnitRuntime socket)
    {
        long taken = View.World.Connections.Taken(socket.Name);
        AcceptCount? count = socket.Accepting;
        long decided = (count?.Accepted ?? 0) + (count?.Refused ?? 0);
        if (taken - View.World.Connections.Dropped(socket.Name) != decided)
            Fail($"{taken} connections came in by {socket.Name}, {decided} were decided on");
    }
}
