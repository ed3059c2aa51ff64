using InitTx.Core;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>
/// Descriptors that services left with the manager: how many of each unit. They are handed over to
/// the next image; what only waited for the core's word goes with the old one.
/// </summary>
internal sealed class SimulatedStore
{
    private readonly SortedDictionary<UnitName, int> _stored = [];
    private readonly HashSet<ulong> _held = [];
    private ulong _lastTicket;

    /// <summary>Units with descriptors, and how many.</summary>
    public IReadOnlyDictionary<UnitName, int> Stored => _stored;

    /// <summary>Tickets that the core has not answered.</summary>
    public int Held => _held.Count;

    /// <summary>A datagram with a descriptor was read.</summary>
    public ulong Hold()
    {
        _held.Add(++_lastTicket);
        return _lastTicket;
    }

    /// <summary>The StoreDescriptors effect.</summary>
    public void Store(ulong ticket, UnitDefinition unit)
    {
        int now = _stored.GetValueOrDefault(unit.Name);
        if (_held.Remove(ticket) && now < (unit.Service?.FileDescriptorStoreMax ?? 0))
            _stored[unit.Name] = now + 1;
    }

    /// <summary>The DropDescriptors effect.</summary>
    public void Drop(ulong ticket) => _held.Remove(ticket);

    /// <summary>The ReleaseDescriptors effect.</summary>
    public void Release(UnitName unit) => _stored.Remove(unit);

    /// <summary>The manager is gone.</summary>
    public void Restart() => _held.Clear();

    /// <summary>The next image closes what its core knows nothing of.</summary>
    public void TakeOver(Engine engine)
    {
        foreach (UnitName unit in new List<UnitName>(_stored.Keys))
        {
            if (engine.Find(unit) is not { HasStore: true })
                _stored.Remove(unit);
        }
    }
}
