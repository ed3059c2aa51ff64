using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// An effect that could not be carried out is one row with its reason, and a unit that fails in the
/// stop which it was for has a reason to show. That nothing waits for ever is I10, I24 and I26.
/// </summary>
internal sealed class I30RefusalOnRecord() : SimulationInvariant(
    "I30", "An effect that fails is on record, and a stop that fails with it says why.")
{
    private readonly HashSet<UnitName> _refused = [];

    public override void Handled(EngineEvent e)
    {
        if (e is not EngineEvent.EffectFailed failed)
            return;
        UnitRuntime unit = View.Engine.Unit(failed.Unit);
        if (!View.Step.Records.Exists(r => r.Kind == RecordKind.Rejected
            && r.Unit == unit.Name.Value && r.To == failed.Effect && r.Text == failed.Error))
            Fail($"{unit.Name}: no row of the {failed.Effect} that failed");

        // In the states that are for signalling only: ExecStop= may run while an operator's signal
        // fails, and then its exit code is the reason.
        if (unit.Sub is SubState.StopWatchdog or SubState.StopSigterm or SubState.StopSigkill
            or SubState.FinalWatchdog or SubState.FinalSigterm or SubState.FinalSigkill)
            _refused.Add(unit.Name);
    }

    public override void Committed(EngineStep step)
    {
        foreach (JournalRecord row in step.Records)
        {
            if (row.Kind != RecordKind.Transition || !UnitName.TryParse(row.Unit, out UnitName name)
                || IsDeactivating(row.To) || !_refused.Remove(name)
                || View.Engine.Find(name) is not { } unit)
                continue;

            // Only its last change shows: one batch may hold its next start and what became of it.
            if (unit.SinceSeq == row.Seq && unit.Sub == SubState.Failed
                && string.IsNullOrEmpty(unit.FailureText))
                Fail($"{name} has failed and does not say why");
        }
    }

    public override void Crashed() => _refused.Clear();

    private static bool IsDeactivating(string? state) => state is not null
        && (state.StartsWith("stop", StringComparison.Ordinal)
            || state.StartsWith("final", StringComparison.Ordinal));
}
