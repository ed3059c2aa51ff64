using InitTx.Core;
using InitTx.Linux.Loop;
using InitTx.Linux.Processes;

namespace InitTx.Init.Processes;

/// <summary>
/// Children that stood between clone and exec when the manager crashed: nobody holds the other end
/// of their status pipes any more, and nothing else in the kernel announces an execve. So each is
/// looked at until it has executed or ended, at once and then at growing intervals: most are
/// microseconds from it, one on a dead disk may stay there for ever.
/// </summary>
internal sealed class ExecWatch(EventQueue queue, ProcFs proc)
{
    private const long FirstUs = 2_000;
    private const long LongestUs = 1_000_000;

    private readonly Dictionary<int, SpawnToken> _pending = [];
    private readonly List<int> _over = [];
    private long _intervalUs = FirstUs;

    /// <summary>When to look next, CLOCK_BOOTTIME microseconds; long.MaxValue for never.</summary>
    public long NextDeadlineUs { get; private set; } = long.MaxValue;

    /// <summary>Nobody is waited for.</summary>
    public bool IsEmpty => _pending.Count == 0;

    public void Add(int pid, SpawnToken token)
    {
        _pending[pid] = token;
        _intervalUs = FirstUs;
        NextDeadlineUs = MonotonicClock.BootTimeUs() + FirstUs;
    }

    /// <summary>It has ended; whether it had executed before is told now.</summary>
    public void OnEnded(int pid)
    {
        if (!_pending.Remove(pid, out SpawnToken token))
            return;
        if (Execution.Of(proc, pid) == true)
            queue.Post(new EngineEvent.Executed(token));
        if (_pending.Count == 0)
            NextDeadlineUs = long.MaxValue;
    }

    public void OnTime(long nowUs)
    {
        if (nowUs < NextDeadlineUs)
            return;
        foreach ((int pid, SpawnToken token) in _pending)
        {
            if (Execution.Of(proc, pid) is not { } executed)
            {
                _over.Add(pid);
            }
            else if (executed)
            {
                _over.Add(pid);
                queue.Post(new EngineEvent.Executed(token));
            }
        }

        foreach (int pid in _over)
            _pending.Remove(pid);
        _over.Clear();
        _intervalUs = Math.Min(2 * _intervalUs, LongestUs);
        NextDeadlineUs = _pending.Count == 0 ? long.MaxValue : nowUs + _intervalUs;
    }
}
