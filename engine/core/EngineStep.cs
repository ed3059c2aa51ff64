using InitTx.Core.Ports;

namespace InitTx.Core;

/// <summary>
/// What one or more events led to: the outbox. The shell commits <see cref="Records"/> and the
/// changed states in one journal transaction, and only then runs <see cref="Effects"/>.
/// Reused from batch to batch; not thread-safe.
/// </summary>
public sealed class EngineStep
{
    private readonly HashSet<int> _changed = [];

    /// <summary>New rows in order of their sequence numbers.</summary>
    public List<JournalRecord> Records { get; } = [];

    /// <summary>What to do after the commit, in order.</summary>
    public List<Effect> Effects { get; } = [];

    /// <summary>
    /// Units whose persistent state differs from the last commit, each once, in order of change.
    /// </summary>
    public List<UnitId> ChangedUnits { get; } = [];

    /// <summary>True when jobs, transactions, counters or the manager's state differ.</summary>
    public bool EngineChanged { get; set; }

    /// <summary>Nothing happened.</summary>
    public bool IsEmpty =>
        Records.Count == 0 && Effects.Count == 0 && ChangedUnits.Count == 0 && !EngineChanged;

    /// <summary>Marks a unit's persistent state as changed.</summary>
    public void Touch(UnitId unit)
    {
        if (_changed.Add(unit.Value))
            ChangedUnits.Add(unit);
    }

    /// <summary>Empties the outbox after its effects have been run.</summary>
    public void Clear()
    {
        Records.Clear();
        Effects.Clear();
        ChangedUnits.Clear();
        _changed.Clear();
        EngineChanged = false;
    }
}
