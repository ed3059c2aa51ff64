using InitTx.Oracle.Tests.Compare;
using InitTx.Oracle.Tests.Judge;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Oracle.Tests.Cases;

/// <summary>
/// The unit files that Debian ships, all together on one path as a full system has them: what we
/// make of each against what systemd 252 makes of it, setting by setting and edge by edge.
/// </summary>
public sealed class LoadTests
{
    [Test]
    public void Every_shipped_unit_loads_as_systemd_loads_it()
    {
        List<string> packages = Corpus.Packages();
        using WorkDirectory work = Corpus.Lay(packages);
        List<UnitName> names = work.UnitNames("etc", "lib");
        work.WriteAll("etc/oracle-all.target", names.Select(n => n.Value));
        Dump dump = work.Judge("oracle-all.target", "etc", "lib");
        UnitLoader loader = work.Loader("etc", "lib");
        var comparison = new Comparison($"load, {packages.Count} packages");
        AcceptedList accepted = AcceptedList.Read("load");
        foreach (UnitName name in names)
        {
            UnitDefinition ours = loader.Load(name);
            if (ours.Name == name || !dump.Units.ContainsKey(name.Value))
                comparison.Compare(ours, dump, accepted);
        }

        // Slices and devices have no file: they are there because others name them.
        foreach ((string name, DumpUnit unit) in dump.Units)
        {
            if (unit.LoadState == "loaded" && !dump.MachineMounts.Contains(name)
                && UnitName.TryParse(name, out UnitName other) && !names.Contains(other)
                && name != "oracle-all.target")
                comparison.Compare(loader.Load(other), dump, accepted);
        }

        TestContext.Progress.WriteLine(comparison.Figure);
        Assert.That(comparison.Units, Is.GreaterThan(100));
        Assert.That(
            comparison.Unexplained, Is.Empty, comparison.Summary + "\n" + comparison.Figure);
        Assert.That(accepted.Stale(), Is.Empty, "entries of accepted.txt that explain nothing");
        Assert.That(
            comparison.Explained * 100, Is.LessThanOrEqualTo(comparison.Fields), "above 1 %");
    }

    [Test]
    public void The_list_of_accepted_differences_stays_short() => Assert.That(
        AcceptedList.ReadAll(), Has.Count.LessThanOrEqualTo(AcceptedList.MaxEntries));
}
