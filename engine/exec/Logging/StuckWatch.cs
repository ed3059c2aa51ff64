using InitTx.Linux.Loop;

namespace InitTx.Exec.Logging;

/// <summary>
/// Notices a write to disk that does not return (a dead disk, a hung server) from a thread of its
/// own, since the main one is in it. The thread sleeps without a deadline while nothing is written.
/// </summary>
internal sealed class StuckWatch
{
    private const int LookMs = 5_000;
    private const long StuckUs = 10_000_000;

    private readonly AutoResetEvent _work = new(false);
    private readonly Action _stuck;
    private long _sinceUs;
    private int _parked = 1;

    /// <param name="stuck">Called once, on the watching thread.</param>
    public StuckWatch(Action stuck)
    {
        _stuck = stuck;
        new Thread(Watch, 64 * 1024) { IsBackground = true, Name = "stuck-watch" }.Start();
    }

    /// <summary>A write begins.</summary>
    public void Enter()
    {
        Volatile.Write(ref _sinceUs, MonotonicClock.BootTimeUs());
        if (Interlocked.Exchange(ref _parked, 0) == 1)
            _work.Set();
    }

    /// <summary>It has returned.</summary>
    public void Leave() => Volatile.Write(ref _sinceUs, 0);

    private void Watch()
    {
        while (true)
        {
            _work.WaitOne();
            while (Volatile.Read(ref _parked) == 0)
            {
                Thread.Sleep(LookMs);
                long since = Volatile.Read(ref _sinceUs);
                if (since != 0 && MonotonicClock.BootTimeUs() - since > StuckUs)
                {
                    _stuck();
                    return;
                }

                if (since == 0)
                    Volatile.Write(ref _parked, 1);
            }
        }
    }
}
