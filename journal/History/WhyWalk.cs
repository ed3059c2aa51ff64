using System.Globalization;

namespace InitTx.Journal.History;

/// <summary>
/// Follows cause numbers from a unit's last transition to the first cause. Causes are always older
/// than their rows, so the walk ends; rows are not to be trusted for that, so it is also bounded.
/// </summary>
internal sealed class WhyWalk(HistoryStore store, string unit)
{
    private const int MaxChain = 256;
    private const int MaxFollowed = 20;
    private const int MaxScanned = 10_000;

    private readonly List<HistoryRow> _chain = [];
    private string? _incomplete;

    public WhyAnswer Answer()
    {
        HistoryRow? last =
            store.First(new HistoryQuery { Units = [unit], Kinds = ["transition"] })
            ?? store.First(new HistoryQuery { Units = [unit] });
        if (last is null)
        {
            return new WhyAnswer
            {
                Unit = unit,
                Summary = $"{unit}: no row in the history is about it",
            };
        }

        Walk(last);
        List<HistoryRow> followed = Followed(out bool more);
        return new WhyAnswer
        {
            Unit = unit,
            Summary = Summary(last),
            Chain = [.. _chain.Select(r => new WhyStep(r, Sentences.Of(r)))],
            Followed = [.. followed.Select(r => new WhyStep(r, Sentences.Of(r)))],
            MoreFollowed = more,
            Incomplete = _incomplete,
        };
    }

    private string Summary(HistoryRow last) => last.Kind == "transition"
        ? $"{unit} is {last.To}"
            + (last.Result is null or "success" ? "" : $" ({last.Result})")
            + $" since {Sentences.Time(last.TimeUs)}"
        : $"{unit} never changed its state in the history that is kept";

    private void Walk(HistoryRow start)
    {
        HistoryRow? row = start;
        while (row is not null)
        {
            _chain.Add(row);
            if (_chain.Count == MaxChain)
            {
                _incomplete = $"the chain is longer than {MaxChain} rows";
                return;
            }

            row = CauseOf(row);
        }
    }

    private HistoryRow? CauseOf(HistoryRow row)
    {
        if (row.CauseSeq == 0)
            return WithoutCause(row);
        if (row.CauseSeq >= row.Seq)
        {
            _incomplete = $"row {row.Seq} names a cause that is not older ({row.CauseSeq})";
            return null;
        }

        HistoryRow? cause = store.Row(row.Boot, row.CauseSeq);
        if (cause is null || cause.Kind == "gap")
        {
            HistoryRow? gap = cause ?? GapOver(row.Boot, row.CauseSeq);
            _incomplete = gap is null
                ? $"row {row.CauseSeq}, its cause, is not in the history that was read"
                : $"row {row.CauseSeq}, its cause, is lost: {gap.Text}";
            return null;
        }

        return cause;
    }

    // A row that names its transaction but no cause still leads to who asked for it.
    private HistoryRow? WithoutCause(HistoryRow row)
    {
        if (IsRoot(row))
            return null;
        HistoryRow? next = row.Transaction == 0 ? null : store.Query(new HistoryQuery
        {
            Boot = row.Boot,
            Transaction = row.Transaction,
            BeforeSeq = row.Seq,
            Kinds = ["transaction", "request"],
            Reverse = true,
        }).FirstOrDefault(static r => r.Kind == "request" || r.To == "begun");
        if (next is null && row.Kind != "transaction")
            _incomplete = $"row {row.Seq} names no cause ({row.CauseKind})";
        return next;
    }

    private HistoryRow? GapOver(string boot, long seq) =>
        store.Query(new HistoryQuery { Boot = boot, Gaps = true }).FirstOrDefault(gap =>
            long.TryParse(gap.From, CultureInfo.InvariantCulture, out long first) && first <= seq
            && long.TryParse(gap.To, CultureInfo.InvariantCulture, out long last) && last >= seq);

    private static bool IsRoot(HistoryRow row) =>
        row.Kind is "request" or "boot" or "reexec" or "crash" or "hang" or "signal" or "config"
        || row.CauseKind is "exit" or "timer" or "watchdog" or "oom" or "recovery" or "boot"
            or "shutdown" or "signal" or "socket" or "path" or "notify";

    // Only what this unit's own rows led to: all of a boot follows from the boot's request.
    private List<HistoryRow> Followed(out bool more)
    {
        more = false;
        var found = new List<HistoryRow>();
        List<HistoryRow> own = _chain.FindAll(r => r.Unit == unit);
        if (own.Count == 0)
            return found;
        var causes = own.Select(r => r.Seq).ToHashSet();
        var after = new HistoryQuery
        {
            Boot = own[0].Boot,
            AfterSeq = own[^1].Seq,
            Limit = MaxScanned,
            Oldest = true,
        };
        foreach (HistoryRow row in store.Query(after))
        {
            if (!causes.Contains(row.CauseSeq) || !causes.Add(row.Seq))
                continue;
            if (row.Unit is null || row.Unit == unit || row.Kind is not ("transition" or "job"))
                continue;
            more = found.Count == MaxFollowed;
            if (more)
                break;
            found.Add(row);
        }

        return found;
    }
}
