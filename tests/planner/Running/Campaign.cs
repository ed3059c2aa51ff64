using System.Diagnostics;

namespace InitTx.PlannerCheck.Running;

/// <summary>Runs numbered blocks on all processors and adds up what they came to.</summary>
internal static class Campaign
{
    /// <param name="run">Runs one block for a worker; each thread has its own worker.</param>
    public static Tally Run(int blocks, int threads, bool plantsFault, Action<Worker, int> run)
    {
        int next = -1;
        var sum = new Tally();
        var all = new Thread[threads];
        for (int i = 0; i < threads; i++)
        {
            all[i] = new Thread(() =>
            {
                var tally = new Tally();
                var worker = new Worker(tally, plantsFault);
                for (int block; (block = Interlocked.Increment(ref next)) < blocks;)
                    run(worker, block);
                lock (sum)
                    sum.Add(tally);
            });
            all[i].Start();
        }

        foreach (Thread thread in all)
            thread.Join();
        return sum;
    }

    /// <summary>Runs and reports one kind of scenario; true when nothing differed.</summary>
    public static bool Report(string name, int blocks, int threads, Action<Worker, int> run)
    {
        var clock = Stopwatch.StartNew();
        Tally tally = Run(blocks, threads, plantsFault: false, run);
        Console.WriteLine(FormattableString.Invariant(
            $"figure: {name}: {tally.Graphs:N0} graphs, {tally.Plans:N0} plans, ")
            + FormattableString.Invariant(
            $"{tally.Differences:N0} differences; {tally.Refused:N0} refused, ")
            + FormattableString.Invariant(
            $"{tally.Choices:N0} where the rules leave a choice, {tally.Orders:N0} orders, ")
            + FormattableString.Invariant(
            $"{tally.Loadings:N0} loaded backwards; {clock.Elapsed.TotalSeconds:F0} s"));
        foreach (string line in tally.Shown)
            Console.WriteLine("  " + line);
        return tally.Differences == 0;
    }
}
