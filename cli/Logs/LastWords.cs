using InitTx.Cli.Hosting;
using InitTx.Journal.History;
using InitTx.Linux.Logging;

namespace InitTx.Cli.Logs;

/// <summary>
/// The last lines that a process wrote before it ended, for the row of its end. They are of that
/// very run: boot and pid say which, and no line is newer than the row by more than reading took.
/// </summary>
internal sealed class LastWords(Session session)
{
    private const int Lines = 5;

    // The logger may read what was written shortly before the end a moment after it.
    private const long LateUs = 2_000_000;

    private LogReader? _reader;

    /// <summary>
    /// Nothing for rows that are no end of a process, or of one that exited well.
    /// </summary>
    public IReadOnlyList<LogLine> Of(HistoryRow row)
    {
        bool ended = row is { Kind: "process", To: "exited", Unit: not null, Pid: > 0 };
        if (!ended || row is { ExitKind: "exited", ExitCode: 0 })
            return [];
        _reader ??= new LogReader(LogPlaces.Of(session).Directories);
        return _reader.Read(row.Unit!, new LogQuery
        {
            Newest = Lines,
            Boot = LogRecord.ShortBoot(row.Boot),
            Pid = row.Pid,
            UntilUs = row.TimeUs + LateUs,
        });
    }
}
