using InitTx.Core.Lifecycle;
using InitTx.Journal.History;

namespace InitTx.Cli.History.Charts;

/// <summary>
/// Makes a chart of the rows of one transaction. The same rows give the same chart.
/// </summary>
internal static class ChartReader
{
    /// <summary>More bars than this nobody looks at; the critical ones are always there.</summary>
    public const int MostBars = 1_000;

    /// <summary>The chart of a boot's first transaction; null when its beginning is lost.</summary>
    /// <param name="most">How many bars at most.</param>
    public static Chart? OfBoot(HistoryStore store, string boot, int most = MostBars)
    {
        HistoryRow? begun = First(store, new HistoryQuery
        {
            Boot = boot,
            Kinds = ["transaction"],
        });
        return begun is null ? null : Read(store, begun, isBoot: true, most);
    }

    /// <summary>The chart of a transaction of a boot; null when its rows are not kept.</summary>
    public static Chart? OfTransaction(HistoryStore store, string boot, long transaction)
    {
        HistoryRow? begun = First(store, new HistoryQuery
        {
            Boot = boot,
            Transaction = transaction,
            Kinds = ["transaction"],
        });
        return begun is null
            ? null
            : Read(store, begun, isBoot: begun.CauseKind == "boot", MostBars);
    }

    private static HistoryRow? First(HistoryStore store, HistoryQuery query) =>
        store.Query(query with { Limit = 1, Oldest = true }).FirstOrDefault();

    private static Chart Read(HistoryStore store, HistoryRow begun, bool isBoot, int most)
    {
        string boot = begun.Boot;
        HistoryRow? ended = store.Query(new HistoryQuery
        {
            Boot = boot,
            Transaction = begun.Transaction,
            Kinds = ["transaction"],
            Limit = 1,
        }).FirstOrDefault(static r => r.To == "ended");
        HistoryRow? bootRow = First(store, new HistoryQuery { Boot = boot, Kinds = ["boot"] });
        HistoryRow zero = isBoot && bootRow?.Seq < begun.Seq ? bootRow : begun;
        IReadOnlyList<HistoryRow> rows = store.Query(new HistoryQuery
        {
            Boot = boot,
            AfterSeq = begun.Seq,
            BeforeSeq = ended?.Seq,
            Kinds = ["job", "transition"],
        });
        long end = (ended ?? (rows.Count > 0 ? rows[^1] : begun)).MonotonicUs;
        var bars = new ChartBars(begun.Transaction, zero.MonotonicUs, end);
        foreach (HistoryRow row in rows)
            bars.Add(row);
        (List<ChartBar> all, List<ChartBar> path) = bars.Finish();
        List<ChartBar> kept = Fitting(all, most);
        return new Chart
        {
            Boot = boot,
            Transaction = begun.Transaction,
            Verb = begun.From ?? "",
            Goals = begun.Text ?? "",
            Outcome = ended?.Result ?? "running",
            IsBoot = isBoot,
            By = ByOf(begun),
            Facts = bootRow is { Text: { Length: > 0 } text } ? text : null,
            BegunAtUs = zero.TimeUs,
            PlannedUs = begun.MonotonicUs - zero.MonotonicUs,
            LengthUs = Math.Max(1, end - zero.MonotonicUs),
            Bars = kept,
            CriticalPath = path,
            LeftOut = all.Count - kept.Count,
        };
    }

    private static string? ByOf(HistoryRow begun)
    {
        if (begun.Uid is not (>= 0 and int uid))
            return null;
        string comm = begun.Comm is { Length: > 0 } c ? $" with {c}" : "";
        return (uid == 0 ? "root" : FormattableString.Invariant($"uid {uid}")) + comm;
    }

    // The critical ones, then the longest; in the order in which they were.
    private static List<ChartBar> Fitting(List<ChartBar> all, int most)
    {
        if (all.Count <= most)
            return all;
        HashSet<long> kept = [.. all
            .OrderByDescending(static b => b.IsCritical)
            .ThenByDescending(static b => b.TookUs)
            .ThenBy(static b => b.Job)
            .Take(most)
            .Select(static b => b.Job)];
        return all.FindAll(b => kept.Contains(b.Job));
    }

    /// <summary>What a recorded sub-state is drawn as; null for a unit that is just down.</summary>
    public static Phase? PhaseOf(string? state)
    {
        if (state is null || !StateWords.TryParse(state, out SubState sub))
            return null;
        return StateWords.ActiveOf(sub) switch
        {
            ActiveState.Active or ActiveState.Reloading => Phase.Active,
            ActiveState.Activating => Phase.Activating,
            ActiveState.Deactivating => Phase.Deactivating,
            ActiveState.Failed => Phase.Failed,
            ActiveState.Inactive => null,
            _ => throw new InvalidOperationException("active state"),
        };
    }
}
