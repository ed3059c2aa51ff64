namespace InitTx.Simulation.World;

/// <summary>
/// Which pid the next process gets: the next free one, as Linux counts, or a used one.
/// </summary>
internal sealed class PidNumbers
{
    private const int Max = 32_768;

    private int _last = 100;
    private int _freed;

    /// <summary>The next pid will be one that has just become free.</summary>
    public bool Reuse { get; set; }

    /// <summary>A pid for a new process.</summary>
    /// <param name="isUsed">Whether a process, or a zombie, has it.</param>
    public int Next(Predicate<int> isUsed)
    {
        if (Reuse && _freed != 0 && !isUsed(_freed))
        {
            Reuse = false;
            return _freed;
        }

        do
        {
            _last = _last >= Max ? 101 : _last + 1;
        }
        while (isUsed(_last));
        return _last;
    }

    /// <summary>The process with this pid has been reaped.</summary>
    public void Free(int pid) => _freed = pid;
}
