using InitTx.Core;
using InitTx.Linux;
using InitTx.Linux.Loop;

namespace InitTx.Init.Activation;

/// <summary>
/// Hears when the wall clock is set, and wakes the machine for WakeSystem= timers. A kernel without
/// one or the other is said once; timers then elapse late, at the next look, or after waking up.
/// </summary>
internal sealed class ClockHost(
    Engine engine, EventQueue queue, TimerHost timers, ManagerConsole console)
{
    private ClockWatch? _watch;
    private WakeTimer? _wake;
    private bool _cannotWake;

    public void Watch(EventLoop loop)
    {
        SysResult<ClockWatch> made = ClockWatch.Create();
        if (made.IsError)
        {
            console.Line("changes of the clock are not seen: " + made.Message);
            return;
        }

        _watch = made.Require();
        loop.Add(_watch.Fd, LoopEvents.Readable, new EventKey(EventKinds.Clock, 0));
    }

    public void OnReady()
    {
        if (_watch is null || !_watch.WasSet())
            return;
        queue.Post(EngineEvent.ClockChanged.Instance);

        // Who sets the clock may have travelled.
        if (engine.ZoneNames.Count > 0)
            timers.ReadZones(engine.ZoneNames);
    }

    public void ArmWake(long bootTimeUs)
    {
        if (_wake is null)
        {
            if (bootTimeUs == EventLoop.Never || _cannotWake)
                return;
            SysResult<WakeTimer> made = WakeTimer.Create();
            if (made.IsError)
            {
                _cannotWake = true;
                console.Line("WakeSystem= cannot wake this machine: " + made.Message);
                return;
            }

            _wake = made.Require();
        }

        _wake.Set(bootTimeUs);
    }
}
