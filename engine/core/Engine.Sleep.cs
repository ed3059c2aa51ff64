using InitTx.Core.Activation;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// The machine slept. Time stands still for processes meanwhile, but not for the clock that
/// deadlines are written in (CLOCK_BOOTTIME): without care every watchdog and every time-out would
/// be over on waking up. So each deadline moves by the time slept. Rows keep their times, and
/// limits on how often something may happen count sleep like any other time.
/// </summary>
public sealed partial class Engine
{
    // Two clocks are never read at the same instant; what is less than this is no sleep.
    private const long LeastSleepUs = 100_000;

    /// <summary>The sleep since the machine was switched on that deadlines have moved by.</summary>
    private long _suspendedUs;

    private void NoteSleep(long suspendedUs)
    {
        long slept = suspendedUs - _suspendedUs;
        if (slept < LeastSleepUs)
            return;
        _suspendedUs = suspendedUs;
        _startupAwakeUs = TimerMemory.Moved(_startupAwakeUs, slept);
        Out.TouchEngine();
        MoveInstants(slept);
        if (Deadlines.Count == 0)
            return;
        Out.Manager(RecordKind.Config, new Cause(CauseKind.Timer, 0,
            $"the machine slept for {Durations.Words(slept)}: deadlines move by that"));
        Deadlines.Move(slept);
        for (int i = 0; i < _units.Count; i++)
        {
            if (HasDeadline(_units[i]))
                Out.Touch(_units[i]);
            if (_units[i].Name.Kind == UnitKind.Timer)
                Timers.Slept(_units[i], slept);
        }
    }

    // What timers count from is as long ago as the machine was awake since.
    private void MoveInstants(long us)
    {
        for (int i = 0; i < _units.Count; i++)
        {
            UnitRuntime unit = _units[i];
            if (!unit.IsRecorded || (unit.Began == default && unit.Ended == default))
                continue;
            unit.Began = Moved(unit.Began, us);
            unit.Ended = Moved(unit.Ended, us);
            Out.Touch(unit);
        }
    }

    private static Instant Moved(Instant at, long us) =>
        at with { MonotonicUs = TimerMemory.Moved(at.MonotonicUs, us) };

    private static bool HasDeadline(UnitRuntime unit) =>
        unit.DeadlineUs != Deadline.Never
        || unit.WatchdogDeadlineUs != Deadline.Never
        || unit.PidFileDeadline is { DueUs: not Deadline.Never }
        || unit.Job?.Deadline is { DueUs: not Deadline.Never };
}
