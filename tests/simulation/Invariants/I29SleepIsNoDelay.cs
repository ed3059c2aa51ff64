using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Measures, in the time in which processes live, how long a service was in the state that a
/// deadline ended: a machine that slept must not take it for a service that hangs.
/// </summary>
internal sealed class I29SleepIsNoDelay() : SimulationInvariant(
    "I29", "A watchdog and the delay of a restart count only time in which the machine was awake.")
{
    // A slow commit may delay the look at the beginning.
    private const long SlackUs = 100_000;

    // The settings too: a reload changes them for the next time only.
    private readonly Dictionary<string, (long AtUs, ServiceSettings? Settings)> _since =
        new(StringComparer.Ordinal);

    // As they were when the row was made: a reload may come later in the same batch.
    private readonly Dictionary<string, ServiceSettings?> _settings = new(StringComparer.Ordinal);
    private int _seen;

    public override void Handled(EngineEvent e)
    {
        List<JournalRecord> records = View.Step.Records;
        for (; _seen < records.Count; _seen++)
        {
            if (records[_seen] is { Kind: RecordKind.Transition, Unit: { } name })
                _settings[name] = View.Engine.Find(UnitName.Parse(name))?.Definition.Service;
        }
    }

    public override void Restored() => _seen = 0;

    public override void Committed(EngineStep step)
    {
        _seen = 0;
        foreach (JournalRecord r in step.Records)
        {
            if (r is not { Kind: RecordKind.Transition, Unit: { } name })
                continue;
            (long since, ServiceSettings? settings) = _since.GetValueOrDefault(name);
            long awake = View.Clock.ActiveUs - since;
            if (LeastUs(r, settings) is { } least && awake < least - SlackUs)
                Fail($"row {r.Seq}: {name} goes from {r.From} to {r.To} after {awake} µs awake;"
                    + $" its time is {least} µs");
            _since[name] = (View.Clock.ActiveUs, _settings.GetValueOrDefault(name));
        }
    }

    private static long? LeastUs(in JournalRecord r, ServiceSettings? settings) => r switch
    {
        { From: "running", To: "stop-watchdog", Cause: CauseKind.Watchdog } => settings?.WatchdogUs,
        { From: "auto-restart", Cause: CauseKind.Timer } => settings?.RestartUs,
        _ => null,
    };
}
