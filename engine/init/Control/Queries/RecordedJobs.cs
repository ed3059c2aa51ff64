using InitTx.Answers;
using InitTx.Core.Ports;
using InitTx.Journal.Reading;

namespace InitTx.Init.Control.Queries;

/// <summary>
/// The jobs of a transaction that ended before the manager was replaced: the engine keeps those of
/// open ones only, the journal's rows have the rest. A job that two transactions share is with the
/// one that asked first.
/// </summary>
internal static class RecordedJobs
{
    private const int PageRows = 256;

    /// <summary>Rows looked at: what one answer may cost the loop.</summary>
    private const int MostPages = 64;

    /// <summary>In the order in which they were queued; what the rows still hold.</summary>
    public static List<RecordedJob> Of(IRowSource rows, long transaction)
    {
        var jobs = new List<RecordedJob>();
        var places = new Dictionary<long, int>();
        var filter = new RowFilter { Transaction = transaction };
        bool putsBack = false;
        long cursor = 0;
        for (int page = 0; page < MostPages; page++)
        {
            RowPage found = rows.RowsSince(cursor, PageRows, filter);
            foreach (JournalRow row in found.Rows)
            {
                putsBack |= row.Record is { Kind: RecordKind.Transaction, To: "rollingBack" };
                if (row.Record.Kind == RecordKind.Job)
                    Take(row.Record, putsBack, jobs, places);
            }

            if (!found.More || found.Cursor <= cursor)
                break;
            cursor = found.Cursor;
        }

        return jobs;
    }

    private static void Take(
        JournalRecord row, bool putsBack, List<RecordedJob> jobs, Dictionary<long, int> places)
    {
        if (!places.TryGetValue(row.Job, out int place))
        {
            places.Add(row.Job, place = jobs.Count);
            jobs.Add(new RecordedJob(
                row.Unit ?? "", row.From ?? "", "", default, default, putsBack));
        }

        // A job of the plan itself may end while the rest is put back already.
        RecordedJob job = jobs[place];
        jobs[place] = row.To switch
        {
            "running" when job.Begun == default => job with { Begun = row.Time },
            "ended" => job with { Result = row.Result ?? "", Ended = row.Time },
            _ => job,
        };
    }
}
