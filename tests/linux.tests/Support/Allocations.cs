namespace InitTx.Linux.Tests.Support;

/// <summary>Bytes that a warmed-up action allocates on the managed heap.</summary>
internal static class Allocations
{
    /// <summary>The least of several rounds: tiering can allocate once on this thread.</summary>
    internal static long Of(Action action)
    {
        long least = long.MaxValue;
        for (int round = 0; round < 50 && least != 0; round++)
        {
            action();
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
