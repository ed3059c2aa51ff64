using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Simulation.Running;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// What an operator can see of each unit: states and processes with their times, without the
/// numbers that a re-exec's own row shifts. Two runs with the same observable trace are the same.
/// </summary>
internal sealed class ObservableTrace(bool keepsLines) : SimulationInvariant(
    "I22", "A re-exec put in at any step changes nothing observable.")
{
    private readonly Dictionary<string, TraceHash> _hashes = new(StringComparer.Ordinal);

    /// <summary>Lines by unit; empty unless they are kept.</summary>
    public Dictionary<string, List<ObservableLine>> Lines { get; } = new(StringComparer.Ordinal);

    /// <summary>The digest over all units in order of their names.</summary>
    public ulong Digest()
    {
        var names = new List<string>(_hashes.Keys);
        names.Sort(StringComparer.Ordinal);
        var all = default(TraceHash);
        foreach (string name in names)
        {
            all.Add(name);
            all.Add((long)_hashes[name].Value);
        }

        return all.Value;
    }

    public override void Committed(EngineStep step)
    {
        foreach (JournalRecord r in step.Records)
        {
            if (r.Kind is RecordKind.Transition or RecordKind.Process && r.Unit is not null)
                Add(r.Unit, r);
        }
    }

    // Whether a spawn was seen by its result or by recovery is a matter of the row's word.
    private void Add(string unit, in JournalRecord r)
    {
        if (r is { Kind: RecordKind.Process, To: "started" or "executed" or "adopted" or "failed" })
            return;
        TraceHash hash = _hashes.GetValueOrDefault(unit);
        hash.Add(r.Time.MonotonicUs);
        hash.Add(r.From);
        hash.Add(r.To);
        hash.Add(r.Result);
        hash.Add(((int)r.ExitKind << 16) | r.ExitCode);
        _hashes[unit] = hash;
        if (!keepsLines)
            return;
        if (!Lines.TryGetValue(unit, out List<ObservableLine>? lines))
            Lines.Add(unit, lines = []);
        string what = $"{r.Kind} {r.From}>{r.To} {r.Result} {r.ExitKind} {r.ExitCode}";
        lines.Add(new ObservableLine(r.Time.MonotonicUs, what));
    }
}

/// <summary>One thing that can be seen of a unit, and when.</summary>
internal readonly record struct ObservableLine(long AtUs, string What)
{
    /// <inheritdoc/>
    public override string ToString() => $"{AtUs} {What}";
}
