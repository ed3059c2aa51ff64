using System.Diagnostics;
using System.Globalization;

namespace InitTx.Mutants.Tests;

/// <summary>
/// Tries the mutants of one assembly by workers, in an order drawn once and for all, and sums up.
/// What is known is kept in the folder: a campaign that was stopped goes on with the mutants that
/// are left, and until then what was tried is a random sample of all.
/// </summary>
internal sealed class Campaign(
    string tests, string assembly, string work, int jobs, DateTime end)
{
    private const int AtOnce = 100;

    private readonly Dictionary<int, string> _fates = [];

    /// <summary>How many there are, were tried, and were noticed.</summary>
    public (int All, int Tried, int Noticed) Run()
    {
        List<Change> changes = Change.Read(Path.Combine(work, Change.Report));
        if (!File.Exists(Path.Combine(work, "cover")))
            WaitFor(Start(["cover", tests, assembly, work], []));
        Change[] order = [.. changes];
        new Random(1).Shuffle(order);
        HashSet<int> once = Worker.Numbers(File.ReadAllText(Path.Combine(work, "static")));
        List<Thread> threads = [];
        for (int job = 0; job < jobs; job++)
        {
            int number = job;
            string results = Path.Combine(work, $"results-{number}");
            List<int> ids = [.. order.Where((_, i) => i % jobs == number).Select(c => c.Id)];
            var thread = new Thread(() => TryAll(ids, once, results));
            thread.Start();
            threads.Add(thread);
        }

        threads.ForEach(static t => t.Join());
        return Report(changes);
    }

    private void TryAll(List<int> ids, HashSet<int> once, string results)
    {
        // In slices of the order, so that what has been tried is its beginning whenever it ends.
        foreach (int[] slice in ids.Chunk(AtOnce))
        {
            while (DateTime.UtcNow < end
                && Left(slice, results).FindAll(id => !once.Contains(id)) is { Count: > 0 } left)
                Try(left, results, fresh: false);
            foreach (int id in Left(slice, results).Where(once.Contains))
            {
                if (DateTime.UtcNow < end)
                    Try([id], results, fresh: true);
            }
        }

        foreach ((int id, string fate) in Known(results))
        {
            lock (_fates)
                _fates[id] = fate;
        }
    }

    private static List<int> Left(int[] ids, string results)
    {
        Dictionary<int, string> known = Known(results);
        return [.. ids.Where(id => !known.ContainsKey(id))];
    }

    private void Try(List<int> ids, string results, bool fresh)
    {
        Dictionary<string, string> environment = fresh
            ? new()
            {
                ["STRYKER_MUTANT_ID_CONTROL_VAR"] = "INITX_MUTANT",
                ["INITX_MUTANT"] = ids[0].ToString(CultureInfo.InvariantCulture),
            }
            : [];
        using Process process = Start(
            ["try", tests, assembly, work, results, fresh ? "fresh" : "one",
                .. ids.Select(static id => id.ToString(CultureInfo.InvariantCulture))],
            environment);
        process.WaitForExit();

        // A mutant that ended the process, by its stack or its memory, was noticed.
        string last = File.Exists(results) ? File.ReadLines(results).LastOrDefault("") : "";
        if (last.StartsWith("begin ", StringComparison.Ordinal))
            File.AppendAllText(results, $"{last["begin ".Length..]} crash\n");
        else if (last.Length == 0)
            throw new InvalidOperationException($"a worker ended with {process.ExitCode}");
    }

    private static Dictionary<int, string> Known(string results)
    {
        Dictionary<int, string> known = [];
        foreach (string line in File.Exists(results) ? File.ReadAllLines(results) : [])
        {
            string[] parts = line.Split(' ', 3);
            if (parts[0] != "begin")
                known.TryAdd(int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1]);
        }

        return known;
    }

    private (int All, int Tried, int Noticed) Report(List<Change> changes)
    {
        List<Change> tried = changes.FindAll(c => _fates.ContainsKey(c.Id));
        int noticed = 0;
        foreach (string name in File.ReadAllLines(Path.Combine(work, "left-out")))
            Console.WriteLine(
                $"figure: left out, fails here as it is: {Uri.UnescapeDataString(name)}");
        foreach (IGrouping<string, Change> file in tried.GroupBy(static c => c.File)
            .OrderBy(static f => f.Key, StringComparer.Ordinal))
        {
            int of = file.Count(), good = file.Count(c => IsNoticed(_fates[c.Id]));
            noticed += good;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"figure: {file.Key}: {good} of {of} changes noticed, {100.0 * good / of:F1} %"));
        }

        foreach (Change change in tried.Where(c => !IsNoticed(_fates[c.Id]))
            .OrderBy(static c => c.File, StringComparer.Ordinal).ThenBy(static c => c.Line))
            Console.WriteLine($"figure: {_fates[change.Id]}: {change}");
        return (changes.Count, tried.Count, noticed);
    }

    private static bool IsNoticed(string fate) => fate is "noticed" or "hang" or "crash";

    private static void WaitFor(Process process)
    {
        using (process)
        {
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"a worker ended with {process.ExitCode}");
        }
    }

    private static Process Start(List<string> arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = false,
        };
        foreach (string argument in (string[])
            ["exec", Path.Combine(AppContext.BaseDirectory, "InitTx.Mutants.Tests.dll"),
                .. arguments])
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;

        // A mutant that asks for ever more memory is not to take the machine's.
        start.Environment["DOTNET_GCHeapHardLimit"] = "0x60000000";
        start.Environment["DOTNET_gcServer"] = "0";
        return Process.Start(start)!;
    }
}
