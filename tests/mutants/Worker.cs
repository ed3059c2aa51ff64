using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace InitTx.Mutants.Tests;

/// <summary>
/// Runs in a process of its own, because mutants hang, eat memory and overflow the stack: what it
/// found so far is in its file. A mutant's tests are those that pass it by, the quick ones first.
/// </summary>
internal sealed class Worker(string tests, string assembly, string work)
{
    // A test that takes longer is left out: every mutant that nobody notices would wait for it.
    private const int MostTestMs = 500;
    private const int QuickMs = 20;

    private readonly TestSet _tests = new(Assembly.Load(tests), stop: true);
    private readonly MutantSwitch _switch = MutantSwitch.Find(Assembly.Load(assembly))
        ?? throw new InvalidOperationException($"{assembly} holds no mutants");

    private static TimeSpan Spent => Process.GetCurrentProcess().TotalProcessorTime;

    private string CoverFile => Path.Combine(work, "cover");

    /// <summary>
    /// Writes what static initializers pass by, and a line for each test: its milliseconds of
    /// processor time, what it passes by, its name. Tests that fail as it is, because they have too
    /// few cases here, are named in a file of their own and left out.
    /// </summary>
    public int Cover()
    {
        var all = new TestSet(Assembly.Load(tests), stop: false);
        Dictionary<string, HashSet<int>> passed = [];
        HashSet<int> once = [];
        HashSet<string> leftOut = [];
        _switch.Watch();
        all.FirstFailure(all.Names, (name, failed) =>
        {
            (List<int> here, List<int> inStatic) = _switch.Passed();
            passed.TryAdd(name, []);
            passed[name].UnionWith(here);
            once.UnionWith(inStatic);
            if (failed)
                leftOut.Add(name);
        });

        // A static initializer runs once, wherever that is, and stryker does not know all of them:
        // what one test passes by, or none, is tried with the mutant on from the start.
        foreach (Change change in Change.Read(Path.Combine(work, Change.Report)))
        {
            if (passed.Values.Count(ids => ids.Contains(change.Id)) <= 1)
                once.Add(change.Id);
        }

        // Watching is slow: the time is that without.
        Dictionary<string, double> ms = [];
        TimeSpan before = Spent;
        _switch.TurnOn(-1);
        all.FirstFailure(all.Names, (name, failed) =>
        {
            TimeSpan now = Spent;
            ms[name] = ms.GetValueOrDefault(name) + (now - before).TotalMilliseconds;
            before = now;
            if (failed)
                leftOut.Add(name);
        });
        File.WriteAllLines(Path.Combine(work, "left-out"), leftOut.Select(Escape));
        File.WriteAllText(Path.Combine(work, "static"), string.Join(' ', once));
        File.WriteAllLines(CoverFile, ms.Where(t => !leftOut.Contains(t.Key)).Select(
            t => string.Create(
                CultureInfo.InvariantCulture,
                $"{(int)t.Value}\t{string.Join(' ', passed[t.Key])}\t{Escape(t.Key)}")));
        return 0;
    }

    /// <summary>
    /// Tries mutants; for each, <c>begin ID</c> and then <c>ID noticed TEST</c>, <c>ID hang</c> or
    /// <c>ID survived</c> in the file.
    /// </summary>
    /// <param name="ids">Mutants.</param>
    /// <param name="results">File to append to.</param>
    /// <param name="fresh">The mutant was on from the start; any test may notice it.</param>
    public int Try(IEnumerable<int> ids, string results, bool fresh)
    {
        List<(int Ms, HashSet<int> Passed, string Name)> cover = ReadCover();
        Dictionary<int, string> earlier = Earlier();
        using var file = new StreamWriter(results, append: true) { AutoFlush = true };
        foreach (int id in ids)
        {
            file.WriteLine($"begin {id}");
            List<(int Ms, HashSet<int> Passed, string Name)> chosen =
                cover.FindAll(t => (fresh || t.Passed.Contains(id)) && t.Ms <= MostTestMs);
            if (chosen.Count == 0)
            {
                file.WriteLine($"{id} unrun");
                continue;
            }

            using var limit = Limit(file, id, chosen.Sum(static t => t.Ms));
            if (!fresh)
                _switch.TurnOn(id);
            string? failed = earlier.TryGetValue(id, out string? likely)
                && chosen.Exists(t => t.Name == likely)
                    ? _tests.FirstFailure([likely])
                    : null;
            failed ??= _tests.FirstFailure(
                [.. chosen.Where(static t => t.Ms <= QuickMs).Select(static t => t.Name)]);
            foreach ((_, _, string name) in chosen.Where(static t => t.Ms > QuickMs)
                .OrderBy(static t => t.Ms))
                failed ??= _tests.FirstFailure([name]);
            _switch.TurnOn(fresh ? id : -1);
            lock (file)
                file.WriteLine(failed is null ? $"{id} survived" : $"{id} noticed {failed}");
        }

        return 0;
    }

    // What noticed such a change in campaigns over other sources is asked first: a guess, that
    // costs one test where it is wrong.
    private Dictionary<int, string> Earlier()
    {
        Dictionary<string, string> likely = [];
        string room = Path.GetFileName(work);
        string all = Path.GetFullPath(Path.Combine(work, "..", ".."));
        foreach (string campaign in Directory.GetDirectories(all).Order(StringComparer.Ordinal))
        {
            string folder = Path.Combine(campaign, room);
            if (!File.Exists(Path.Combine(folder, Change.Report)))
                continue;
            var keys = Change.Read(Path.Combine(folder, Change.Report))
                .ToDictionary(static c => c.Id, static c => c.Key);
            foreach (string line in Directory.GetFiles(folder, "results-*")
                .SelectMany(File.ReadAllLines))
            {
                if (line.Split(' ', 3) is [string id, "noticed", string test])
                    likely[keys[int.Parse(id, CultureInfo.InvariantCulture)]] = test;
            }
        }

        Dictionary<int, string> tests = [];
        foreach (Change change in Change.Read(Path.Combine(work, Change.Report)))
        {
            if (likely.TryGetValue(change.Key, out string? test))
                tests[change.Id] = test;
        }

        return tests;
    }

    // Processor time, not time of day: the machine may be busy.
    private static Timer Limit(StreamWriter file, int id, int ms)
    {
        TimeSpan end = Spent + TimeSpan.FromMilliseconds(3000 + (10 * ms));
        return new Timer(
            _ =>
            {
                if (Spent < end)
                    return;
                lock (file)
                {
                    file.WriteLine($"{id} hang");
                    Environment.Exit(3);
                }
            }, null, 500, 500);
    }

    private List<(int Ms, HashSet<int> Passed, string Name)> ReadCover() =>
    [
        .. File.ReadAllLines(CoverFile).Select(static line => line.Split('\t')).Select(
            static parts => (int.Parse(parts[0], CultureInfo.InvariantCulture),
                Numbers(parts[1]), Unescape(parts[2]))),
    ];

    public static HashSet<int> Numbers(string text) =>
    [
        .. text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(static n => int.Parse(n, CultureInfo.InvariantCulture)),
    ];

    // Names hold arguments, which may hold anything.
    private static string Escape(string name) => Uri.EscapeDataString(name);

    private static string Unescape(string name) => Uri.UnescapeDataString(name);
}
