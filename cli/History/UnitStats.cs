using InitTx.Journal.History;

namespace InitTx.Cli.History;

/// <summary>What the daily roll-ups say of one unit over some days.</summary>
internal sealed class UnitStats(string unit)
{
    private const double DayUs = 86_400_000_000;

    public string Unit => unit;

    /// <summary>By sub-state: how often it was entered, and for how long it lasted.</summary>
    public SortedDictionary<string, (long Entered, long Us)> States { get; } =
        new(StringComparer.Ordinal);

    public long CameUp => States.Where(s => IsUp(s.Key)).Sum(s => s.Value.Entered);
    public long Failed => States.GetValueOrDefault("failed").Entered;
    public long Restarts => States.GetValueOrDefault("auto-restart").Entered;

    /// <summary>It went down unasked: into failure, or into an automatic restart.</summary>
    public long Breakdowns => Failed + Restarts;

    public long UpUs => States.Where(s => IsUp(s.Key)).Sum(s => s.Value.Us);
    public long TotalUs => States.Sum(s => s.Value.Us);

    /// <summary>Automatic restarts a day of its known time; null when that is nothing.</summary>
    public double? RestartsPerDay => TotalUs == 0 ? null : Restarts / (TotalUs / DayUs);

    /// <summary>Time up for each breakdown; null when there was none.</summary>
    public long? BetweenFailuresUs => Breakdowns == 0 ? null : UpUs / Breakdowns;

    /// <summary>The part of its known time that it was up, 0 to 1.</summary>
    public double? Availability => TotalUs == 0 ? null : (double)UpUs / TotalUs;

    /// <summary>Counts all units, or one, over the days from <paramref name="sinceDay"/> on; what
    /// lasts counts up to now.</summary>
    public static List<UnitStats> Collect(
        IHistoryArchive archive, string? unit, long sinceDay, long nowUs)
    {
        var all = new SortedDictionary<string, UnitStats>(StringComparer.Ordinal);
        UnitStats Of(string name) =>
            all.TryGetValue(name, out UnitStats? known) ? known : all[name] = new UnitStats(name);
        foreach (UnitDay day in archive.Days(unit, sinceDay))
            Of(day.Unit).Add(day.State, day.Entered, day.Us);
        foreach (UnitNow now in archive.Current(unit))
        {
            long since = Math.Max(now.SinceUs, sinceDay * (long)DayUs);
            Of(now.Unit).Add(now.State, 0, Math.Max(0, nowUs - since));
        }

        return [.. all.Values];
    }

    private void Add(string state, long entered, long us)
    {
        (long before, long already) = States.GetValueOrDefault(state);
        States[state] = (before + entered, already + us);
    }

    // The sub-states that systemd(1) counts as active.
    private static bool IsUp(string state) => state is "running" or "exited" or "active"
        or "listening" or "mounted" or "waiting" or "plugged" or "elapsed";
}
