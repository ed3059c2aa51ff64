using InitTx.Core;

namespace InitTx.Simulation.World;

/// <summary>
/// Which pid the next process gets: the next free one, as Linux counts, or a used one. Never the
/// same within the tick of its last start: all pids of a machine are not gone through in 10 ms, and
/// pid and tick name a process.
/// </summary>
internal sealed class PidNumbers
{
    private const int Max = 32_768;

    private int _last = 100;
    private ProcessIdentity _freed;

    /// <summary>The next pid will be one that has just become free.</summary>
    public bool Reuse { get; set; }

    /// <summary>A pid for a new process.</summary>
    /// <param name="isUsed">Whether a process, or a zombie, has it.</param>
    /// <param name="ticks">When it starts.</param>
    public int Next(Predicate<int> isUsed, ulong ticks)
    {
        if (Reuse && !_freed.IsNone && _freed.StartTicks != ticks && !isUsed(_freed.Pid))
        {
            Reuse = false;
            return _freed.Pid;
        }

        do
        {
            _last = _last >= Max ? 101 : _last + 1;
        }
        while (isUsed(_last));
        return _last;
    }

    /// <summary>The process has been reaped.</summary>
    public void Free(ProcessIdentity process) => _freed = process;
}
