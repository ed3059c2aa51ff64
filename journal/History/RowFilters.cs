namespace InitTx.Journal.History;

/// <summary>Which rows are failures and which refusals: the same for every store.</summary>
internal static class RowFilters
{
    /// <summary>Failed states, jobs, processes and transactions, crashes and hangs.</summary>
    public static bool IsFailed(HistoryRow row) => row.Kind switch
    {
        "crash" or "hang" => true,
        "transition" => row.To == "failed",
        "job" => row.Result is "failed" or "timeout" or "dependency" or "assert",
        "process" => row.To is "failed" or "lost" || row.ExitKind is "killed" or "dumped"
            || (row.ExitKind == "exited" && row.ExitCode != 0),
        "transaction" => row.Result is "failed" or "rolledBack" or "rollbackFailed" or "timedOut",
        _ => false,
    };

    /// <summary>Requests and transactions that were refused, rejected triggers.</summary>
    public static bool IsRefused(HistoryRow row) => row.Kind == "rejected"
        || (row.Kind is "request" or "transaction" && row.Result == "refused");

    /// <summary>Whether a row of the query's boot range passes its other filters.</summary>
    public static bool Matches(HistoryRow row, HistoryQuery query)
    {
        if (query.Units.Count > 0 && (row.Unit is null || !query.Units.Contains(row.Unit)))
            return false;
        if (row.TimeUs < query.SinceUs || row.TimeUs >= query.UntilUs)
            return false;
        if (query.Boot is not null && row.Boot != query.Boot)
            return false;
        if ((query.Transaction is { } tx && row.Transaction != tx)
            || (query.Uid is { } uid && row.Uid != uid))
            return false;
        if ((query.Seq is { } seq && row.Seq != seq) || row.Seq <= query.AfterSeq
            || row.Seq >= query.BeforeSeq)
            return false;
        if (query.Pid is { } pid && (row.Pid != pid || row.ExitKind.Length == 0))
            return false;
        if (query.Kinds.Count > 0 && !query.Kinds.Contains(row.Kind))
            return false;
        bool special = query.Failed || query.Refused || query.Gaps;
        return !special || (query.Failed && IsFailed(row)) || (query.Refused && IsRefused(row))
            || (query.Gaps && row.Kind == "gap");
    }
}
