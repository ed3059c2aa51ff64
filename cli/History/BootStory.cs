using InitTx.Journal.History;

namespace InitTx.Cli.History;

/// <summary>A start job of a boot's first transaction.</summary>
/// <param name="BeganUs">After the boot's first row.</param>
/// <param name="Place">Which it was to end, from 1.</param>
internal readonly record struct BootStart(
    string Unit, string Result, long BeganUs, long Us, int Place)
{
    /// <summary>When it ended, after the boot's first row.</summary>
    public long EndedUs => BeganUs + Us;
}

/// <summary>What one boot did: its start jobs in the order of their ends, its failures.</summary>
internal sealed record BootStory(
    string Boot,
    IReadOnlyDictionary<string, BootStart> Starts,
    IReadOnlyDictionary<string, int> Failures)
{
    /// <summary>When the last start ended, after the first row.</summary>
    public long Us => Starts.Count == 0 ? 0 : Starts.Values.Max(static s => s.EndedUs);

    /// <summary>Reads a boot; null when its beginning is not kept.</summary>
    public static BootStory? Of(HistoryStore store, string boot)
    {
        if (Jobs(store, boot, out long firstUs) is not { } rows)
            return null;
        var failures = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var failed = new HistoryQuery { Boot = boot, Failed = true, Kinds = ["transition"] };
        foreach (HistoryRow row in store.Query(failed))
        {
            if (row.Unit is { } unit)
                failures[unit] = failures.GetValueOrDefault(unit) + 1;
        }

        var starts = new SortedDictionary<string, BootStart>(StringComparer.Ordinal);
        foreach (BootStart start in Ended(rows, firstUs))
            starts[start.Unit] = start;
        return new BootStory(boot, starts, failures);
    }

    /// <summary>The rows of the jobs of a boot's first transaction; null where it is not
    /// kept.</summary>
    public static IReadOnlyList<HistoryRow>? Jobs(
        HistoryStore store, string boot, out long firstUs)
    {
        HistoryRow? first = store.Query(
            new HistoryQuery { Boot = boot, Limit = 1, Oldest = true }).FirstOrDefault();
        HistoryRow? begun = store.Query(new HistoryQuery
        {
            Boot = boot,
            Kinds = ["transaction"],
            Limit = 1,
            Oldest = true,
        }).FirstOrDefault();
        firstUs = first?.MonotonicUs ?? 0;
        return first is null || begun is null ? null : store.Query(new HistoryQuery
        {
            Boot = boot,
            Transaction = begun.Transaction,
            Kinds = ["job"],
        });
    }

    /// <summary>The start jobs in the order of their ends.</summary>
    public static List<BootStart> Ended(IReadOnlyList<HistoryRow> rows, long firstUs)
    {
        var begun = new Dictionary<long, long>();
        var starts = new List<BootStart>();
        foreach (HistoryRow row in rows)
        {
            if (row.From != "start")
                continue;
            if (row.To is "queued" or "running")
                begun[row.Job] = row.MonotonicUs;
            else if (row.To == "ended" && begun.TryGetValue(row.Job, out long at))
                starts.Add(new BootStart(
                    row.Unit ?? "", row.Result ?? "", at - firstUs, row.MonotonicUs - at,
                    starts.Count + 1));
        }

        return starts;
    }
}
