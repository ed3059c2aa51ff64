using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>The newest rows about one unit.</summary>
internal static class RecentRows
{
    /// <summary>
    /// How far back to look: a unit that did nothing for longer has its last rows in the archive.
    /// </summary>
    private const int Pages = 8;

    /// <summary>
    /// Oldest first. False when the manager gave no answer: it has been reported.
    /// </summary>
    public static bool TryRead(
        Session session,
        Manager manager,
        string unit,
        int count,
        out IReadOnlyList<HistoryRowAnswer> rows)
    {
        var found = new List<HistoryRowAnswer>(count);
        rows = found;
        long before = long.MaxValue;
        for (int page = 0; page < Pages && found.Count < count; page++)
        {
            var ask = new CallParameters
            {
                Present = ParameterKeys.Units | ParameterKeys.BeforeSeq | ParameterKeys.Limit,
                Units = [unit],
                BeforeSeq = before,
                Limit = count - found.Count,
            };
            if (!manager.Ask(Calls.Of(ManagerMethod.ReadHistory, ask))
                || !manager.TryRead(AnswerJson.Default.HistoryAnswer, out HistoryAnswer answer))
            {
                return false;
            }

            found.AddRange(answer.Rows);
            if (!answer.More || answer.Cursor <= 1)
                break;
            before = answer.Cursor;
        }

        found.Reverse();
        return true;
    }
}
