using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Journal.History;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>Gets rows from the manager page by page; it never opens the manager's store.</summary>
internal sealed class HistoryFetcher(Session session, Manager manager)
{
    /// <summary>What could not be read, in words; null when everything could.</summary>
    public string? Problem { get; private set; }

    /// <summary>The number after which the next row will come.</summary>
    public long Cursor { get; private set; }

    /// <summary>
    /// Asks for nothing but where the manager is in its rows. False when it gave no answer: it has
    /// been reported.
    /// </summary>
    public bool Greet(out HistoryAnswer answer) => Ask(
        new CallParameters
        {
            BeforeSeq = 1,
            Limit = 1,
            Present = ParameterKeys.BeforeSeq | ParameterKeys.Limit,
        },
        out answer);

    /// <summary>Rows up to this one are known from elsewhere.</summary>
    public void GoOnAfter(long seq) => Cursor = seq;

    /// <summary>
    /// Fetches all rows after <see cref="Cursor"/> that the filter takes into the store. False when
    /// the manager gave no answer: it has been reported.
    /// </summary>
    public bool Fetch(HistoryStore store, IReadOnlyList<string> units, long transaction)
    {
        CallParameters filter = Filter(units, transaction);
        while (true)
        {
            CallParameters page = filter with
            {
                AfterSeq = Cursor,
                Present = filter.Present | ParameterKeys.AfterSeq,
            };
            if (!Ask(page, out HistoryAnswer answer))
                return false;
            store.Add(answer.Rows.Select(HistoryRows.Of));
            Cursor = Math.Max(Cursor, answer.Cursor);
            if (!answer.More)
                return true;
        }
    }

    /// <summary>
    /// Fetches the newest <paramref name="count"/> rows that the filter takes, oldest first. They
    /// are what a query of a store would give, without the milliseconds that SQLite's start takes.
    /// </summary>
    public bool FetchNewest(
        IReadOnlyList<string> units, long transaction, int count, out List<HistoryRow> rows)
    {
        CallParameters filter = Filter(units, transaction);
        long before = long.MaxValue;
        rows = [];
        bool more = true;
        while (more && rows.Count < count)
        {
            CallParameters page = filter with
            {
                BeforeSeq = before,
                Limit = Math.Min(count - rows.Count, ProtocolLimits.HistoryRows),
                Present = filter.Present | ParameterKeys.BeforeSeq | ParameterKeys.Limit,
            };
            if (!Ask(page, out HistoryAnswer answer))
                return false;
            foreach (HistoryRowAnswer row in answer.Rows)
                rows.Add(HistoryRows.Of(row));
            Cursor = Math.Max(Cursor, answer.Head);
            before = answer.Cursor;
            more = answer.More && before > 1;
        }

        rows.Reverse();
        return true;
    }

    private static CallParameters Filter(IReadOnlyList<string> units, long transaction)
    {
        var filter = new CallParameters();
        if (units.Count > 0)
            filter = filter with { Units = units, Present = ParameterKeys.Units };
        return transaction > 0
            ? filter with
            {
                Transaction = transaction,
                Present = filter.Present | ParameterKeys.Transaction,
            }
            : filter;
    }

    private bool Ask(CallParameters page, out HistoryAnswer answer)
    {
        answer = new HistoryAnswer();
        if (!manager.Ask(Calls.Of(ManagerMethod.ReadHistory, page))
            || !manager.TryRead(AnswerJson.Default.HistoryAnswer, out answer))
        {
            return false;
        }

        Problem ??= answer.Problem;
        if (answer.Problem is { } problem && !session.Quiet)
            session.Error.WriteLine($"{session.Program}: {SafeText.Clean(problem)}");
        return true;
    }
}
