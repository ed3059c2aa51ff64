using System.Globalization;
using InitTx.Linux;
using InitTx.Linux.Control;
using InitTx.Linux.Launch;
using InitTx.Linux.Loop;

namespace InitTx.Archive.Answering;

/// <summary>
/// The archive's socket for those who may not read its file. Who writes rows only listens: when
/// somebody connects, a process of its own (<see cref="AnswerService"/>) takes the connections
/// until none is left for a while. Whatever it is asked, it cannot hold the writer up.
/// <code>
/// listening ──somebody connects──▶ answering (another process)
///     ▲                               │ nobody left, or it died (then after a second)
///     └───────────────────────────────┘
/// </code>
/// The socket is made before the archive gives up being root, and anew by each archive process, so
/// that no descriptor of it has to outlive anything. One thread.
/// </summary>
internal sealed class AnswerDoor : IDisposable
{
    /// <summary>Kinds of the loop's events.</summary>
    public const byte ListenerKind = 2;
    public const byte ChildKind = 3;

    private const uint Mode = 0b110_110_110;
    private const long PauseUs = 1_000_000;
    private const string Self = "/proc/self/exe";

    private readonly EventLoop _loop;
    private readonly ControlListener _listener;
    private readonly Options _options;
    private ChildProgram? _child;
    private long _startedUs;
    private long _listenAtUs = long.MaxValue;

    private AnswerDoor(EventLoop loop, ControlListener listener, Options options)
    {
        _loop = loop;
        _listener = listener;
        _options = options;
        Listen();
    }

    /// <summary>CLOCK_BOOTTIME microseconds; long.MaxValue for never.</summary>
    public long NextDeadlineUs => _listenAtUs;

    /// <summary>Makes the socket; null where none is wanted, or with why there is none.</summary>
    public static AnswerDoor? Open(EventLoop loop, Options options, out string problem)
    {
        problem = "";
        if (options.AskSocket.Length == 0)
            return null;
        SysResult<ControlListener> listener = ControlListener.Open(options.AskSocket, Mode);
        problem = listener.Message;
        return listener.IsError ? null : new AnswerDoor(loop, listener.Require(), options);
    }

    /// <summary>Something of ours is ready.</summary>
    public void OnReady(byte kind, long nowUs)
    {
        if (kind == ListenerKind && _child is null)
            Start(nowUs);
        else if (kind == ChildKind && _child is not null)
            Ended(nowUs);
    }

    public void OnTime(long nowUs)
    {
        if (_listenAtUs <= nowUs)
            Listen();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _child?.Dispose();
        _listener.Dispose();
    }

    private void Listen()
    {
        _listenAtUs = long.MaxValue;
        _loop.Add(_listener.Fd, LoopEvents.Readable, new EventKey(ListenerKind, 0));
    }

    private void Start(long nowUs)
    {
        _loop.Remove(_listener.Fd);
        SysResult<ChildProgram> started = ChildProgram.Start(
            Self,
            [
                "initx-archive", "--answer",
                _listener.Fd.ToString(CultureInfo.InvariantCulture),
                "--state-dir=" + _options.StateDirectory, .. _options.Readers.Arguments,
            ],
            _listener.Fd);
        _startedUs = nowUs;
        if (started.IsError)
        {
            Console.Error.WriteLine($"initx-archive: cannot answer: {started.Message}");
            _listenAtUs = nowUs + PauseUs;
            return;
        }

        _child = started.Require();
        _loop.Add(_child.Fd, LoopEvents.Readable, new EventKey(ChildKind, 0));
    }

    private void Ended(long nowUs)
    {
        _loop.Remove(_child!.Fd);
        _child.Reap();
        _child.Dispose();
        _child = null;
        if (nowUs - _startedUs >= PauseUs)
            Listen();
        else
            _listenAtUs = nowUs + PauseUs;
    }
}
