using System.Globalization;
using InitTx.Core.Ports;
using InitTx.Init.Processes;
using InitTx.Journal.Live;
using InitTx.Journal.OnDisk;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Processes;

namespace InitTx.Init.Archive;

/// <summary>
/// Keeps one <c>initx-archive</c> running and feeds it. It is never waited for: rows go out when it
/// asked and the loop has nothing better to do; what it does not take stays in the live journal.
/// <code>
/// (1 s after the start) ─▶ running: pull → page → pull …            level full
///        ▲                    │ ended, spoke garbage, silent for two minutes
///        └── 1 s … 60 s ──────┘ (killed, and awaited: one in D state gets no second beside it)
/// </code>
/// Silence of twenty seconds, or a note instead of a pull, is level archive-away. A program that
/// cannot be executed (not there, no loader, no permission) will not be in a minute either: it is
/// tried again after a daemon-reload, else once an hour, so that an idle manager sleeps.
/// Main thread only.
/// </summary>
internal sealed class ArchiveHost(
    EventLoop loop,
    InternalProcesses processes,
    LiveJournal journal,
    ArchiveStart start,
    ManagerConsole console)
{
    // Rows are gathered for so long: one page and one fsync(2) for what belongs together.
    private const long GatherUs = 1_000_000;
    private const long BetweenPagesUs = 2_000;
    private const long SilentUs = 20_000_000;
    private const long KillUs = 120_000_000;
    private const long FirstPauseUs = 1_000_000;
    private const long LastPauseUs = 60_000_000;
    private const long RefusedPauseUs = 3_600_000_000;
    private const long WellAfterUs = 60_000_000;
    private const long FinishUs = 5_000_000;
    private const int ReadsPerRound = 16;
    private const int Patience = 100;

    private ArchiveChannel? _channel;
    private int _pid;
    private bool _refused;
    private bool _wants;
    private long _after;
    private long _kept;
    private int _patience;

    // The head at which there was nothing to send though numbers were given out: rows of it are
    // lost, or wait for the store; the next commit tells.
    private long _nothingAt = -1;
    private string _why = "not started yet";
    private long _pauseUs;
    private long _bornUs;
    private long _startAtUs = start.Program is null ? long.MaxValue : start.NowUs + FirstPauseUs;
    private long _shipAtUs = long.MaxValue;
    private long _silentAtUs = long.MaxValue;
    private long _killAtUs = long.MaxValue;
    private Action? _finished;
    private bool _finishing;

    /// <summary>CLOCK_BOOTTIME microseconds; long.MaxValue for never.</summary>
    public long NextDeadlineUs => Math.Min(
        Math.Min(_startAtUs, _shipAtUs), Math.Min(_silentAtUs, _killAtUs));

    /// <summary>Where the archive is; empty where none is kept.</summary>
    public string Path => start.StorePath;

    /// <summary>The last row that is on disk.</summary>
    public long Kept => _kept;

    /// <summary>In words: up to date, N rows behind, or away and why.</summary>
    public string Words
    {
        get
        {
            if (start.Program is null)
                return start.Absent;
            if (_why.Length > 0)
                return $"away: {_why}";
            long behind = journal.HeadSeq - _kept;
            return behind <= 0
                ? "up to date"
                : string.Create(CultureInfo.InvariantCulture, $"{behind} rows behind");
        }
    }

    /// <summary>A batch is committed: new rows go out soon.</summary>
    public void AfterCommit()
    {
        if (_wants && _shipAtUs == long.MaxValue && HasNews())
            _shipAtUs = MonotonicClock.BootTimeUs() + GatherUs;
    }

    /// <summary>The socket is readable.</summary>
    public void OnReady()
    {
        for (int i = 0; i < ReadsPerRound && _channel is not null; i++)
        {
            switch (_channel.Receive(out ArchivePull pull))
            {
                case ArchiveNews.Nothing:
                    return;
                case ArchiveNews.Pull:
                    Take(pull);
                    break;
                case ArchiveNews.Garbage:
                    GiveUp("it sent what is not understood");
                    return;
                case ArchiveNews.Ended:
                    Hear("it ended");
                    Close();
                    return;
            }
        }
    }

    public void OnTime(long nowUs)
    {
        if (_startAtUs <= nowUs)
            Start(nowUs);
        if (_shipAtUs <= nowUs)
            Ship(nowUs);
        if (_silentAtUs <= nowUs)
        {
            _silentAtUs = long.MaxValue;
            Hear("it does not answer");
        }

        if (_killAtUs <= nowUs)
            Kill();
    }

    /// <summary>
    /// The machine goes down: hands over what is left, then calls back, at the latest in five
    /// seconds.
    /// </summary>
    public void Finish(Action done)
    {
        _finishing = true;
        _startAtUs = long.MaxValue;
        if (_pid == 0)
        {
            done();
            return;
        }

        _finished = done;
        _silentAtUs = long.MaxValue;
        _killAtUs = MonotonicClock.BootTimeUs() + FinishUs;
        if (_channel is null || _why.Length > 0)
            Kill();
        else if (_wants)
            Ship(MonotonicClock.BootTimeUs());
    }

    /// <summary>Somebody has changed what is installed, perhaps.</summary>
    public void Retry()
    {
        if (_refused && _pid == 0 && !_finishing)
            _startAtUs = MonotonicClock.BootTimeUs();
    }

    private bool HasNews() =>
        journal.HeadSeq is var head && head != _after && head != _nothingAt;

    private void Start(long nowUs)
    {
        _startAtUs = long.MaxValue;
        _channel = ArchiveChannel.Create(
            loop, journal, out FileDescriptor? other, out string error);
        if (_channel is null)
        {
            Again(nowUs, error);
            return;
        }

        using FileDescriptor childEnd = other!;
        _refused = false;
        _pid = processes.Start(start.Arguments, childEnd, OnEnd, out error, OnRefused);
        if (_pid == 0)
        {
            Close();
            Again(nowUs, error);
            return;
        }

        _bornUs = nowUs;
        _patience = Patience;
        _silentAtUs = nowUs + SilentUs;
        _killAtUs = nowUs + KillUs;
    }

    private void Take(in ArchivePull pull)
    {
        long now = MonotonicClock.BootTimeUs();
        if (--_patience < 0)
        {
            GiveUp("it asks without end");
            return;
        }

        _silentAtUs = long.MaxValue;
        _killAtUs = _finishing ? _killAtUs : long.MaxValue;
        _wants = pull.Wants;
        _nothingAt = _after == pull.After ? _nothingAt : -1;
        _after = pull.After;
        if (pull.Boot == start.BootId && pull.Kept <= journal.HeadSeq)
        {
            _kept = pull.Kept;
            journal.ArchivedSeq = pull.Kept;
        }

        if (!_wants)
        {
            Hear(pull.Note.Length > 0 ? pull.Note : "it takes no rows");
            _shipAtUs = long.MaxValue;
            return;
        }

        Hear("");
        if (HasNews() || _finishing)
            _shipAtUs = now + (_finishing || journal.HeadSeq - _after > ArchiveProtocol.MaxRows
                ? BetweenPagesUs
                : GatherUs);
    }

    private void Ship(long nowUs)
    {
        _shipAtUs = long.MaxValue;
        if (_channel is null || !_wants)
            return;
        _wants = false;
        _patience = Math.Min(Patience, _patience + 2);
        long head = journal.HeadSeq;
        if (!_channel.Send(_after, start.BootId, _finishing, out bool empty))
        {
            GiveUp("it does not read");
            return;
        }

        _nothingAt = empty ? head : -1;

        _silentAtUs = _finishing ? long.MaxValue : nowUs + SilentUs;
        _killAtUs = _finishing ? _killAtUs : nowUs + KillUs;
    }

    private void OnEnd(ExitKind kind, int code)
    {
        _pid = 0;
        Close();
        if (_finished is { } done)
        {
            _finished = null;
            done();
            return;
        }

        if (_finishing)
            return;
        string how = kind == ExitKind.Exited ? $"status {code}" : $"signal {code}";
        long now = MonotonicClock.BootTimeUs();
        Again(now, $"it ended with {how}");
    }

    private void OnRefused(Errno error)
    {
        _refused = true;
        if (_startAtUs != long.MaxValue)
            _startAtUs = MonotonicClock.BootTimeUs() + RefusedPauseUs;
        Hear($"{start.Program} cannot be executed: {error.Describe()};"
            + " tried again after initx daemon-reload");
    }

    private void Again(long nowUs, string why)
    {
        bool wasWell = _bornUs > 0 && nowUs - _bornUs > WellAfterUs;
        _pauseUs = _pauseUs == 0 || wasWell ? FirstPauseUs : Math.Min(_pauseUs * 2, LastPauseUs);
        _startAtUs = _finishing ? long.MaxValue : nowUs + (_refused ? RefusedPauseUs : _pauseUs);
        if (!_refused)
            Hear(why);
    }

    private void GiveUp(string why)
    {
        Hear(why);
        Kill();
    }

    // One that does not die is waited for: two would write to one disk.
    private void Kill()
    {
        _killAtUs = long.MaxValue;
        _silentAtUs = long.MaxValue;
        Close();
        if (_pid != 0)
        {
            using FileDescriptor? process = PidFd.Open(_pid).Value;
            if (process is not null)
                PidFd.SendSignal(process, Signals.Kill);
        }

        if (_finished is not { } done)
            return;
        _finished = null;
        done();
    }

    private void Close()
    {
        _channel?.Dispose();
        _channel = null;
        _wants = false;
        _shipAtUs = long.MaxValue;
        _silentAtUs = long.MaxValue;
        if (_pid != 0 && _killAtUs == long.MaxValue && !_finishing)
            _killAtUs = MonotonicClock.BootTimeUs() + FinishUs;
    }

    private void Hear(string why)
    {
        journal.ArchivePulls = why.Length == 0;
        if (why == _why)
            return;
        _why = why;
        if (why.Length > 0 && !_finishing)
            console.Line($"archive: {why}");
    }
}
