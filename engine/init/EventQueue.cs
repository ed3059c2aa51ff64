using InitTx.Core;
using InitTx.Linux;

namespace InitTx.Init;

/// <summary>
/// Facts that wait for the core, in order. Effects answer through it, so an effect that fails at
/// once is an event like any other. Main thread only.
/// </summary>
internal sealed class EventQueue
{
    private readonly Queue<EngineEvent> _events = new(64);

    public int Count => _events.Count;

    public void Post(EngineEvent fact) => _events.Enqueue(fact);

    /// <summary>
    /// Posts what could not be done for a unit. Not that its object is gone: a process that ended
    /// on its own, whose exit is on the way, or the whole cgroup.
    /// </summary>
    public void PostFailure(UnitId unit, string effect, SysResult result)
    {
        if (result.IsError && result.Error is not (Errno.ESRCH or Errno.ENOENT or Errno.ENODEV))
            Post(new EngineEvent.EffectFailed(unit, effect, result.Error.Describe()));
    }

    public bool TryTake(out EngineEvent? fact) => _events.TryDequeue(out fact);
}
