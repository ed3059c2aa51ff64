using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Identity;
using InitTx.Linux.Logging;
using InitTx.Linux.Loop;

namespace InitTx.Exec.Logging;

/// <summary>
/// <c>initx-exec --logger</c>: the built-in logger, one process beside PID 1.
/// <list type="number">
/// <item>PID 1 sends the read end of the pipe of every process whose output is kept, and holds a
/// copy: a logger that dies is replaced and gets them all again, nothing is lost
/// (<see cref="LogStream"/>).</item>
/// <item>It answers only with what it has finished, and that a write does not return.</item>
/// <item>When PID 1's end closes it takes what is in the pipes and ends: the next image has started
/// another one.</item>
/// </list>
/// With nothing to read it sleeps without a deadline.
/// </summary>
internal sealed class LogServer
{
    private const byte ControlKind = 1;
    private const byte StreamKind = 2;
    private const int MostStreams = 8192;
    private const int ChunksATurn = 4;
    private const int ChunksAtTheEnd = 64;
    private const int FailedStatus = 1;

    private readonly LogOptions _options;
    private readonly MessageChannel _channel;
    private readonly EventLoop _loop;
    private readonly Pipe _scratch;
    private readonly ILogSink _sink;
    private readonly Dictionary<ulong, LogStream> _streams = [];
    private readonly Dictionary<string, (LogRate Rate, int Streams)> _units =
        new(StringComparer.Ordinal);
    private readonly Queue<ulong> _more = new();
    private readonly HashSet<ulong> _waiting = [];
    private readonly List<ulong> _finished = [];
    private readonly byte[] _buffer = new byte[LogStream.Chunk];
    private ulong _next;
    private bool _ended;

    private LogServer(LogOptions options, MessageChannel channel, EventLoop loop, Pipe scratch)
    {
        _options = options;
        _channel = channel;
        _loop = loop;
        _scratch = scratch;
        int group = AdmGroup();
        var watch = new StuckWatch(() => _channel.Send(LogCodec.EncodeStuck()));
        var files = new FileSink(
            options, new LogDirectory(options.Directory, options, group),
            new LogDirectory(options.VolatileDirectory, options, group), watch);
        _sink = options.ToSyslog ? new SyslogSink(files, "/dev/log") : files;
    }

    /// <summary>Serves until PID 1's end is closed; the exit status.</summary>
    public static int Run(IReadOnlyList<string> arguments)
    {
        if (LogOptions.Parse(arguments) is not { } options
            || Descriptors.CloseOnExec(options.Socket).IsError)
            return Usage.Wrong("--logger: the arguments are not understood");
        var fd = new FileDescriptor(options.Socket);
        fd.SetCloseOnExec(true);
        SysResult<EventLoop> loop = EventLoop.Create();
        SysResult<Pipe> scratch = Pipe.Create();
        if (loop.IsError || scratch.IsError)
        {
            Console.Error.WriteLine(
                $"initx-exec --logger: {(loop.IsError ? loop.Message : scratch.Message)}");
            return FailedStatus;
        }

        var server = new LogServer(
            options, new MessageChannel(fd), loop.Require(), scratch.Require());
        server.Serve();
        return 0;
    }

    private void Serve()
    {
        _loop.Add(_channel.Fd, LoopEvents.Readable, new EventKey(ControlKind, 0));
        var ready = new ReadyEvent[64];
        while (!_ended)
        {
            _loop.SetDeadline(NextDeadlineUs());
            int count = _loop.Wait(ready, _more.Count == 0, out bool deadline).Value;
            for (int i = 0; i < count; i++)
            {
                if (ready[i].Key.Kind == ControlKind)
                    Receive();
                else
                    OnReady(ready[i]);
            }

            for (int left = _more.Count; left > 0; left--)
                Turn(_more.Dequeue(), all: false);
            if (deadline)
                TakeBeginnings();
            Report();
        }

        foreach (LogStream stream in _streams.Values)
            stream.Drain(all: false, _scratch, _buffer, ChunksAtTheEnd);
    }

    private void OnReady(in ReadyEvent ready)
    {
        if (!_streams.TryGetValue(ready.Key.Id, out LogStream? stream))
            return;
        stream.HungUp |= (ready.Events & LoopEvents.HangUp) != 0;
        Turn(ready.Key.Id, all: false);
    }

    private long NextDeadlineUs()
    {
        long next = EventLoop.Never;
        foreach (ulong id in _waiting)
        {
            if (_streams.TryGetValue(id, out LogStream? stream) && stream.WaitsSinceUs > 0)
                next = Math.Min(next, stream.WaitsSinceUs + LogStream.PatienceUs);
        }

        return next;
    }

    private void TakeBeginnings()
    {
        long now = MonotonicClock.BootTimeUs();
        foreach (ulong id in _waiting.ToArray())
        {
            if (_streams.TryGetValue(id, out LogStream? stream)
                && stream.WaitsSinceUs + LogStream.PatienceUs <= now)
                Turn(id, all: true);
        }
    }

    private void Receive()
    {
        Span<byte> message = stackalloc byte[LogCodec.MaxMessage];
        while (true)
        {
            SysResult got = _channel.Receive(message, out FileDescriptor[] descriptors);
            if (got.Error == Errno.EAGAIN)
                return;
            if (got.IsError || got.Value == 0)
            {
                // EMSGSIZE is a message that was lost; anything else is the end of PID 1's image.
                _ended = got.Error != Errno.EMSGSIZE;
                return;
            }

            LogStreamFacts? facts = LogCodec.DecodeStream(message[..got.Value]);
            if (facts is null || descriptors.Length != 1 || _streams.Count >= MostStreams)
            {
                foreach (FileDescriptor descriptor in descriptors)
                    descriptor.Dispose();
                continue;
            }

            Begin(facts, descriptors[0]);
        }
    }

    private void Begin(LogStreamFacts facts, FileDescriptor pipe)
    {
        (LogRate Rate, int Streams) unit = _units.TryGetValue(facts.Unit, out var known)
            ? known
            : (RateOf(facts), 0);
        _units[facts.Unit] = (unit.Rate, unit.Streams + 1);
        ulong id = ++_next;
        var stream = new LogStream(facts, pipe, _options.Boot, _sink, unit.Rate);
        _streams.Add(id, stream);
        _loop.Add(
            pipe.Number, LoopEvents.Readable | LoopEvents.EdgeTriggered,
            new EventKey(StreamKind, id));
    }

    private LogRate RateOf(LogStreamFacts facts) => new(
        facts.RateIntervalUs >= 0 ? facts.RateIntervalUs : _options.RateIntervalUs,
        facts.RateBurst >= 0 ? facts.RateBurst : _options.RateBurst);

    private void Turn(ulong id, bool all)
    {
        if (!_streams.TryGetValue(id, out LogStream? stream))
            return;
        stream.Drain(all, _scratch, _buffer, ChunksATurn);
        if (stream.WaitsSinceUs > 0)
            _waiting.Add(id);
        else
            _waiting.Remove(id);
        if (stream.HasMore)
            _more.Enqueue(id);
        if (stream.IsFinished)
            End(id, stream);
    }

    private void End(ulong id, LogStream stream)
    {
        _streams.Remove(id);
        _loop.Remove(stream.Fd);
        stream.Dispose();
        _finished.Add(stream.Facts.Token);
        (LogRate rate, int streams) = _units[stream.Facts.Unit];

        // A unit that comes back at once has the same budget of lines.
        _units[stream.Facts.Unit] = (rate, streams - 1);
        if (streams > 1)
            return;
        _sink.Release(stream.Facts.Unit);
        if (_units.Count <= MostStreams)
            return;
        foreach ((string unit, (LogRate _, int left)) in _units)
        {
            if (left == 0)
                _units.Remove(unit);
        }
    }

    // What cannot be told now is told with the next: PID 1 keeps a pipe that has nothing in it.
    private void Report()
    {
        while (_finished.Count > 0)
        {
            List<ulong> some = _finished.GetRange(0, Math.Min(_finished.Count, LogCodec.MaxTokens));
            if (_channel.Send(LogCodec.EncodeFinished(some)).IsError)
                return;
            _finished.RemoveRange(0, some.Count);
        }
    }

    private static int AdmGroup()
    {
        byte[] text = new byte[64 * 1024];
        SysResult read = Files.ReadAll(Files.Cwd, GroupFile.Path, text);
        return read.IsError ? -1 : GroupFile.Find(text.AsSpan(0, read.Value), "adm") ?? -1;
    }
}
