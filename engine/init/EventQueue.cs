using InitTx.Core;

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

    public bool TryTake(out EngineEvent? fact) => _events.TryDequeue(out fact);
}
