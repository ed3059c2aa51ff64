using InitTx.Core;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>
/// Descriptors that services left with the manager, each by a number of its own. They are handed
/// over to the next image; what only waited for the core's word goes with the old one. One that
/// comes twice is kept once.
/// </summary>
internal sealed class SimulatedStore
{
    private readonly SortedDictionary<UnitName, HashSet<ulong>> _stored = [];
    private readonly Dictionary<ulong, ulong> _held = [];
    private ulong _lastTicket;
    private ulong _lastDescriptor;

    /// <summary>Units with descriptors, and how many.</summary>
    public IReadOnlyDictionary<UnitName, int> Stored
    {
        get
        {
            var counts = new SortedDictionary<UnitName, int>();
            foreach ((UnitName unit, HashSet<ulong> stored) in _stored)
                counts.Add(unit, stored.Count);
            return counts;
        }
    }

    /// <summary>Tickets that the core has not answered.</summary>
    public int Held => _held.Count;

    /// <summary>A datagram with a descriptor was read.</summary>
    /// <param name="descriptor">Which one; 0 for one that was not seen before.</param>
    public ulong Hold(ref ulong descriptor)
    {
        if (descriptor == 0)
            descriptor = ++_lastDescriptor;
        _held.Add(++_lastTicket, descriptor);
        return _lastTicket;
    }

    /// <summary>The StoreDescriptors effect.</summary>
    public void Store(ulong ticket, UnitDefinition unit)
    {
        if (!_stored.TryGetValue(unit.Name, out HashSet<ulong>? now))
            now = [];
        if (!_held.Remove(ticket, out ulong descriptor)
            || now.Count >= (unit.Service?.FileDescriptorStoreMax ?? 0))
            return;
        now.Add(descriptor);
        _stored[unit.Name] = now;
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
