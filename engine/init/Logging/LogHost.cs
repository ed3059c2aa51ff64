using System.Globalization;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Init.Processes;
using InitTx.Linux;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Logging;
using InitTx.Linux.Loop;
using InitTx.Linux.Processes;

namespace InitTx.Init.Logging;

/// <summary>
/// Keeps the built-in logger running (<c>initx-exec --logger</c>) and the pipes between it and the
/// services.
/// <list type="number">
/// <item>Each process whose output is kept has a pipe of its own, so that lines belong to one run.
/// PID 1 holds its read end until the logger has said that all of it is written and nobody can
/// write any more; it never reads it.</item>
/// <item>A logger that dies is replaced and is sent every pipe again; a re-exec or a crash of PID 1
/// hands the pipes over. Nothing is lost, and nobody is waited for: while there is no logger, what
/// services write waits in their pipes, 64 KiB each.</item>
/// <item>A logger that hangs in a write is killed; until it is gone its replacement writes to
/// memory only.</item>
/// </list>
/// Main thread only.
/// </summary>
internal sealed class LogHost(
    EventLoop loop,
    InternalProcesses processes,
    Func<bool, List<string>> arguments,
    ManagerConsole console) : IServiceOutput
{
    // The first services of a boot go first.
    private const long FirstPauseUs = 200_000;
    private const long LastPauseUs = 5_000_000;
    private const long WellAfterUs = 30_000_000;
    private const int MostHeld = 8_000;
    private const int ReadsPerRound = 64;

    private readonly Dictionary<ulong, Held> _held = [];
    private readonly Queue<ulong> _unsent = new();
    private readonly byte[] _message = new byte[LogCodec.MaxMessage];
    private LogStreamFacts? _facts;
    private Pipe? _pipe;
    private MessageChannel? _channel;
    private int _pid;
    private int _generation;
    private int _stuckPid;
    private int _stuckGeneration;
    private long _bornUs;
    private long _pauseUs;
    private long _startAtUs = EventLoop.Never;
    private bool _watchesWritable;
    private bool _finishing;
    private string _why = "";

    /// <summary>CLOCK_BOOTTIME microseconds; long.MaxValue for never.</summary>
    public long NextDeadlineUs => _startAtUs;

    /// <inheritdoc/>
    public int Begin(LogStreamFacts facts)
    {
        if (_held.Count >= MostHeld || _finishing)
            return -1;
        SysResult<Pipe> made = Pipe.Create();
        if (made.IsError)
        {
            Hear(made.Message);
            return -1;
        }

        _pipe = made.Require();
        _facts = facts;
        return _pipe.WriteEnd.Number;
    }

    /// <inheritdoc/>
    public void Made(int pid)
    {
        if (_pipe is null || _facts is null)
            return;
        Hold(_facts with { Pid = pid }, _pipe.ReadEnd);
        _pipe.WriteEnd.Dispose();
        _pipe = null;
        Send();
    }

    /// <inheritdoc/>
    public void End()
    {
        _pipe?.WriteEnd.Dispose();
        _pipe?.ReadEnd.Dispose();
        _pipe = null;
        _facts = null;
    }

    /// <summary>Takes over the pipes that the image before this one handed over.</summary>
    public void TakeOver(IReadOnlyList<HeldDescriptor> held, Engine engine)
    {
        foreach (HeldDescriptor entry in held)
        {
            if (entry.Kind != DescriptorKind.LogPipe)
                continue;
            var fd = new FileDescriptor(entry.Fd);
            if (FactsOf(entry, engine) is { } facts)
                Hold(facts, fd);
            else
                Drop(fd);
        }
    }

    /// <summary>The logger says something, or takes something again.</summary>
    public void OnReady()
    {
        Send();
        for (int i = 0; i < ReadsPerRound && _channel is not null; i++)
        {
            SysResult got = _channel.Receive(_message, out FileDescriptor[] descriptors);
            foreach (FileDescriptor descriptor in descriptors)
                descriptor.Dispose();
            if (got.Error == Errno.EAGAIN)
                return;
            if (got.IsError || got.Value == 0)
            {
                Close();
                return;
            }

            Take(LogCodec.DecodeNews(_message.AsSpan(0, got.Value), out ulong[] tokens), tokens);
        }
    }

    public void OnTime(long nowUs)
    {
        if (_startAtUs <= nowUs)
            Start(nowUs);
    }

    /// <summary>
    /// The machine goes down, and file systems with it: the logger takes what is left and ends.
    /// </summary>
    public void Finish()
    {
        _finishing = true;
        _startAtUs = EventLoop.Never;
        Close();
    }

    private static LogStreamFacts? FactsOf(HeldDescriptor entry, Engine engine)
    {
        string[] words = entry.Name.Split(' ', 3);
        if (words.Length != 3 || !int.TryParse(
            words[0], NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            return null;
        return Units.Model.UnitName.TryParse(entry.Unit, out Units.Model.UnitName name)
            && engine.Find(name) is { } unit
                ? OutputFacts.Of(unit.Definition, words[2], words[1], entry.Tag, pid)
                : OutputFacts.Bare(entry.Unit, words[2], words[1], entry.Tag, pid);
    }

    private static void Drop(FileDescriptor fd)
    {
        DescriptorRegistry.Unregister(fd.Number);
        fd.Dispose();
    }

    // One that the black box has no room for is lost to the next image, and to nobody before.
    private void Hold(LogStreamFacts facts, FileDescriptor readEnd)
    {
        DescriptorRegistry.Register(
            readEnd.Number, DescriptorKind.LogPipe, facts.Unit,
            string.Create(
                CultureInfo.InvariantCulture, $"{facts.Pid} {facts.Role} {facts.Identifier}"),
            facts.Token);
        if (_held.Remove(facts.Token, out Held? before))
            Drop(before.ReadEnd);
        _held[facts.Token] = new Held(facts, readEnd);
        _unsent.Enqueue(facts.Token);
        if (_pid == 0 && _startAtUs == EventLoop.Never && !_finishing)
            _startAtUs = MonotonicClock.BootTimeUs() + FirstPauseUs;
    }

    private void Start(long nowUs)
    {
        _startAtUs = EventLoop.Never;
        SysResult<MessageChannel> made = MessageChannel.Create(out FileDescriptor? other);
        if (made.IsError)
        {
            Again(nowUs, made.Message);
            return;
        }

        using FileDescriptor childEnd = other!;
        _channel = made.Require();
        _pid = processes.Start(arguments(_stuckPid != 0), childEnd, Ended(), out string error);
        if (_pid == 0)
        {
            Close();
            Again(nowUs, error);
            return;
        }

        _bornUs = nowUs;
        _watchesWritable = false;
        loop.Add(_channel.Fd, LoopEvents.Readable, Key);
        _unsent.Clear();
        foreach (ulong token in _held.Keys)
            _unsent.Enqueue(token);
        Send();
    }

    // The end that is told may be that of one before.
    private Action<ExitKind, int> Ended()
    {
        int generation = ++_generation;
        return (kind, code) => OnEnd(generation, kind, code);
    }

    private void OnEnd(int generation, ExitKind kind, int code)
    {
        if (generation == _stuckGeneration)
        {
            // The disk is back: the one that wrote to memory only makes room for a whole one.
            _stuckPid = 0;
            _stuckGeneration = 0;
            Close();
            return;
        }

        if (generation != _generation)
            return;
        _pid = 0;
        Close();
        if (_finishing || _held.Count == 0)
            return;
        Again(
            MonotonicClock.BootTimeUs(),
            kind == ExitKind.Exited ? $"it ended with status {code}" : $"signal {code} ended it");
    }

    private void Again(long nowUs, string why)
    {
        bool wasWell = nowUs - _bornUs > WellAfterUs;
        _pauseUs = _pauseUs == 0 || wasWell
            ? FirstPauseUs
            : Math.Min(_pauseUs * 2, LastPauseUs);
        _startAtUs = _finishing ? EventLoop.Never : nowUs + _pauseUs;
        Hear(why);
    }

    private void Send()
    {
        while (_channel is not null && _unsent.TryPeek(out ulong token))
        {
            if (!_held.TryGetValue(token, out Held? held))
            {
                _unsent.Dequeue();
                continue;
            }

            SysResult sent = _channel.Send(
                LogCodec.Encode(held.Facts), [held.ReadEnd.Number]);
            if (sent.Error == Errno.EAGAIN)
            {
                WatchWritable(true);
                return;
            }

            // ETOOMANYREFS, EPIPE: its end, or the next message, tells the rest.
            if (sent.IsError)
            {
                Hear(sent.Error.Describe());
                Close();
                return;
            }

            _unsent.Dequeue();
        }

        WatchWritable(false);
    }

    private void WatchWritable(bool on)
    {
        if (_channel is null || _watchesWritable == on)
            return;
        _watchesWritable = on;
        loop.Rearm(
            _channel.Fd, LoopEvents.Readable | (on ? LoopEvents.Writable : LoopEvents.None), Key);
    }

    private void Take(LogNews news, ulong[] tokens)
    {
        switch (news)
        {
            case LogNews.Finished:
                foreach (ulong token in tokens)
                {
                    if (_held.Remove(token, out Held? held))
                        Drop(held.ReadEnd);
                }

                Hear("");
                break;
            case LogNews.Stuck:
                Hear("a write does not return; output is kept in memory meanwhile");
                Kill(asStuck: _stuckPid == 0);
                break;
            case LogNews.Garbage:
                Hear("it sent what is not understood");
                Kill(asStuck: false);
                break;
        }
    }

    private void Kill(bool asStuck)
    {
        int pid = _pid;
        if (asStuck)
        {
            (_stuckPid, _stuckGeneration) = (_pid, _generation);
            _pid = 0;
            _generation++;
            _startAtUs = MonotonicClock.BootTimeUs();
        }

        Close();
        using FileDescriptor? process = pid == 0 ? null : PidFd.Open(pid).Value;
        if (process is not null)
            PidFd.SendSignal(process, Signals.Kill);
    }

    private void Close()
    {
        if (_channel is null)
            return;
        loop.Remove(_channel.Fd);
        _channel.Dispose();
        _channel = null;
    }

    private void Hear(string why)
    {
        if (why == _why)
            return;
        _why = why;
        if (why.Length > 0 && !_finishing)
            console.Line($"logger: {why}");
    }

    private static EventKey Key => new(EventKinds.Logger, 0);

    private sealed record Held(LogStreamFacts Facts, FileDescriptor ReadEnd);
}
