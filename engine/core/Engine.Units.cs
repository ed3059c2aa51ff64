using InitTx.Core.Supervision;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// The table of units: loaded when first named, with all that they name, and linked both ways.
/// </summary>
public sealed partial class Engine
{
    private readonly List<UnitRuntime> _units = [];
    private readonly Dictionary<UnitName, UnitRuntime> _byName = [];
    private int _nextUnit;

    /// <summary>
    /// All units known, in the order in which they were loaded, which is that of their ids.
    /// </summary>
    public IReadOnlyList<UnitRuntime> Units => _units;

    /// <summary>
    /// A known unit by its own name or an alias; null when nothing has named it yet.
    /// </summary>
    public UnitRuntime? Find(UnitName name) => _byName.GetValueOrDefault(name);

    /// <summary>
    /// The unit of an id that this engine gave out; one that was forgotten is found until the
    /// effects of the batch that forgot it have run.
    /// </summary>
    public UnitRuntime Unit(UnitId id) => UnitOrNull(id)
        ?? throw Invariant.Unreachable("unit id");

    /// <summary>The unit of an id; null when it was never given out or is forgotten.</summary>
    public UnitRuntime? UnitOrNull(UnitId id)
    {
        if (id.Value < _units.Count && id.Value >= 0 && _units[id.Value].Id == id)
            return _units[id.Value];
        int at = IndexOf(id);
        return at >= 0 ? _units[at] : _forgotten.GetValueOrDefault(id.Value);
    }

    // Ids only grow and the table is in their order.
    private int IndexOf(UnitId id)
    {
        int low = 0;
        int high = Math.Min(_units.Count - 1, id.Value);
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int found = _units[middle].Id.Value;
            if (found == id.Value)
                return middle;
            if (found < id.Value)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return -1;
    }

    /// <summary>
    /// The unit of a name, loaded with everything it names when it is new. Beyond
    /// <see cref="EngineLimits.Units"/> the answer is a unit in load state Error that is in no table.
    /// </summary>
    public UnitRuntime GetOrLoad(UnitName name)
    {
        if (_byName.TryGetValue(name, out UnitRuntime? known))
            return known;
        int first = _units.Count;
        if (Take(name) is not { } unit)
            return BeyondLimit(name);
        for (int i = first; i < _units.Count; i++)
            TakeNamed(_units[i]);

        for (int i = first; i < _units.Count; i++)
            LinkEdges(_units[i]);
        return unit;
    }

    internal IKindSupervisor SupervisorOf(UnitRuntime unit) => unit.Name.Kind switch
    {
        UnitKind.Service => Services,
        UnitKind.Socket => Sockets,
        UnitKind.Timer => Timers,
        UnitKind.Path => Paths,
        UnitKind.Mount or UnitKind.Swap => Mounts,
        UnitKind.Automount => Automounts,
        UnitKind.Target or UnitKind.Device or UnitKind.Slice or UnitKind.Scope => Standing,
        _ => throw Invariant.Unreachable("unit kind"),
    };

    /// <summary>Of a unit that an intent or a process is on record for.</summary>
    private IProcessSupervisor ProcessesOf(UnitRuntime unit) => unit.Name.Kind switch
    {
        UnitKind.Mount or UnitKind.Swap => Mounts,
        UnitKind.Socket => Sockets,
        _ => Services,
    };

    private UnitRuntime? Take(UnitName name)
    {
        if (_byName.TryGetValue(name, out UnitRuntime? known))
            return known;
        UnitDefinition definition = Catalog.Load(name);
        if (!_byName.TryGetValue(definition.Name, out known))
        {
            if (_units.Count >= Limits.Units || _nextUnit == int.MaxValue)
                return null;
            known = new UnitRuntime(new UnitId(_nextUnit++), definition);
            TableVersion++;
            _units.Add(known);
            _byName.Add(definition.Name, known);
        }

        _byName.TryAdd(name, known);
        return known;
    }

    private void LinkEdges(UnitRuntime unit)
    {
        bool namesService = false;
        IReadOnlyList<UnitDependency> edges = unit.Definition.Dependencies;
        for (int i = 0; i < edges.Count; i++)
        {
            UnitDependency edge = edges[i];
            if (i == 0 || edges[i - 1].Kind != edge.Kind)
                unit.Out.Expect(edge.Kind, RunOfKind(edges, i));
            if (!_byName.TryGetValue(edge.Target, out UnitRuntime? other) || other == unit)
                continue;
            namesService |= edge.Kind == DependencyKind.Triggers;
            Link(unit, other, edge);
        }

        LinkToSocket(unit);
        if (unit.Name.Kind != UnitKind.Socket || namesService
            || unit.Definition.Socket is { Accept: true })
            return;
        UnitName service = Activation.SocketSupervisor.ServiceOf(unit);
        if (_byName.TryGetValue(service, out UnitRuntime? started))
        {
            Link(unit, started, new UnitDependency(
                DependencyKind.Triggers, service, DependencyOrigin.Implicit, SourceLocation.BuiltIn));
        }
    }

    // Definitions have them sorted by kind.
    private static int RunOfKind(IReadOnlyList<UnitDependency> edges, int first)
    {
        int next = first + 1;
        while (next < edges.Count && edges[next].Kind == edges[first].Kind)
            next++;
        return next - first;
    }

    private static void Link(UnitRuntime unit, UnitRuntime other, UnitDependency edge)
    {
        unit.Out.Add(new UnitEdge(other, edge));
        other.In.Add(new UnitEdge(unit, edge));
    }

    private UnitRuntime BeyondLimit(UnitName name) => new(
        new UnitId(-1),
        new UnitDefinition
        {
            Name = name,
            LoadState = UnitLoadState.Error,
            LoadError = FormattableString.Invariant($"more than {Limits.Units} units (limit Units)"),
        });
}
