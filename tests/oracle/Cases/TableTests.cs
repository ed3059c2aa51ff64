using System.Text;
using InitTx.Oracle.Tests.Compare;
using InitTx.Oracle.Tests.Judge;
using InitTx.Units.Model;
using InitTx.Units.Tests.Loading;

namespace InitTx.Oracle.Tests.Cases;

/// <summary>
/// The conformance table: hundreds of single texts, each what a unit file must mean and why
/// imitators get it wrong. systemd reads all of them in one run: every text is a unit of its own
/// name, so the ones whose meaning depends on the name "s" are given one by one.
/// </summary>
public sealed class TableTests
{
    [Test]
    public void A_unit_text_means_what_systemd_takes_it_to_mean()
    {
        string[] texts = [.. Conformance.Cases.Select(c => c.Text)
            .Concat(TypeTable.Cases.Where(c => c.Type == "service").Select(c => c.Text))
            .Distinct()];
        using var work = new WorkDirectory();
        for (int i = 0; i < texts.Length; i++)
            work.Write($"t/s{i}.service", texts[i]);
        Compare(work, [.. texts.Select((_, i) => $"s{i}.service")], "table");
    }

    [Test]
    public void A_text_of_every_other_type_means_what_systemd_takes_it_to_mean()
    {
        using var work = new WorkDirectory();
        List<string> names = [];
        foreach ((string type, string name, string text) in TypeTable.Cases)
        {
            if (type == "service")
                continue;
            work.Write($"t/{name}.{type}", text);
            names.Add($"{name}.{type}");
        }

        Compare(work, names, "table of types");
    }

    private static void Compare(WorkDirectory work, List<string> names, string what)
    {
        work.WriteAll("t/oracle-all.target", names);
        Dump dump = work.Judge("oracle-all.target", "t");
        var loader = work.Loader("t");
        var comparison = new Comparison(what);
        AcceptedList accepted = AcceptedList.Read("table");
        var texts = new StringBuilder();
        foreach (string name in names)
        {
            int before = comparison.Differing;
            comparison.Compare(loader.Load(UnitName.Parse(name)), dump, accepted);
            if (comparison.Differing > before)
            {
                string text = File.ReadAllText($"{work.Path}/t/{name}");
                texts.Append("--- ").Append(name).Append('\n')
                    .Append(text.Length > 400 ? text[..400] : text).Append('\n');
            }
        }

        TestContext.Progress.WriteLine(comparison.Figure);
        Assert.That(comparison.Units, Is.GreaterThanOrEqualTo(names.Count - 1));
        Assert.That(comparison.Unexplained, Is.Empty,
            $"{comparison.Summary}\n{texts}\n{dump.Messages}");
    }
}
