using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Simulation.Running;
using InitTx.Units.Model;
using InitTx.Units.Recording;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// A unit that is up before and after the manager lost its memory goes on by a definition that is
/// as good as the one it had, and by the same one unless a reload had not been committed.
/// </summary>
internal sealed class I36KeepsDefinition() : SimulationInvariant(
    "I36", "A unit that is up keeps its definition over a re-exec and a crash, whatever became of"
        + " its file.")
{
    private readonly Dictionary<UnitName, UnitDefinition> _had = [];
    private bool _isReloading;
    private bool _wasReloading;

    public override void Handled(EngineEvent e) =>
        _isReloading |= e is EngineEvent.CatalogReplaced { Error: null };

    public override void Committed(EngineStep step) => _isReloading = false;

    public override void Crashed()
    {
        (_wasReloading, _isReloading) = (_isReloading, false);
        _had.Clear();
        foreach (UnitRuntime unit in View.Engine.Units)
        {
            if (IsUp(unit) && unit.Definition.LoadState == UnitLoadState.Loaded)
                _had.Add(unit.Name, unit.Definition);
        }
    }

    public override void Recovered()
    {
        foreach ((UnitName name, UnitDefinition had) in _had)
        {
            if (View.Engine.Find(name) is not { } unit || !IsUp(unit))
                continue;
            if (unit.Definition.LoadState != UnitLoadState.Loaded)
                Fail($"{name} is up and its definition is {unit.Definition.LoadState} now:"
                    + $" {unit.Definition.LoadError}");
            else if (!_wasReloading && !Same(unit.Definition, had))
                Fail($"{name} is up by another definition than before");
        }
    }

    private static bool IsUp(UnitRuntime unit) =>
        unit.Active is not (ActiveState.Inactive or ActiveState.Failed);

    private static bool Same(UnitDefinition a, UnitDefinition b) =>
        ReferenceEquals(a, b)
        || HeldUnits.Bytes([new HeldDefinition(a, null)]).AsSpan().SequenceEqual(
            HeldUnits.Bytes([new HeldDefinition(b, null)]));
}
