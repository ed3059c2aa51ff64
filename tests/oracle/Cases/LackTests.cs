using InitTx.Oracle.Tests.Compare;
using InitTx.Oracle.Tests.Judge;
using InitTx.Units.Loading;

namespace InitTx.Oracle.Tests.Cases;

/// <summary>
/// What is only wanted and requires what cannot be started: systemd starts it all the same, and
/// gives up on whatever it would have looked at after that requirement (decision 0013). It looks at
/// requirements as its hash tables fall, so it is asked several times, and again while no answer
/// of its own was like ours: five answers are alike by chance once in thirty runs.
/// </summary>
public sealed class LackTests
{
    private const int MostRuns = 60;

    private static readonly int Runs = Corpus.IsNightly ? 20 : 5;

    private static readonly (string Name, string Unit)[] Cases =
    [
        ("requires", "Requires=missing.service"),
        ("binds", "BindsTo=missing.service\nAfter=missing.service"),
        ("requisite", "Requisite=missing.service\nWants=requisite-wanted.service"),
        ("requisite-wanted", ""),
        ("bad-setting", "Requires=bad.service"),
        ("masked", "Requires=masked.service"),
        ("wants", "Requires=missing.service\nWants=wants-a.service\nUpholds=wants-b.service"),
        ("wants-a", ""), ("wants-b", ""),
        ("chain", "Requires=chain-a.service\nAfter=chain-a.service"),
        ("chain-a", "Requires=chain-b.service"), ("chain-b", "BindsTo=missing.service"),
        ("some", "Requires=some-a.service missing.service"), ("some-a", ""),
        ("checks", "Requisite=checks-a.service"), ("checks-a", "Requires=missing.service"),
        ("ordered", "Requires=missing.service\nBefore=ordered-a.service"), ("ordered-a", ""),
        ("mount", "RequiresMountsFor=/nowhere/at/all"),
    ];

    [Test]
    public void What_is_only_wanted_starts_without_a_requirement_that_is_missing()
    {
        using var work = new WorkDirectory();
        TreeGenerator.WriteSpecial(work);
        foreach ((string name, string unit) in Cases)
            work.Write($"t/{name}.service", $"[Unit]\n{unit}\n[Service]\nExecStart=/bin/true\n");
        work.Write("t/bad.service", "[Service]\nRestart=always\n");
        work.Link("t/masked.service", "/dev/null");
        List<string> roots = [];
        foreach ((string name, _) in Cases.Where(c => !IsPart(c.Name)))
        {
            roots.Add($"root-{name}.target");
            work.WriteAll($"t/root-{name}.target",
                name == "ordered" ? [$"{name}.service", $"{name}-a.service"] : [$"{name}.service"]);
        }

        UnitLoader loader = work.Loader("t");
        var comparison = new Comparison("missing requirements");
        AcceptedList accepted = AcceptedList.Read("lack");
        foreach (string root in roots)
        {
            Plans.Ordered plan = Plans.Start(loader, root);
            List<Dump> runs = [];
            while (runs.Count < Runs || (runs.Count < MostRuns && !IsAmong(plan, runs)))
                runs.Add(work.Judge(root, "t"));
            comparison.CompareJobs(
                root, plan.Jobs, [.. runs.Select(Plans.Jobs)], edges: false, accepted);
            comparison.CompareJobs(
                root, plan.Edges, [.. runs.Select(r => r.Edges())], edges: true, accepted);
        }

        TestContext.Progress.WriteLine(comparison.Figure);
        Assert.That(comparison.Unexplained, Is.Empty);
        Assert.That(comparison.Jobs, Is.GreaterThan(2 * roots.Count));
        Assert.That(accepted.Stale(), Is.Empty, "entries of accepted.txt that explain nothing");
    }

    private static bool IsAmong(Plans.Ordered plan, List<Dump> runs) =>
        Comparison.IsAmong(plan.Jobs, [.. runs.Select(Plans.Jobs)])
        && Comparison.IsAmong(plan.Edges, [.. runs.Select(r => r.Edges())]);

    // Wanted by another case alone.
    private static bool IsPart(string name) =>
        Cases.Any(c => name.StartsWith(c.Name + "-", StringComparison.Ordinal));
}
