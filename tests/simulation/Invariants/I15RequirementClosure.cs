using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// A unit that is bound to another one may be active without it only as long as it takes to
/// begin its stop.
/// </summary>
internal sealed class I15RequirementClosure(OrderTable order) : SimulationInvariant(
    "I15", "No unit stays active whose BindsTo= is inactive.")
{
    private const long BoundUs = 1_000_000;
    private readonly Dictionary<(string Unit, string Of), long> _suspects = [];

    public override void Committed(EngineStep step)
    {
        foreach (UnitId id in step.ChangedUnits)
        {
            UnitRuntime unit = View.Engine.Units[id.Value];
            if (!IsDown(unit))
                continue;
            foreach (string bound in order.BoundTo(unit.Name.Value))
                _suspects.TryAdd((bound, unit.Name.Value), View.Clock.ActiveUs);
        }

        if (View.IsSampled)
            Judge();
    }

    public override void Quiet() => Judge();

    private static bool IsDown(UnitRuntime unit) =>
        unit.Active is ActiveState.Inactive or ActiveState.Failed;

    private void Judge()
    {
        foreach (((string unit, string of), long since) in _suspects)
        {
            UnitRuntime? bound = View.Engine.Find(UnitName.Parse(unit));
            UnitRuntime? target = View.Engine.Find(UnitName.Parse(of));
            bool holds = bound is null || target is null || bound.Active != ActiveState.Active
                || bound.Job is not null || !IsDown(target) || target.Job is not null;
            if (holds)
                _suspects.Remove((unit, of));
            else if (View.Clock.ActiveUs - since > BoundUs)
                Fail($"{unit} is active and bound to {of}, which is {target!.Sub}");
        }
    }
}
