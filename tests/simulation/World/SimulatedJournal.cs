using System.Buffers;
using InitTx.Core;
using InitTx.Core.Ports;

namespace InitTx.Simulation.World;

/// <summary>
/// The journal as the engine and recovery see it: one commit is one transaction of rows and
/// states. While commits fail, rows go to a ring that outlives the manager, states go nowhere;
/// the next commit that works writes everything anew. Of rows only the highest number is kept:
/// nothing here reads them again.
/// </summary>
internal sealed class SimulatedJournal(SimulatedClock clock)
{
    private readonly SortedDictionary<string, byte[]> _units = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> _buffer = new(4_096);
    private readonly HashSet<string> _recorded = new(StringComparer.Ordinal);
    private readonly SortedDictionary<long, byte[]> _ended = [];
    private long _endedStored = -1;

    // Written at almost each commit and read at a restart: no array of its own each time.
    private ArrayBufferWriter<byte> _engine = new(4_096);
    private ArrayBufferWriter<byte> _nextEngine = new(4_096);

    /// <summary>Until then commits fail, active microseconds.</summary>
    public long FailsUntilUs { get; set; }

    /// <summary>Until then a commit takes <see cref="SlowUs"/>, active microseconds.</summary>
    public long SlowUntilUs { get; set; }

    public long SlowUs { get; set; }

    /// <summary>The states lag behind the rows.</summary>
    public bool IsBehind { get; private set; }

    /// <summary>
    /// The highest number ever given out, ring included: what the black box knows.
    /// </summary>
    public long HeadSeq { get; private set; }

    /// <summary>Commits that worked.</summary>
    public long Commits { get; private set; }

    /// <summary>
    /// A mutation: the states of units that are not stored although they changed.
    /// </summary>
    public Func<string, bool>? Forgets { get; set; }

    /// <summary>A mutation: the engine's own state is not stored.</summary>
    public Func<bool>? ForgetsEngine { get; set; }

    /// <summary>A mutation: an ended transaction is not stored.</summary>
    public Func<bool>? ForgetsEnded { get; set; }

    /// <summary>Writes one batch.</summary>
    /// <returns>False when it went to the ring.</returns>
    public bool Commit(
        Engine states, List<JournalRecord> records, List<UnitId> changed, bool engineChanged)
    {
        if (records.Count > 0)
            HeadSeq = Math.Max(HeadSeq, records[^1].Seq);
        foreach (UnitId id in changed)
            _recorded.Add(states.Unit(id).Name.Value);
        if (clock.ActiveUs < FailsUntilUs)
        {
            IsBehind = true;
            return false;
        }

        if (clock.ActiveUs < SlowUntilUs)
            clock.AdvanceTo(clock.ActiveUs + SlowUs);
        WriteStates(states, changed, engineChanged);
        Commits++;
        return true;
    }

    /// <summary>What recovery finds: the state of every unit, sorted by name.</summary>
    public List<KeyValuePair<string, byte[]>> Units()
    {
        var list = new List<KeyValuePair<string, byte[]>>(_units.Count);
        foreach ((string name, byte[] state) in _units)
            list.Add(new(name, state));
        return list;
    }

    /// <summary>Ended transactions by number.</summary>
    public List<KeyValuePair<long, byte[]>> Ended() => [.. _ended];

    /// <summary>A new image has it: its first write writes all ended transactions anew.</summary>
    public void Opened() => _endedStored = -1;

    /// <summary>The engine's own state; empty when none was ever stored.</summary>
    public ReadOnlySpan<byte> EngineState() => _engine.WrittenSpan;

    /// <summary>A planned re-exec hands over every known unit, whether commits work.</summary>
    public void Snapshot(Engine states)
    {
        _units.Clear();
        foreach (UnitRuntime unit in states.Units)
            WriteUnit(states, unit.Id, handsOver: true);
        WriteEngine(states, handsOver: true);
    }

    private void WriteStates(Engine states, List<UnitId> changed, bool engineChanged)
    {
        if (IsBehind)
        {
            _units.Clear();
            foreach (UnitRuntime unit in states.Units)
            {
                if (_recorded.Contains(unit.Name.Value))
                    WriteUnit(states, unit.Id, handsOver: false);
            }
        }
        else
        {
            foreach (UnitId id in changed)
                WriteUnit(states, id, handsOver: false);
        }

        if (engineChanged || IsBehind)
            WriteEngine(states, handsOver: false);
        IsBehind = false;
    }

    private void WriteEngine(Engine states, bool handsOver)
    {
        if (ForgetsEngine?.Invoke() == true)
            return;
        _nextEngine.ResetWrittenCount();
        if (handsOver)
            states.WriteEngine(_nextEngine);
        else
            states.WriteEngineAlone(_nextEngine);
        (_engine, _nextEngine) = (_nextEngine, _engine);
        if (!handsOver)
            WriteEnded(states);
    }

    private void WriteEnded(Engine states)
    {
        if (IsBehind || _endedStored < 0 || states.LastEnded < _endedStored)
        {
            _endedStored = 0;
            _ended.Clear();
        }

        long from = Math.Max(_endedStored + 1, states.FirstEnded);
        for (long number = from; number <= states.LastEnded; number++)
        {
            _buffer.ResetWrittenCount();
            states.WriteEnded(number, _buffer);
            if (ForgetsEnded?.Invoke() != true)
                _ended[number] = _buffer.WrittenSpan.ToArray();
        }

        while (_ended.Count > 0 && _ended.Keys.First() < states.FirstEnded)
            _ended.Remove(_ended.Keys.First());
        _endedStored = states.LastEnded;
    }

    private void WriteUnit(Engine states, UnitId id, bool handsOver)
    {
        string name = states.Unit(id).Name.Value;
        if (Forgets?.Invoke(name) == true)
            return;
        _buffer.ResetWrittenCount();
        states.WriteUnit(id, _buffer, handsOver);
        if (_buffer.WrittenCount == 0)
            _units.Remove(name);
        else
            _units[name] = _buffer.WrittenSpan.ToArray();
    }
}
