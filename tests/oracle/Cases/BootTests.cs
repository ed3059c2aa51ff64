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
    private const string Goal = "multi-user.target";
    private static readonly int Runs = Corpus.IsNightly ? 20 : 6;

    [Test]
    public void The_boot_has_the_jobs_and_orders_that_systemd_gives_it()
    {
        using WorkDirectory work = Boot();
        List<Dump> runs = [];
        for (int i = 0; i < Runs; i++)
            runs.Add(Dump.Of(work.Path, Path(work), Goal));
        UnitLoader loader = Loader(work.Path);
        var comparison = new Comparison("whole boot");
        AcceptedList accepted = AcceptedList.Read("boot");
        foreach (string name in runs[0].Units.Keys)
        {
            if (runs[0].MachineMounts.Contains(name) || !UnitName.TryParse(name, out UnitName unit))
                continue;
            UnitDefinition ours = loader.Load(unit);
            if (ours.LoadState != UnitLoadState.NotFound
                || runs[0].Units[name].LoadState != "not-found")
                comparison.Compare(ours, runs[0], accepted);
        }

        Plans.Ordered plan = Plans.Start(loader, Goal);
        comparison.CompareJobs(Goal, plan.Jobs, [.. runs.Select(Plans.Jobs)], edges: false,
            accepted);
        comparison.CompareJobs(Goal, plan.Edges, [.. runs.Select(r => r.Edges())], edges: true,
            accepted);
        TestContext.Progress.WriteLine(comparison.Figure);
        Assert.That(comparison.Unexplained, Is.Empty, comparison.Summary);
        Assert.That(accepted.Stale(), Is.Empty, "entries of accepted.txt that explain nothing");
        Assert.That(comparison.Jobs, Is.GreaterThan(100));
    }

    // Both folders below "root", as on a system: links are absolute there.
    private static WorkDirectory Boot()
    {
        List<string> packages = Corpus.Packages();
        string cache = SystemdRoot.Packages(packages);
        var work = new WorkDirectory();
        Directory.CreateDirectory(System.IO.Path.Combine(work.Path, "etc/systemd/system"));
        foreach (string package in packages)
        {
            foreach ((string from, string to) in new[]
            {
                ("lib", "usr/lib/systemd/system"), ("etc", "etc/systemd/system"),
            })
            {
                string source = System.IO.Path.Combine(cache, package, from);
                if (Directory.Exists(source))
                    work.Lay(source, to);
            }
        }

        // Presets of Debian; a few units cannot be preset, which systemctl says and goes on.
        work.Lay(System.IO.Path.Combine(SystemdRoot.Path, "usr/lib/systemd/system-preset"),
            "usr/lib/systemd/system-preset");
        Said said = SystemdRoot.RunAsRoot(
            work.Path, ["systemctl", $"--root={work.Path}", "preset-all"]);
        Assert.That(said.Messages.Split("Created symlink"), Has.Length.GreaterThan(30),
            said.Messages);
        PointInside(work.Path, System.IO.Path.Combine(work.Path, "etc/systemd/system"));
        return work;
    }

    // What systemctl wrote for the root leads to /usr/lib and /etc of it.
    private static void PointInside(string root, string folder)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries(
            folder, "*", SearchOption.AllDirectories))
        {
            if (new FileInfo(entry).LinkTarget is not { } link || !link.StartsWith('/')
                || link == "/dev/null" || link.StartsWith(root, StringComparison.Ordinal))
                continue;
            string to = link.StartsWith("/lib/", StringComparison.Ordinal) ? "/usr" + link : link;
            File.Delete(entry);
            File.CreateSymbolicLink(entry, root + to);
        }
    }

    private static string[] Path(WorkDirectory work) =>
    [
        $"{work.Path}/etc/systemd/system", $"{work.Path}/usr/lib/systemd/system",
    ];

    private static UnitLoader Loader(string root) => new(
        DirectoryUnitSource.Read(
            [$"{root}/etc/systemd/system", $"{root}/usr/lib/systemd/system"], LoadLimits.Default),
        SystemdRoot.Facts(), LoadLimits.Default);
}
