using System.Text;
using InitTx.Oracle.Tests.Compare;
using InitTx.Oracle.Tests.Judge;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Oracle.Tests.Cases;

/// <summary>
/// Random trees in which systemd has no choice: settings, dependencies, jobs and orders of a start
/// must be the same. A hundred trees go into one run of systemd.
/// </summary>
public sealed class GeneratedTests
{
    private const int AtOnce = 100;
    private static readonly int Seed = SystemdRoot.Setting("INITX_SEED", 1);
    private static readonly int Trees =
        SystemdRoot.Setting("INITX_ORACLE_TREES", Corpus.IsNightly ? 10_000 : 1000);

    [Test]
    public void A_random_tree_loads_and_starts_as_in_systemd()
    {
        var comparison = new Comparison($"{Trees} generated trees");
        AcceptedList accepted = AcceptedList.Read("trees");
        var texts = new StringBuilder();
        for (int first = 0; first < Trees && texts.Length < 10_000; first += AtOnce)
            Round(first, Math.Min(AtOnce, Trees - first), comparison, accepted, texts);
        TestContext.Progress.WriteLine(comparison.Figure);
        Assert.That(comparison.Unexplained, Is.Empty,
            $"INITX_SEED={Seed} ./test oracle\n{comparison.Summary}\n{texts}");
        Assert.That(accepted.Stale(), Is.Empty, "entries of accepted.txt that explain nothing");
        Assert.That(comparison.Jobs, Is.GreaterThan(Trees));
        Assert.That(comparison.Edges, Is.GreaterThan(Trees));
    }

    private static void Round(
        int first, int count, Comparison comparison, AcceptedList accepted, StringBuilder texts)
    {
        using var work = new WorkDirectory();
        TreeGenerator.WriteSpecial(work);

        var random = new Random(unchecked((Seed * 1_000_003) + first));
        var generator = new TreeGenerator(work, random);
        List<string> roots = [];
        for (int i = 0; i < count; i++)
            roots.Add(generator.Write(first + i));
        work.WriteAll("t/oracle-all.target", roots);
        Dump dump = work.Judge("oracle-all.target", "t");
        UnitLoader loader = work.Loader("t");
        Plans.Ordered plan = Plans.Start(loader, "oracle-all.target");
        foreach (string root in roots)
        {
            string prefix = root[..root.IndexOf("root", StringComparison.Ordinal)];
            int before = comparison.Differing;
            foreach (string name in dump.Units.Keys)
            {
                if (!name.StartsWith(prefix, StringComparison.Ordinal))
                    continue;
                UnitDefinition ours = loader.Load(UnitName.Parse(name));
                comparison.Compare(ours, dump, accepted);
            }

            comparison.CompareJobs(prefix, Plans.Of(plan.Jobs, prefix),
                [Plans.Of(Plans.Jobs(dump), prefix)], edges: false, accepted);
            comparison.CompareJobs(prefix, Plans.Of(plan.Edges, prefix),
                [Plans.Of(dump.Edges(), prefix)], edges: true, accepted);
            if (comparison.Differing > before && texts.Length < 10_000)
                Show(work, prefix, texts);
        }
    }

    private static void Show(WorkDirectory work, string prefix, StringBuilder texts)
    {
        foreach (string file in Directory.EnumerateFiles($"{work.Path}/t", prefix + "*",
            SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string? link = new FileInfo(file).LinkTarget;
            texts.Append("--- ").Append(Path.GetRelativePath($"{work.Path}/t", file))
                .Append(link is null ? "" : $" -> {link}").Append('\n')
                .Append(link is null ? File.ReadAllText(file) : "");
        }
    }
}
