using System.Globalization;

namespace InitTx.Journal.History;

/// <summary>
/// Follows cause numbers from a unit's last transition to the first cause. Causes are always older
/// than their rows, so the walk ends; rows are not to be trusted for that, so it is also bounded.
/// </summary>
/// <param name="untilUs">What happened from then on does not count; null for all.</param>
internal sealed class WhyWalk(HistoryStore store, string unit, long? untilUs = null)
{
    private const int MaxChain = 256;
    private const int MaxFollowed = 20;
    private const int MaxScanned = 10_000;

    private readonly List<HistoryRow> _chain = [];
    private string? _incomplete;

    public WhyAnswer Answer()
    {
        HistoryRow? last =
            store.First(new HistoryQuery
            {
                Units = [unit],
                Kinds = ["transition"],
                UntilUs = untilUs,
            })
            ?? store.First(new HistoryQuery { Units = [unit], UntilUs = untilUs });
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
        (HistoryRow? end, HistoryRow? restart) = LastRestart();
        return new WhyAnswer
        {
            Unit = unit,
            Summary = Summary(last),
            Chain = [.. _chain.Select(r => new WhyStep(r, Sentences.Of(r)))],
            Followed = [.. followed.Select(r => new WhyStep(r, Sentences.Of(r)))],
            MoreFollowed = more,
            Also = Also(out long transaction),
            Transaction = transaction,
            AwaySeconds = end is null ? null : (last.MonotonicUs - end.MonotonicUs) / 1e6,
            AwayBecause = end is null ? null : Sentences.Of(end),
            RestartedBy = restart?.Text,
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
        // What a job waited for, or the stop half of a restart, says when it began, not why there
        // was one.
        if (row is { Kind: "job", To: "running" } && QueuedRow(row) is { } queued)
            return queued;
        if (PulledBy(row) is { } puller)
            return puller;
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

    // The unit's way back up after it went down by itself: how it went down, and the decision.
    private (HistoryRow? End, HistoryRow? Restart) LastRestart()
    {
        int at = _chain.FindIndex(
            r => r is { Kind: "transition", To: "auto-restart" } && r.Unit == unit);
        bool isUp = _chain[0].To is "running" or "active" or "exited";
        if (at < 1 || at + 1 >= _chain.Count || !isUp)
            return (null, null);
        return (_chain[at + 1], _chain[at]);
    }

    private List<string> Also(out long transaction)
    {
        var also = new List<string>();
        HistoryRow? root = _chain.Count == 0 ? null : _chain[^1];
        transaction = _chain.FindLast(static r => r.Transaction != 0)?.Transaction ?? 0;
        if (root is not { Kind: "request" } || transaction == 0)
            return also;
        IReadOnlyList<HistoryRow> jobs = store.Query(new HistoryQuery
        {
            Boot = root.Boot,
            Transaction = transaction,
            Kinds = ["job"],
        });
        foreach (HistoryRow row in jobs)
        {
            if (row.To == "ended" && row.Unit != unit && also.Count < MaxFollowed)
                also.Add($"{row.From} {row.Unit}: {row.Result}");
        }

        return also;
    }

    // Who wanted the job: the job that pulled it in, by the setting that its row names.
    private HistoryRow? PulledBy(HistoryRow queued)
    {
        string by = queued.Text ?? "";
        int space = by.IndexOf(' ', StringComparison.Ordinal);
        if (queued is not { Kind: "job", To: "queued" } || space < 1 || !by[..space].Contains('.'))
            return null;
        return store.Query(new HistoryQuery
        {
            Boot = queued.Boot,
            Units = [by[..space]],
            Transaction = queued.Transaction,
            Kinds = ["job"],
            Limit = MaxFollowed,
            Oldest = true,
        }).FirstOrDefault(r => r.To == "queued" && !_chain.Exists(c => c.Seq == r.Seq));
    }

    private HistoryRow? QueuedRow(HistoryRow running) => store.Query(new HistoryQuery
    {
        Boot = running.Boot,
        Units = running.Unit is { } of ? [of] : [],
        Kinds = ["job"],
        BeforeSeq = running.Seq,
        Reverse = true,
        Limit = MaxChain,
    }).FirstOrDefault(r => r.Job == running.Job && r.To == "queued");

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
