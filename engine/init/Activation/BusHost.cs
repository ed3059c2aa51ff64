using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Init.Processes;
using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.DBus;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Processes;

namespace InitTx.Init.Activation;

/// <summary>
/// Names of Type=dbus services, followed by a helper: PID 1 has no connection to a bus. The helper
/// runs while there are names. It is replaced when it ends, and killed when it does not confirm a
/// question within <see cref="SilentUs"/>; each new one is told all names and looks anew, so
/// nothing is lost with one. An owner counts only when it is a process of the unit; one that the
/// bus cannot name counts. Main thread only.
/// </summary>
internal sealed class BusHost(
    Engine engine,
    EventLoop loop,
    EventQueue queue,
    InternalProcesses processes,
    UnitProcesses owners,
    ManagerPaths paths,
    ManagerConsole console)
{
    /// <summary>How long the helper may take to confirm what it was asked.</summary>
    public const long SilentUs = 5_000_000;

    private const long FirstPauseUs = 100_000;
    private const long LastPauseUs = 30_000_000;
    private const int ReadsPerRound = 256;

    private readonly Dictionary<int, string> _names = [];
    private readonly byte[] _buffer = new byte[BusNews.MessageMax];
    private MessageChannel? _channel;
    private int _pid;
    private int _unconfirmed;
    private long _pauseUs = FirstPauseUs;
    private long _startAtUs = long.MaxValue;
    private long _silentAtUs = long.MaxValue;

    /// <summary>CLOCK_BOOTTIME microseconds; long.MaxValue for never.</summary>
    public long NextDeadlineUs => Math.Min(_startAtUs, _silentAtUs);

    /// <summary>The WatchBusName effect.</summary>
    public void Watch(UnitRuntime unit, bool enable)
    {
        if (enable && unit.Definition.Service is { Type: Units.Model.ServiceType.Dbus } service)
            Follow(unit.Id.Value, service.BusName!);
        else if (_names.Remove(unit.Id.Value))
            Leave(unit.Id.Value);
    }

    /// <summary>The helper says something.</summary>
    public void OnReady()
    {
        for (int i = 0; i < ReadsPerRound && _channel is not null; i++)
        {
            SysResult got = _channel.Receive(_buffer, out FileDescriptor[] unwanted);
            foreach (FileDescriptor descriptor in unwanted)
                descriptor.Dispose();
            if (got.Error == Errno.EAGAIN)
                return;
            if (got.IsError || got.Value == 0)
            {
                Drop("it ended");
                return;
            }

            Hear(BusNews.Decode(_buffer.AsSpan(0, got.Value)));
        }
    }

    public void OnTime(long nowUs)
    {
        if (_silentAtUs <= nowUs)
            Drop("it does not answer");
        if (_startAtUs <= nowUs)
            Start();
    }

    private void Follow(int unit, string name)
    {
        _names[unit] = name;
        if (_channel is null && _startAtUs == long.MaxValue)
            Start();
        else if (_channel is not null)
            Ask(new BusNews.Follow((ulong)unit, name));
    }

    private void Leave(int unit)
    {
        if (_names.Count > 0)
        {
            Ask(new BusNews.Leave((ulong)unit));
            return;
        }

        // Nobody needs it: it ends when its socket does.
        Close();
        _startAtUs = long.MaxValue;
        _pauseUs = FirstPauseUs;
    }

    private void Ask(BusNews question)
    {
        if (_channel is null)
            return;
        if (_channel.Send(BusNews.Encode(question)).IsError)
        {
            Drop("it does not read");
            return;
        }

        _unconfirmed++;
        if (_silentAtUs == long.MaxValue)
            _silentAtUs = MonotonicClock.BootTimeUs() + SilentUs;
    }

    private void Hear(BusNews? news)
    {
        switch (news)
        {
            case BusNews.Heard:
                _unconfirmed = Math.Max(0, _unconfirmed - 1);
                _silentAtUs = _unconfirmed == 0
                    ? long.MaxValue
                    : MonotonicClock.BootTimeUs() + SilentUs;
                _pauseUs = FirstPauseUs;
                break;
            case BusNews.Owner owner when owner.Watch < int.MaxValue
                && _names.ContainsKey((int)owner.Watch):
                Tell(engine.Unit(new UnitId((int)owner.Watch)), owner);
                break;
            default:
                break;
        }
    }

    private void Tell(UnitRuntime unit, BusNews.Owner owner)
    {
        bool foreign = owner is { Owned: true, Pid: > 0 }
            && owners.Identify(unit, owner.Pid).IsNone;
        if (foreign)
        {
            console.Line($"{unit.Name}: process {owner.Pid}, which owns {_names[unit.Id.Value]}, "
                + "is none of its own");
        }

        bool owned = owner.Owned && !foreign;
        if (unit.OwnsBusName != owned)
            queue.Post(new EngineEvent.BusNameChanged(unit.Id, owned));
    }

    private void Start()
    {
        _startAtUs = long.MaxValue;
        if (_names.Count == 0 || _channel is not null)
            return;
        SysResult<MessageChannel> made = MessageChannel.Create(out FileDescriptor? other);
        string error = made.Message;
        if (made.IsOk)
        {
            using FileDescriptor childEnd = other!;
            _channel = made.Require();
            loop.Add(_channel.Fd, LoopEvents.Readable, new EventKey(EventKinds.Bus, 0));
            _pid = processes.Start(
                [paths.ExecHelper, "--bus", "3", paths.SystemBus], childEnd, OnEnd, out error);
            if (_pid != 0)
            {
                foreach ((int unit, string name) in _names)
                    Ask(new BusNews.Follow((ulong)unit, name));
                return;
            }
        }

        Drop(error);
    }

    private void OnEnd(ExitKind kind, int code)
    {
        // Its socket tells the same; this only says that there is none to kill.
        _pid = 0;
    }

    private void Drop(string why)
    {
        if (_pid != 0 && PidFd.Open(_pid).Value is { } process)
        {
            using (process)
                PidFd.SendSignal(process, Signals.Kill);
        }

        Close();
        _startAtUs = MonotonicClock.BootTimeUs() + _pauseUs;
        _pauseUs = Math.Min(_pauseUs * 2, LastPauseUs);
        console.Line($"bus helper: {why}; another one follows");
    }

    private void Close()
    {
        if (_channel is null)
            return;
        loop.Remove(_channel.Fd);
        _channel.Dispose();
        _channel = null;
        _pid = 0;
        _unconfirmed = 0;
        _silentAtUs = long.MaxValue;
    }
}
