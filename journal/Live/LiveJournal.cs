using System.Diagnostics;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Journal.Degraded;
using InitTx.Journal.Sqlite;
using SQLitePCL;

namespace InitTx.Journal.Live;

/// <summary>
/// The manager's journal: live.db, and the ladder under it. Promises:
/// <list type="number">
/// <item>A commit is in the store as a whole or not at all; true means that a crash of the manager
/// does not lose it.</item>
/// <item>What is not in the store is in the ring, or is a gap row once the store works again: no
/// number goes missing silently.</item>
/// <item>After a time without the store all states are written anew, so they never lag behind
/// the rows.</item>
/// <item>No failure of SQLite, of the file system or of memory for either stops the caller.</item>
/// </list>
/// <code>
/// full ⇄ archive-away ──full disk, no memory, busy──▶ ring (retry 10 ms .. 60 s) ──no ring──▶ none
///            └─corrupt, replaced, EIO three times──▶ put aside, fresh store (at most 3) ──▶ ring
/// </code>
/// Main thread only.
/// </summary>
public sealed class LiveJournal : IDisposable
{
    private const int MaxTrims = 8;
    private const int MaxIoRetries = 2;
    private const int CommitsPerWatch = 64;
    private const long FirstPauseUs = 10_000;
    private const long LastPauseUs = 60_000_000;

    private readonly LiveJournalOptions _options;
    private readonly IDegradedRing _ring;
    private readonly byte[] _slot;
    private OpenedStore _opened;
    private LiveStore? _store;
    private FileWatch? _watch;

    // Set while the store lacks rows or states that the engine has: the next write catches up.
    private bool _behind;
    private bool _archivePulls;
    private string _holeReason;
    private long _expectedHead;
    private long _retryAtUs;
    private long _pauseUs;
    private int _untilWatch = CommitsPerWatch;
    private JournalLevel _reported;

    internal LiveJournal(
        LiveJournalOptions options, OpenedStore opened, IReadOnlyList<string> problems)
    {
        _options = options;
        _ring = options.Ring;
        _slot = new byte[Math.Max(_ring.SlotSize, RecordCodec.MinSlotSize)];
        _opened = opened;
        _store = opened.Store;
        _watch = opened.Watch;
        LastError = problems.Count == 0 ? null : problems[^1];
        _behind = _store is null || opened.Origin == StoreOrigin.Fresh || _ring.Count > 0;
        long kept = Math.Max(_store?.Head ?? 0, RingHead());
        _expectedHead = Math.Max(kept, options.ExpectedHeadSeq);
        _holeReason = opened.Quarantined ? GapWords.Quarantine
            : _expectedHead > kept ? GapWords.Head
            : _ring.Lost > 0 ? GapWords.Ring
            : GapWords.Unknown;
        if (_store is null)
            Pause();
        _reported = Level;
    }

    /// <summary>The last row's number that is known to have been given out.</summary>
    public long HeadSeq => Math.Max(_expectedHead, Math.Max(_store?.Head ?? 0, RingHead()));

    /// <summary>Rows that are in the store for certain: what the black box should expect.</summary>
    public long CommittedSeq => _store?.Head ?? 0;

    /// <summary>The boot of the rows that are written now.</summary>
    public string BootId => _options.BootId;

    /// <summary>The last problem, for a person; null while there was none.</summary>
    public string? LastError { get; private set; }

    /// <summary>Told by the server: an archive asks for rows and keeps up.</summary>
    public bool ArchivePulls
    {
        get => _archivePulls;
        set
        {
            _archivePulls = value;
            ReportLevel();
        }
    }

    /// <summary>
    /// Rows up to this number are on disk: giving them up here loses nothing.
    /// </summary>
    public long ArchivedSeq { get; set; }

    /// <summary>How much the journal can do now.</summary>
    public JournalLevel Level =>
        _store is not null && (!_behind || _pauseUs == 0)
            ? _archivePulls ? JournalLevel.Full : JournalLevel.ArchiveAway
            : _ring.SlotSize > 0 ? JournalLevel.Ring : JournalLevel.None;

    /// <summary>False with <c>Store=none</c>: then no commit is ever in a store.</summary>
    public bool HasStore => !_options.WithoutStore;

    internal LiveStore? Store => _store;

    internal IDegradedRing Ring => _ring;

    internal LiveJournalOptions Options => _options;

    internal IReadOnlyList<BootStart> Boots => _opened.Boots;

    /// <summary>
    /// Writes rows and states as one transaction.
    /// </summary>
    /// <returns>True when it is in the store; false when it went to the ring or nowhere.</returns>
    public bool Commit(
        IStateSource states,
        List<JournalRecord> records,
        List<UnitId> changed,
        bool engineChanged)
    {
        if (_options.WithoutStore || (_pauseUs > 0 && _options.MonotonicUs() < _retryAtUs))
        {
            Spill(records);
            return false;
        }

        CheckFiles();
        if ((_store is not null || Reopen()) && TryWrite(states, records, changed, engineChanged))
        {
            if (_behind)
                CaughtUp();
            return true;
        }

        _behind = true;
        Pause();
        Spill(records);
        ReportLevel();
        return false;
    }

    /// <summary>
    /// Compares the store's files with what was opened, now rather than in its turn.
    /// </summary>
    /// <returns>False when they had been tampered with; a fresh store then takes over.</returns>
    public bool VerifyFiles()
    {
        _untilWatch = CommitsPerWatch;
        string? wrong = _watch?.Changed();
        return wrong is null || !PutAside(wrong);
    }

    /// <summary>
    /// What <c>initx status</c> shows. Counts rows: some milliseconds on a full store.
    /// </summary>
    public JournalHealth Health()
    {
        long rows = 0;
        long gaps = 0;
        if (_store is not null
            && _store.Database.ReadLong("SELECT count(*) FROM record", out rows) == raw.SQLITE_OK)
        {
            _store.Database.ReadLong(
                $"SELECT count(*) FROM record WHERE kind = {(int)RecordKind.Gap}", out gaps);
        }

        return new JournalHealth(
            Level, HeadSeq, rows + _ring.Count, gaps, _ring.Count, _ring.Lost,
            Quarantine.Count(_options.StorePath), LastError);
    }

    /// <summary>Closes the store; the next start finds everything that was committed.</summary>
    public void Dispose() => CloseStore();

    private bool TryWrite(
        IStateSource states, List<JournalRecord> records, List<UnitId> changed, bool engineChanged)
    {
        int trims = 0;
        int ioRetries = 0;
        bool shrunk = false;
        while (_store is not null)
        {
            int code = _store.Write(
                new LiveBatch
                {
                    States = states,
                    Records = records,
                    Changed = changed,
                    EngineChanged = engineChanged,
                    CatchUp = _behind,
                    HoleReason = _holeReason,
                },
                _ring);
            bool again;
            switch (StoreFaults.Of(code))
            {
                case StoreFault.None:
                    return true;
                case StoreFault.Full:
                    again = trims++ < MaxTrims && Trim();
                    break;
                case StoreFault.NoMemory:
                    again = !shrunk;
                    shrunk = true;
                    _store.Database.Execute("PRAGMA shrink_memory");
                    break;
                case StoreFault.Busy:
                    again = false;
                    break;
                case StoreFault.Io:
                    again = ioRetries++ < MaxIoRetries || PutAside(Describe(code));
                    break;
                case StoreFault.Corrupt:
                    again = PutAside(Describe(code));
                    break;
                default:
                    throw new UnreachableException();
            }

            if (!again)
            {
                LastError = Describe(code);
                return false;
            }
        }

        return false;
    }

    private string Describe(int code) =>
        $"{_options.StorePath}: commit: {Database.TextOf(code)} (SQLite {code})";

    private bool Trim() =>
        _store!.Trim(ArchivedSeq, out long trimmed) == raw.SQLITE_OK && trimmed > 0;

    private void CheckFiles()
    {
        if (--_untilWatch <= 0)
            VerifyFiles();
    }

    // True when a fresh store took over: everything is then written anew.
    private bool PutAside(string why)
    {
        LastError = why;
        _options.Report($"journal: {why}");
        CloseStore();
        string? wrong = Quarantine.Move(_options.StorePath, out string? moved);
        if (wrong is not null)
        {
            LastError = wrong;
            _options.Report($"journal: {wrong}; rows stay in memory");
            return false;
        }

        _options.Report($"journal: the damaged store is kept as {moved}");
        _holeReason = GapWords.Quarantine;
        return Reopen();
    }

    private bool Reopen()
    {
        var problems = new List<string>();
        _opened = LiveStoreOpener.Open(_options, problems);
        _store = _opened.Store;
        _watch = _opened.Watch;
        _behind = true;
        if (_opened.Quarantined)
            _holeReason = GapWords.Quarantine;
        foreach (string problem in problems)
        {
            // A store that stays away would say the same every minute.
            if (problem != LastError)
                _options.Report($"journal: {problem}");
            LastError = problem;
        }

        return _store is not null;
    }

    private void CaughtUp()
    {
        _behind = false;
        _pauseUs = 0;
        _ring.Clear();
        _holeReason = GapWords.Unknown;
        ReportLevel();
    }

    private void Pause()
    {
        _pauseUs = _pauseUs == 0 ? FirstPauseUs : Math.Min(_pauseUs * 2, LastPauseUs);
        _retryAtUs = _options.MonotonicUs() + _pauseUs;
    }

    private void Spill(List<JournalRecord> records)
    {
        _holeReason = _holeReason == GapWords.Unknown ? GapWords.Ring : _holeReason;
        for (int i = 0; i < records.Count; i++)
        {
            _expectedHead = Math.Max(_expectedHead, records[i].Seq);
            if (_ring.SlotSize > 0)
                _ring.Append(_slot.AsSpan(0, RecordCodec.Encode(records[i], SlotBuffer())));
        }
    }

    private Span<byte> SlotBuffer() => _slot.AsSpan(0, _ring.SlotSize);

    private long RingHead()
    {
        for (int i = _ring.Count - 1; i >= 0; i--)
        {
            if (RecordCodec.TryDecode(_ring.Read(i), out JournalRecord record))
                return record.Seq;
        }

        return 0;
    }

    private void ReportLevel()
    {
        if (Level == _reported)
            return;
        _reported = Level;
        _options.Report($"journal: level is now {LevelWords.Of(_reported)}"
            + (LastError is null || _reported < JournalLevel.Ring ? "" : $": {LastError}"));
    }

    private void CloseStore()
    {
        _store?.Dispose();
        _store = null;
        _watch = null;
    }
}
