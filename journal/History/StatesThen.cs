namespace InitTx.Journal.History;

/// <summary>A unit as it was at a time.</summary>
/// <param name="State">Its sub-state, as transitions have it.</param>
/// <param name="SinceUs">When it entered that, microseconds since 1970.</param>
/// <param name="MainPid">Its main process; 0 for none, or none that the record tells.</param>
public readonly record struct UnitThen(
    string Unit, string State, string? Result, long SinceUs, int MainPid);

/// <summary>What the record says of all units at a time.</summary>
/// <param name="Boot">The boot that the time lies in.</param>
/// <param name="LastUs">The last row up to that time.</param>
/// <param name="Ended">The boot had ended by then: these are the states that it ended with.</param>
/// <param name="Units">Those that had changed their state in that boot, by name.</param>
public sealed record StatesThen(
    string Boot, long LastUs, bool Ended, IReadOnlyList<UnitThen> Units);

/// <summary>Rows of one boot, in order, turned into states.</summary>
internal sealed class StateReplay
{
    private readonly SortedDictionary<string, UnitThen> _units = new(StringComparer.Ordinal);

    /// <summary>The states so far.</summary>
    public IReadOnlyList<UnitThen> Units => [.. _units.Values];

    /// <summary>Begins with what is known already.</summary>
    public void Set(in UnitThen unit) => _units[unit.Unit] = unit;

    /// <summary>The next row.</summary>
    public void Take(HistoryRow row)
    {
        if (row.Unit is not { } unit)
            return;
        UnitThen known = _units.GetValueOrDefault(
            unit, new UnitThen(unit, "dead", null, row.TimeUs, 0));
        if (row is { Kind: "transition", To: { } to })
            _units[unit] = known with { State = to, Result = row.Result, SinceUs = row.TimeUs };
        else if (row is { Kind: "process", From: "main" } && Alive(row) is { } pid)
            _units[unit] = known with { MainPid = pid };
    }

    /// <summary>The pid that a main process's row leaves; null where it says nothing.</summary>
    public static int? Alive(HistoryRow row) => row.To switch
    {
        "started" or "executed" or "adopted" => row.Pid == 0 ? null : row.Pid,
        "exited" or "failed" or "lost" => 0,
        _ => null,
    };
}
