using InitTx.Oracle.Tests.Compare;
using InitTx.Oracle.Tests.Judge;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Oracle.Tests.Cases;

/// <summary>
/// A whole boot: the packages' units, enabled as their presets say (systemctl itself makes the
/// links), started by multi-user.target. systemd breaks conflicts as its hash tables fall, so it is
/// asked several times: what it does always we do, what we do it has done.
/// </summary>
public sealed class BootTests
{
    private static readonly int Runs = Corpus.IsNightly ? 20 : 6;

    [Test]
    public void The_boot_has_the_jobs_and_orders_that_systemd_gives_it()
    {
        using WorkDirectory work = BootTree.Make();
        List<Dump> runs = [];
        for (int i = 0; i < Runs; i++)
            runs.Add(Dump.Of(work.Path, BootTree.Folders(work), BootTree.Goal));
        UnitLoader loader = BootTree.Loader(work.Path);
        var comparison = new Comparison("whole boot");
        AcceptedList accepted = AcceptedList.Read("boot");
        foreach (string name in runs[0].Units.Keys)
        {
            if (runs[0].MachineMounts.Contains(name)
                || !UnitName.TryParse(name, out UnitName unit))
                continue;
            UnitDefinition ours = loader.Load(unit);
            if (ours.LoadState != UnitLoadState.NotFound
                || runs[0].Units[name].LoadState != "not-found")
                comparison.Compare(ours, runs[0], accepted);
        }

        Plans.Ordered plan = Plans.Start(loader, BootTree.Goal);
        comparison.CompareJobs(BootTree.Goal, plan.Jobs, [.. runs.Select(Plans.Jobs)], edges: false,
            accepted);
        comparison.CompareJobs(BootTree.Goal, plan.Edges,
            [.. runs.Select(r => r.Edges())],
            edges: true, accepted);
        TestContext.Progress.WriteLine(comparison.Figure);
        Assert.That(comparison.Unexplained, Is.Empty, comparison.Summary);
        Assert.That(accepted.Stale(), Is.Empty, "entries of accepted.txt that explain nothing");
        Assert.That(comparison.Jobs, Is.GreaterThan(100));
    }
}
