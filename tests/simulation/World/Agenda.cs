namespace InitTx.Simulation.World;

/// <summary>
/// What will happen in the world and when: a queue by active time. Things of the same instant
/// come in the order of their tie, which is drawn, not in the order in which they were planned.
/// </summary>
internal sealed class Agenda
{
    private readonly PriorityQueue<Action, (long At, ulong Tie, long Index)> _queue = new();
    private long _index;

    /// <summary>When the next thing happens; long.MaxValue when nothing will.</summary>
    public long NextUs =>
        _queue.TryPeek(out _, out (long At, ulong, long) key) ? key.At : long.MaxValue;

    /// <summary>Things still planned.</summary>
    public int Count => _queue.Count;

    /// <summary>Plans one thing.</summary>
    public void At(long activeUs, ulong tie, Action what) =>
        _queue.Enqueue(what, (activeUs, tie, _index++));

    /// <summary>Does all that is due.</summary>
    public void Run(long activeUs)
    {
        while (_queue.TryPeek(out Action? what, out (long At, ulong, long) key)
            && key.At <= activeUs)
        {
            _queue.Dequeue();
            what();
        }
    }
}
