using InitTx.Core;
using InitTx.Linux.Loop;

namespace InitTx.Init.Processes;

/// <summary>What the rest of a unit's processes are still to be told.</summary>
/// <param name="Number">The signal.</param>
/// <param name="Main">Has been sent it already and only gets SIGCONT; 0 for none.</param>
/// <param name="Control">Likewise.</param>
internal readonly record struct LateSignal(int Number, int Main, int Control);

/// <summary>
/// The second half of a stop's signal: to all of a unit's cgroup but the processes that we made,
/// which had it at once. Most units have one process; it has ended before the list of its cgroup
/// is read, and then nothing is left to be read or told: a quarter of the CPU of stopping 1,000
/// services. Promises:
/// <list type="number">
/// <item>When one of those processes has ended and others are left, they are told at once.</item>
/// <item>Else they are told <see cref="GraceUs"/> later, or <see cref="LongestUs"/> later where the
/// manager is busy with what did end.</item>
/// <item>A crash in between asks again for what the unit's state says; a planned re-exec and the
/// manager's end come after <see cref="SendAll"/>.</item>
/// </list>
/// Main thread only.
/// </summary>
internal sealed class LateSignals(UnitCgroups cgroups, Engine engine, EventQueue queue)
{
    private const long GraceUs = 2_000;
    private const long LongestUs = 100_000;

    private readonly Dictionary<UnitId, LateSignal> _late = [];
    private readonly Queue<(UnitId Unit, long SinceUs)> _order = new();

    /// <summary>When to look next, CLOCK_BOOTTIME microseconds; long.MaxValue for never.</summary>
    public long NextDeadlineUs { get; private set; } = long.MaxValue;

    /// <summary>The unit has none that waits (<see cref="Send"/>).</summary>
    public void Add(UnitId unit, LateSignal signal)
    {
        _late.Add(unit, signal);
        long now = MonotonicClock.BootTimeUs();
        _order.Enqueue((unit, now));
        NextDeadlineUs = Math.Min(NextDeadlineUs, now + GraceUs);
    }

    /// <summary>Nobody is left, or all are killed.</summary>
    public void Forget(UnitId unit) => _late.Remove(unit);

    /// <summary>Now, if the unit has one that waits.</summary>
    public void Send(UnitId unit)
    {
        if (_late.Remove(unit, out LateSignal signal))
            Tell(unit, signal);
    }

    private void Tell(UnitId unit, LateSignal signal)
    {
        if (engine.UnitOrNull(unit) is { } known)
            queue.PostFailure(unit, "signal", cgroups.SignalRest(known, signal));
    }

    public void SendAll()
    {
        while (_order.TryDequeue(out (UnitId Unit, long) next))
            Send(next.Unit);
        NextDeadlineUs = long.MaxValue;
    }

    /// <param name="isBusy">Exits may be among what is to be handled first.</param>
    public void OnTime(long nowUs, bool isBusy)
    {
        if (nowUs < NextDeadlineUs)
            return;
        long age = isBusy ? LongestUs : GraceUs;
        while (_order.TryPeek(out (UnitId Unit, long SinceUs) next)
            && (next.SinceUs + age <= nowUs || !_late.ContainsKey(next.Unit)))
        {
            _order.Dequeue();
            Send(next.Unit);
        }

        NextDeadlineUs = _order.TryPeek(out (UnitId, long SinceUs) first)
            ? Math.Max(first.SinceUs + GraceUs, isBusy ? nowUs + GraceUs : 0)
            : long.MaxValue;
    }
}
