using InitTx.Cli.Client;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Journal.Asking;
using InitTx.Journal.History;
using InitTx.Journal.OnDisk;
using InitTx.Protocol;
using InitTx.Protocol.Answers;

namespace InitTx.Cli.History;

/// <summary>
/// Where a verb's rows come from: the manager for the newest, the archive for all that it has, each
/// also without the other. Neither counts a row twice.
/// </summary>
internal sealed class HistorySource : IDisposable
{
    private readonly Session _session;
    private readonly Manager _manager;
    private readonly HistoryFetcher? _fetcher;

    private HistorySource(
        Session session, Manager manager, HistoryFetcher? fetcher, IHistoryArchive? archive)
    {
        _session = session;
        _manager = manager;
        _fetcher = fetcher;
        Archive = archive;
        Store = new HistoryStore(archive);
    }

    /// <summary>Everything that was fetched and all that is archived.</summary>
    public HistoryStore Store { get; }

    /// <summary>Null where there is none that this user may read.</summary>
    public IHistoryArchive? Archive { get; }

    /// <summary>The last row that the manager knows to be on disk; 0 without one.</summary>
    public HistoryAnswer? Manager { get; private set; }

    /// <summary>The archive is asked for what this user may see, not read.</summary>
    public bool IsAsked => Archive is AskedArchive;

    /// <summary>The manager answers.</summary>
    public bool IsLive => _fetcher is not null;

    /// <summary>The exit status of what failed last.</summary>
    public int Failure => _manager.Failure;

    /// <summary>Opens what is there.</summary>
    /// <param name="failure">The exit status when nothing is: it has been reported.</param>
    /// <param name="path">--archive: the file, and nothing of the manager.</param>
    public static HistorySource? Open(Session session, string? path, out int failure)
    {
        failure = 0;
        var manager = new Manager(session);
        if (path is not null)
        {
            if (ArchiveReader.Open(path, out string problem) is { } file)
                return new HistorySource(session, manager, null, file);
            failure = session.Fail(
                Core.Ports.ExitCode.Failed,
                problem.Length == 0 ? $"{path}: no such file" : problem);
            return null;
        }

        bool alive = File.Exists(session.SocketPath)
            || !File.Exists(ArchivePlace.DefaultOf(session));
        HistoryAnswer? answer = null;
        var fetcher = new HistoryFetcher(session, manager);
        if (alive && !fetcher.Greet(out answer))
        {
            failure = manager.Failure;
            return null;
        }

        IHistoryArchive? archive = ArchivePlace.Open(session, answer?.Archive);
        if (answer is null && archive is null)
        {
            failure = Client.Manager.ReportNotReachable(session, session.SocketPath);
            return null;
        }

        if (answer is null && !session.Quiet)
            session.Error.WriteLine(
                $"{session.Program}: the manager is not reachable: this is what the archive has");
        var source = new HistorySource(
            session, manager, answer is null ? null : fetcher, archive)
        { Manager = answer };
        if (answer is not null)
            fetcher.GoOnAfter(source.ArchivedOf(answer));
        return source;
    }

    /// <summary>Gets the manager's rows that the archive does not have.</summary>
    /// <param name="newest">With a number and without an archive: no more than these.</param>
    public bool Fetch(IReadOnlyList<string> units, long transaction, int? newest = null)
    {
        if (_fetcher is null)
            return true;
        if (newest is not { } count || Archive is not null)
            return _fetcher.Fetch(Store, units, transaction);
        if (!_fetcher.FetchNewest(units, transaction, count, out List<HistoryRow> rows))
            return false;
        Store.Add(rows);
        return true;
    }

    /// <summary>Only what came since the last call.</summary>
    public bool FetchNew(HistoryStore into, IReadOnlyList<string> units, long transaction) =>
        _fetcher is not null && _fetcher.Fetch(into, units, transaction);

    /// <summary>A unit's start limit as the manager has it now; null where nobody
    /// knows.</summary>
    public StartLimitAnswer? StartLimitOf(string unit) =>
        IsLive && _manager.Ask(Calls.OfUnits(ManagerMethod.GetUnits, [unit]))
            && _manager.TryRead(AnswerJson.Default.UnitsAnswer, out UnitsAnswer answer)
            && answer.Units is [var one, ..]
            ? one.StartLimit
            : null;

    /// <summary>Says what of the archive could not be read.</summary>
    public void ReportProblem()
    {
        if (Archive?.Problem is { } problem && !_session.Quiet)
            _session.Error.WriteLine($"{_session.Program}: {SafeText.Clean(problem)}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Store.Dispose();
        Archive?.Dispose();
        _manager.Dispose();
    }

    private long ArchivedOf(HistoryAnswer answer)
    {
        long last = 0;
        foreach (ArchivedBoot boot in Archive?.Boots ?? [])
        {
            if (boot.Boot == answer.Boot
                || boot.Boot.StartsWith(answer.Boot + ".", StringComparison.Ordinal))
                last = boot.LastSeq;
        }

        // Numbers that began anew and that the archive has not seen yet.
        return last > answer.Head ? 0 : last;
    }
}
