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
    private const int MostTestMs = 3000;
    private const int QuickMs = 20;

    private readonly TestSet _tests = new(Assembly.Load(tests));
    private readonly MutantSwitch _switch = MutantSwitch.Find(Assembly.Load(assembly))
        ?? throw new InvalidOperationException($"{assembly} holds no mutants");

    private static TimeSpan Spent => Process.GetCurrentProcess().TotalProcessorTime;

    private string CoverFile => Path.Combine(work, "cover");

    /// <summary>
    /// Runs each test by itself and writes a line for it: its milliseconds of processor time,
    /// what it passes by, its name.
    /// </summary>
    public int Cover()
    {
        _switch.TurnOn(-1);
        if (_tests.FirstFailure(_tests.Names) is { } failed)
        {
            Console.Error.WriteLine($"{failed} fails without any mutant");
            return 1;
        }

        // Static initializers have run by now, unwatched: a second process watches them.
        List<string> lines = [];
        foreach (string name in _tests.Names)
        {
            // Watching is slow: the time is that without.
            _switch.TurnOn(-1);
            TimeSpan before = Spent;
            _tests.FirstFailure([name]);
            int ms = (int)(Spent - before).TotalMilliseconds;
            _switch.Watch();
            _tests.FirstFailure([name]);
            lines.Add($"{ms}\t{string.Join(' ', _switch.Passed().All)}\t{Escape(name)}");
        }

        File.WriteAllLines(CoverFile, lines);
        return 0;
    }

    /// <summary>Watches static initializers, which run once in a process.</summary>
    public int CoverStatic()
    {
        _switch.Watch();
        _tests.FirstFailure(_tests.Names);
        File.WriteAllText(
            Path.Combine(work, "static"), string.Join(' ', _switch.Passed().Static));
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
            string? failed = _tests.FirstFailure(
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
