using InitTx.Core;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Virtual time must not pass within a batch beyond what a commit takes, and one event must not
/// lead to an unbounded pile of work.
/// </summary>
internal sealed class I18LoopNeverBlocks() : SimulationInvariant(
    "I18", "The main loop is never blocked for more than 100 ms; one event's work is bounded.")
{
    private const long MostUs = 100_000;
    private const int RowsPerUnit = 60;
    private long _begunUs = -1;
    private int _records;
    private int _effects;

    public override void Handled(EngineEvent e)
    {
        if (_begunUs < 0)
            _begunUs = View.Clock.ActiveUs;
        if (e is EngineEvent.Recovered)
            (_records, _effects) = (0, 0);
    }

    public override void Committed(EngineStep step)
    {
        int most = RowsPerUnit * (View.Engine.Units.Count + 10);
        (_records, _effects) = (step.Records.Count, step.Effects.Count);
        if (_records > most || _effects > most)
            Fail($"one batch led to {_records} rows and {_effects} effects");
    }

    public override void BatchEnded()
    {
        long took = View.Clock.ActiveUs - _begunUs;
        if (_begunUs >= 0 && took > MostUs)
            Fail($"a batch took {took} µs");
        _begunUs = -1;
    }

    public override void Crashed() => _begunUs = -1;
}
