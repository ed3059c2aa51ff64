using System.Globalization;
using InitTx.Oracle.Tests.Cases;
using InitTx.Oracle.Tests.Compare;
using InitTx.Oracle.Tests.Judge;

namespace InitTx.Oracle.Tests.Running;

/// <summary>
/// The same small units under systemd and under InitTx as PID 1: states, results, exit codes,
/// order, and what a process sees of itself. A part in CI, drawn by the seed; all in the larger
/// tiers.
/// </summary>
public sealed class RunTests
{
    private const int FewestInCi = 40;

    [Test]
    public void Units_run_as_under_systemd()
    {
        int seed = SystemdRoot.Setting("INITX_SEED", 1);
        string? only = Environment.GetEnvironmentVariable("INITX_RUN_CASES");
        IReadOnlyList<RunCase> cases = only is not null
            ? [.. RunCases.All.Where(c => Matches(c.Name, only))]
            : Corpus.IsNightly ? RunCases.All : RunCases.Sample(FewestInCi, seed);
        Assert.That(cases, Is.Not.Empty, "no case has such a name");
        using var room = new RunRoom(cases);
        Dictionary<string, string[]> theirs = room.Run(systemd: true);
        Dictionary<string, string[]> ours = room.Run(systemd: false);
        AcceptedList accepted = AcceptedList.Read("run");
        List<string> differences = [];
        int lines = 0;
        int accounted = 0;
        foreach (RunCase one in cases)
        {
            lines += theirs[one.Name].Length;
            List<string> found = [];
            foreach ((string mine, string judge) in Differences(ours[one.Name], theirs[one.Name]))
            {
                if (accepted.Explains(one.Name, Field(mine, judge), mine, judge))
                    accounted++;
                else
                    found.Add($"  systemd: {judge}\n  initx:   {mine}");
            }

            if (found.Count > 0)
                differences.Add($"{one.Name}\n{string.Join('\n', found)}");
        }

        string figure = string.Create(
            CultureInfo.InvariantCulture,
            $"figure: {cases.Count} small units run under both managers, {lines} lines compared, "
            + $"{accounted} differ by the list, {differences.Count} units unexplained");
        TestContext.Progress.WriteLine(figure);
        TestContext.Out.WriteLine(figure);
        Assert.That(differences, Is.Empty, () => string.Join("\n", differences));
        if (Corpus.IsNightly)
            Assert.That(accepted.Stale(), Is.Empty, "entries of accepted.txt that explain nothing");
    }

    [Test]
    public void Names_of_cases_are_unique_and_fit_into_unit_names()
    {
        Assert.That(RunCases.All.Select(c => c.Name), Is.Unique);
        Assert.That(RunCases.All, Has.Count.GreaterThanOrEqualTo(200));
        foreach (RunCase one in RunCases.All)
            Assert.That(one.Name, Does.Match("^[A-Za-z0-9-]{1,60}$"));
    }

    // What the line is about, for accepted.txt: `systemctl VERB`, `told: WORD`, `state` of a unit.
    private static string Field(string mine, string judge)
    {
        string line = judge.Length > 0 ? judge : mine;
        if (line.StartsWith("systemctl ", StringComparison.Ordinal))
            return string.Join(' ', line.Split(' ').Take(2));
        if (line.Contains(": ActiveState=", StringComparison.Ordinal))
            return "state";
        int end = line.StartsWith("told: ", StringComparison.Ordinal)
            ? line.IndexOf(':', 6) : line.IndexOfAny([':', '=']);
        return end > 0 ? line[..end] : line;
    }

    private static bool Matches(string name, string only) => only.Split(',').Any(
        part => name.StartsWith(part, StringComparison.Ordinal));

    // Lines are paired by the longest common subsequence; the rest pairs up in order.
    private static IEnumerable<(string Mine, string Judge)> Differences(
        string[] ours, string[] theirs)
    {
        int[,] common = new int[ours.Length + 1, theirs.Length + 1];
        for (int i = ours.Length - 1; i >= 0; i--)
        {
            for (int j = theirs.Length - 1; j >= 0; j--)
            {
                common[i, j] = ours[i] == theirs[j]
                    ? common[i + 1, j + 1] + 1
                    : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        Queue<string> mine = [];
        Queue<string> judge = [];
        for ((int i, int j) = (0, 0); i < ours.Length || j < theirs.Length;)
        {
            if (i < ours.Length && j < theirs.Length && ours[i] == theirs[j])
            {
                foreach ((string, string) pair in Pairs(mine, judge))
                    yield return pair;
                (i, j) = (i + 1, j + 1);
            }
            else if (j == theirs.Length
                || (i < ours.Length && common[i + 1, j] >= common[i, j + 1]))
            {
                mine.Enqueue(ours[i++]);
            }
            else
            {
                judge.Enqueue(theirs[j++]);
            }
        }

        foreach ((string, string) pair in Pairs(mine, judge))
            yield return pair;
    }

    private static IEnumerable<(string Mine, string Judge)> Pairs(
        Queue<string> mine, Queue<string> judge)
    {
        while (mine.Count > 0 || judge.Count > 0)
        {
            yield return (
                mine.TryDequeue(out string? a) ? a : "", judge.TryDequeue(out string? b) ? b : "");
        }
    }
}
