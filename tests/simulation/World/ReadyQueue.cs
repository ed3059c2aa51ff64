namespace InitTx.Simulation.World;

/// <summary>
/// What the shell's next epoll_wait would report, in the order in which it is read.
/// </summary>
internal sealed class ReadyQueue
{
    private readonly List<Input> _inputs = [];

    /// <summary>Inputs that wait.</summary>
    public int Count => _inputs.Count;

    /// <summary>Adds one.</summary>
    public void Post(Input input, ulong tie)
    {
        // The highest bit stays free so that a tie can be placed behind another one.
        input.Tie = input.IsResult ? tie >> 32 : (tie >> 1) | (1UL << 32);
        Insert(input);
    }

    /// <summary>
    /// Adds one that must not be read before <paramref name="earlier"/> (same pipe or process).
    /// </summary>
    public void PostBehind(Input input, Input? earlier, ulong tie)
    {
        input.Tie = (tie >> 1) | (1UL << 32);
        if (earlier is not null && input.Tie <= earlier.Tie && _inputs.Contains(earlier))
            input.Tie = earlier.Tie + 1;
        Insert(input);
    }

    /// <summary>The next one is a result of the shell's own.</summary>
    public bool HasResult => _inputs.Count > 0 && _inputs[0].IsResult;

    /// <summary>Takes the next one.</summary>
    public Input Take()
    {
        Input first = _inputs[0];
        _inputs.RemoveAt(0);
        return first;
    }

    /// <summary>
    /// The manager is gone: only what the kernel holds is left. After a planned re-exec the
    /// descriptors that were ready are so again, in the order in which they would have been read.
    /// </summary>
    public void Restart(bool planned) =>
        _inputs.RemoveAll(i => !i.InKernel && !(planned && i.ShowsAgain));

    /// <summary>
    /// True when a result that is asked for again waits beside one that recovery finds in its slot:
    /// a re-exec now would change their order.
    /// </summary>
    public bool WouldReorderResults
    {
        get
        {
            bool asked = false;
            bool found = false;
            foreach (Input input in _inputs)
            {
                asked |= input is { IsResult: true, IsAskedAgain: true };
                found |= input is { IsResult: true, IsAskedAgain: false };
            }

            return asked && found;
        }
    }

    /// <summary>True when such an input waits.</summary>
    public bool Has<T>(Predicate<T> which)
        where T : Input
    {
        foreach (Input input in _inputs)
        {
            if (input is T wanted && which(wanted))
                return true;
        }

        return false;
    }

    private void Insert(Input input)
    {
        int at = _inputs.Count;
        while (at > 0 && _inputs[at - 1].Tie > input.Tie)
            at--;
        _inputs.Insert(at, input);
    }
}
