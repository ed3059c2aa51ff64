using InitTx.Journal.Sqlite;

namespace InitTx.Journal.Live;

/// <summary>
/// The start of the journal, at boot and after every re-exec or crash: open, check, load. Every
/// failure has an outcome (a fresh store, or none and the ring) and none is an exception.
/// </summary>
public static class JournalRecovery
{
    /// <summary>Opens the live journal. Main thread, before the loop.</summary>
    public static RecoveredJournal Open(LiveJournalOptions options)
    {
        var problems = new List<string>();
        OpenedStore opened;
        try
        {
            opened = options.WithoutStore ? OpenedStore.None : Opened(options, problems);
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException
            or EntryPointNotFoundException)
        {
            // Only where SQLite is a shared library: initxd has it inside.
            problems.Add($"SQLite cannot be loaded: {e.Message}");
            opened = OpenedStore.None;
        }

        var journal = new LiveJournal(options, opened, problems);
        foreach (string problem in problems)
            options.Report(problem);
        return new RecoveredJournal
        {
            Journal = journal,
            Origin = opened.Origin,
            HeadSeq = journal.HeadSeq,
            StateSeq = opened.Store?.Head ?? 0,
            Units = opened.Units,
            Engine = opened.Engine,
            Ended = opened.Ended,
            Problems = problems,
        };
    }

    private static OpenedStore Opened(LiveJournalOptions options, List<string> problems)
    {
        Database.SetHeapLimit(options.HeapLimitBytes);
        if (options.FirstStartOfBoot)
            Quarantine.BeginBoot(options.StorePath);
        return LiveStoreOpener.Open(options, problems);
    }
}
