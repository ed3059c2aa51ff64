using InitTx.Archive.Answering;
using InitTx.Core.Ports;
using InitTx.Journal.Live;
using InitTx.Journal.OnDisk;
using InitTx.Journal.Sqlite;
using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using SQLitePCL;

namespace InitTx.Archive;

/// <summary>
/// Takes rows from the manager and stores them, until the manager is gone. The disk may be missing,
/// read-only, full or slow: the manager is told why, keeps the rows, and is asked again.
/// <code>
/// no disk yet ──opened──▶ pull → page → commit (synchronised) → pull …
///      ▲                     │ full, read-only, I/O error: say so, wait 1 s … 10 s, open again
///      └──put aside──────────┘ damaged: renamed, a new one begins
/// </code>
/// One thread, one page at a time: nothing is acknowledged that is not on disk. What is said to the
/// manager without being asked is said once: it must not be woken up every ten seconds on a machine
/// that has no disk.
/// </summary>
internal sealed class ArchiveService : IDisposable
{
    private const byte ManagerKind = 1;
    private const long FirstPauseUs = 1_000_000;
    private const long LastPauseUs = 10_000_000;
    private const long TidyEveryUs = 3_600_000_000;
    private const long TidyStepUs = 20_000;
    private const int EndGone = 75;

    private readonly Options _options;
    private readonly EventLoop _loop;
    private readonly MessageChannel _manager;
    private readonly byte[] _message = new byte[ArchiveProtocol.MaxMessage];
    private readonly List<JournalRecord> _rows = new(ArchiveProtocol.MaxRows);
    private readonly AnswerDoor? _door;
    private ArchiveStore? _store;
    private Linux.Handles.FileStatus _file;
    private long _after;
    private long _kept;
    private long _knownMono = -1;
    private bool _anew;
    private bool _finishing;

    // The last note, while nothing else went to and fro.
    private string _note = "";
    private long _pauseUs;
    private long _retryAtUs = long.MaxValue;
    private long _tidyAtUs = long.MaxValue;
    private int _end = -1;

    public ArchiveService(Options options, EventLoop loop, MessageChannel manager)
    {
        _options = options;
        _loop = loop;
        _manager = manager;
        loop.Add(manager.Fd, LoopEvents.Readable, new EventKey(ManagerKind, 0));
        // Before anything that gives up root: its directory is the manager's.
        _door = AnswerDoor.Open(loop, options, out string problem);
        if (problem.Length > 0 && _door is null)
            Console.Error.WriteLine($"initx-archive: nobody can ask: {problem}");
    }

    /// <summary>Runs until the manager is gone or says so; the exit status.</summary>
    public int Run()
    {
        Database.SetHeapLimit(16 << 20);
        TryOpen();
        var ready = new ReadyEvent[16];
        while (_end < 0)
        {
            _loop.SetDeadline(Math.Min(
                Math.Min(_retryAtUs, _tidyAtUs), _door?.NextDeadlineUs ?? long.MaxValue));
            int count = _loop.Wait(ready, true, out _).Value;
            for (int i = 0; i < count && _end < 0; i++)
            {
                if (ready[i].Key.Kind == ManagerKind)
                    TakePages();
                else
                    _door?.OnReady(ready[i].Key.Kind, MonotonicClock.BootTimeUs());
            }

            OnTime(MonotonicClock.BootTimeUs());
        }

        return _end;
    }

    private void TakePages()
    {
        while (_end < 0)
        {
            SysResult got = _manager.Receive(_message, out FileDescriptor[] descriptors);
            foreach (FileDescriptor descriptor in descriptors)
                descriptor.Dispose();
            if (got.Error == Errno.EAGAIN)
                return;
            if (got.IsError || got.Value == 0)
            {
                _end = 0;
                return;
            }

            _note = "";
            if (ArchiveProtocol.TryReadPage(
                _message.AsSpan(0, got.Value), out ArchivePageHeader header, _rows))
                Take(header);
            else
                Pull(wants: false, "a message of the manager is not understood");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _door?.Dispose();
        _store?.Dispose();
    }

    private void Take(in ArchivePageHeader header)
    {
        _finishing |= header.Finish;
        if (_store is null)
        {
            _end = _finishing ? 0 : _end;
            return;
        }

        if (CountsAnew(header))
        {
            _anew = true;
            _knownMono = -1;
            _after = 0;
            Pull(wants: true);
            return;
        }

        if (!IsStillThere())
        {
            _end = EndGone;
            return;
        }

        int code = _store.Append(header.Boot, _rows, _anew && _rows.Count > 0, out long kept);
        if (code != raw.SQLITE_OK)
        {
            Failed(code, _store.LastError);
            return;
        }

        if (_rows.Count > 0)
            _anew = false;
        if (header.Boot == _options.Boot)
            _kept = kept;
        _after = Math.Max(header.Cursor, header.Boot == _options.Boot ? kept : 0);
        _pauseUs = 0;
        _end = _finishing && _after >= header.Head ? 0 : _end;
        Pull(wants: true);
    }

    // The manager's store and memory were lost, and its numbers began at 1 again within one boot:
    // then the row that we have last is another there, or none.
    private bool CountsAnew(in ArchivePageHeader header)
    {
        if (header.Head < _after)
            return true;
        bool other = _knownMono >= 0 && _rows.Count > 0 && _rows[0].Seq == _kept
            && _rows[0].Time.MonotonicUs != _knownMono;
        _knownMono = other ? _knownMono : -1;
        return other;
    }

    // Another file system may have been mounted over the one that we write to.
    private bool IsStillThere() =>
        Files.Status(Files.Cwd, _options.StorePath, out Linux.Handles.FileStatus now).IsOk
            && now.Device == _file.Device && now.Inode == _file.Inode;

    private void OnTime(long nowUs)
    {
        _door?.OnTime(nowUs);
        if (_retryAtUs <= nowUs)
        {
            _retryAtUs = long.MaxValue;
            if (_store is null)
                TryOpen();
            else
                Pull(wants: true);
        }

        if (_tidyAtUs <= nowUs && _store is not null)
        {
            int code = _store.Tidy(MonotonicClock.RealtimeUs(), out bool more);
            _tidyAtUs = nowUs + (more && code == raw.SQLITE_OK ? TidyStepUs : TidyEveryUs);
        }
    }

    private void TryOpen()
    {
        if (StateDirectory.Enter(_options.StateDirectory) is { } problem)
        {
            Wait(problem);
            return;
        }

        _store = ArchiveStore.Open(
            _options.StorePath, _options.Limits, out int code, out problem!,
            () => Pull(wants: false, "the archive of an earlier version is being renewed"));
        if (_store is null)
        {
            if (IsDamaged(code) || problem.EndsWith("is not an archive", StringComparison.Ordinal))
                PutAside(problem);
            else
                Wait(problem);
            return;
        }

        Files.Status(Files.Cwd, _options.StorePath, out _file);
        code = _store.KeptOf(_options.Boot, out _kept, out _knownMono);
        if (code != raw.SQLITE_OK)
        {
            Failed(code, _store.LastError);
            return;
        }

        // The last one once more: it shows whether this is the history that we know.
        _after = Math.Max(0, _kept - 1);
        _tidyAtUs = MonotonicClock.BootTimeUs() + FirstPauseUs;
        Pull(wants: true);
    }

    private void Failed(int code, string problem)
    {
        int kind = code & 0xff;
        if (kind is raw.SQLITE_FULL or raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_NOMEM)
        {
            Wait($"{_options.StorePath}: {problem}");
            return;
        }

        _store?.Dispose();
        _store = null;
        if (IsDamaged(code))
            PutAside($"{_options.StorePath}: {problem}");
        else
            Wait($"{_options.StorePath}: {problem}");
    }

    private void PutAside(string problem)
    {
        string? wrong = Quarantine.Move(_options.StorePath, out string? moved);
        if (wrong is not null)
        {
            Wait($"{problem}; {wrong}");
            return;
        }

        Wait($"{problem}; kept as {moved}, a new one begins");
    }

    private void Wait(string why)
    {
        if (_finishing)
        {
            _end = 1;
            return;
        }

        _pauseUs = _pauseUs == 0 ? FirstPauseUs : Math.Min(_pauseUs * 2, LastPauseUs);
        _retryAtUs = MonotonicClock.BootTimeUs() + _pauseUs;
        Pull(wants: false, why);
    }

    private void Pull(bool wants, string note = "")
    {
        if (!wants && note == _note)
            return;
        Span<byte> message = stackalloc byte[1024];
        int length = ArchiveProtocol.WritePull(
            new ArchivePull(wants, _after, _options.Boot, _kept, note), message);
        SysResult sent = _manager.Send(message[..length]);
        _note = sent.IsError ? "" : note;
        if (sent.IsError && sent.Error != Errno.EAGAIN)
            _end = _end < 0 ? 0 : _end;
    }

    private static bool IsDamaged(int code) =>
        (code & 0xff) is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;
}
