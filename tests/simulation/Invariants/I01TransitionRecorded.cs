using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Follows each unit's state by its rows alone and compares with what the engine shows; sees to it
/// that nothing runs before its rows are committed.
/// </summary>
internal sealed class I01TransitionRecorded() : SimulationInvariant(
    "I1", "Every visible transition has exactly one row, written before its effect is reported.")
{
    private readonly Dictionary<string, string> _states = new(StringComparer.Ordinal);

    public override void Committed(EngineStep step)
    {
        Follow(step);
        foreach (UnitId id in step.ChangedUnits)
        {
            // One of this name begins anew.
            if (View.Engine.Unit(id) is { HasLeft: true } gone)
                _states.Remove(gone.Name.Value);
        }
    }

    private void Follow(EngineStep step)
    {
        foreach (JournalRecord r in step.Records)
        {
            if (r.Kind == RecordKind.Transition)
                Follow(r);
        }

        if (View.IsSampled)
        {
            foreach (UnitRuntime unit in View.Engine.Units)
                Compare(unit);
        }
        else
        {
            foreach (UnitId id in step.ChangedUnits)
                Compare(View.Engine.Unit(id));
        }
    }

    public override void BeforeEffect(Effect effect)
    {
        if (!View.InEffects)
            Fail($"{effect} ran before its batch was committed");
    }

    private void Follow(in JournalRecord r)
    {
        string before = _states.GetValueOrDefault(r.Unit ?? "", "dead");
        if (r.From != before)
            Fail($"row {r.Seq}: {r.Unit} goes from {r.From} to {r.To}, but the rows before say"
                + $" {before}");
        _states[r.Unit ?? ""] = r.To ?? "";
    }

    private void Compare(UnitRuntime unit)
    {
        string rows = _states.GetValueOrDefault(unit.Name.Value, "dead");
        if (StateWords.Of(unit.Sub) == rows || unit.HasLeft)
            return;
        Fail($"{unit.Name} is {StateWords.Of(unit.Sub)}, but its rows say {rows}");
        _states[unit.Name.Value] = StateWords.Of(unit.Sub);
    }
}
