using InitTx.Core.Recovery;
using InitTx.Units.Model;
using InitTx.Units.Recording;

namespace InitTx.Core;

/// <summary>
/// The definitions in force, as one image of the manager leaves them to the next: a unit keeps the
/// one that it runs by although its file is broken by now, and nothing need be read again.
/// </summary>
public sealed partial class Engine
{
    /// <summary>All of them in the order of unit ids.</summary>
    public IReadOnlyList<HeldDefinition> Definitions()
    {
        var held = new HeldDefinition[_units.Count];
        for (int i = 0; i < held.Length; i++)
            held[i] = new HeldDefinition(_units[i].Definition, _units[i].DiskProblem);
        return held;
    }

    /// <summary>
    /// Puts equal definitions made of fewer objects in the place of those in force, and the tables
    /// that hold on to their names and edges with them. Nothing that can be seen changes.
    /// </summary>
    /// <param name="alike">What <see cref="Definitions"/> gave, after a round trip.</param>
    /// <returns>False, and nothing is done, when they are not those of the same units.</returns>
    public bool TakeAlike(IReadOnlyList<HeldDefinition> alike)
    {
        if (alike.Count != _units.Count)
            return false;
        for (int i = 0; i < alike.Count; i++)
        {
            if (alike[i].Unit.Name != _units[i].Name)
                return false;
        }

        var names = new List<(UnitName Name, UnitRuntime Unit)>(_byName.Count);
        foreach ((UnitName name, UnitRuntime unit) in _byName)
        {
            UnitName own = alike[IndexOf(unit.Id)].Unit.Name;
            names.Add((name == own ? own : name, unit));
        }

        _byName.Clear();
        foreach ((UnitName name, UnitRuntime unit) in names)
            _byName.Add(name, unit);
        for (int i = 0; i < alike.Count; i++)
        {
            _units[i].Definition = alike[i].Unit;
            _units[i].Out.Clear();
            _units[i].In.Clear();
        }

        for (int i = 0; i < _units.Count; i++)
            LinkEdges(_units[i]);
        for (int i = 0; i < _units.Count; i++)
        {
            _units[i].Out.Trim();
            _units[i].In.Trim();
        }

        return true;
    }

    // All or nothing, so that ids, order and edges are those of the engine that wrote them.
    private void TakeDefinitions(IReadOnlyList<HeldDefinition> held, Restoration into)
    {
        if (!AreDistinct(held))
        {
            into.Problems.Add("the definitions that were held are no set of units; read anew");
            return;
        }

        _units.Capacity = held.Count;
        _byName.EnsureCapacity(held.Count);
        for (int i = 0; i < held.Count; i++)
        {
            (UnitDefinition definition, string? problem) = held[i];

            // Whether a socket made it says its record: one that has ended is forgotten, and a unit
            // of its name that came later is no instance of that socket's.
            bool isInstance = !definition.AcceptedBy.IsNone;
            if (isInstance)
                definition = definition with { AcceptedBy = default };
            var unit = new UnitRuntime(new UnitId(_nextUnit++), definition)
            {
                DiskProblem = problem,
            };
            if (isInstance)
                into.HeldInstances.Add(unit);
            _units.Add(unit);
            _byName.Add(definition.Name, unit);
        }

        JoinUnits(0);
    }

    private bool AreDistinct(IReadOnlyList<HeldDefinition> held)
    {
        if (held.Count > Limits.Units)
            return false;
        var names = new HashSet<UnitName>(held.Count);
        for (int i = 0; i < held.Count; i++)
        {
            if (!names.Add(held[i].Unit.Name))
                return false;
        }

        return true;
    }

    // Units that are in the table by their own names: their other names, what they name, edges.
    private void JoinUnits(int first)
    {
        for (int i = first; i < _units.Count; i++)
        {
            foreach (UnitName alias in _units[i].Definition.Aliases)
                _byName.TryAdd(alias, _units[i]);
            TakeNamed(_units[i]);
        }

        for (int i = first; i < _units.Count; i++)
            LinkEdges(_units[i]);
    }

    private void TakeNamed(UnitRuntime unit)
    {
        IReadOnlyList<UnitDependency> edges = unit.Definition.Dependencies;
        for (int i = 0; i < edges.Count; i++)
            Take(edges[i].Target);
        if (unit.Name.Kind == UnitKind.Socket && unit.Definition.Socket is not { Accept: true })
            Take(Activation.SocketSupervisor.ServiceOf(unit));
    }
}
