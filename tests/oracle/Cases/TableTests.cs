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
        Compare(work, [.. texts.Select((_, i) => $"s{i}.service")], "table",
            "table");
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

        Compare(work, names, "table of types", "types");
    }

    // "/path/x.service:3: ..." is how systemd, and systemd-analyze verify, name a line.
    private static Dictionary<string, SortedSet<string>> Warned(string messages)
    {
        Dictionary<string, SortedSet<string>> warned = new(StringComparer.Ordinal);
        foreach (string message in messages.Split('\n'))
        {
            string[] parts = message.Split(':', 3);
            if (parts.Length < 3 || !int.TryParse(parts[1], out int line))
                continue;
            if (!warned.TryGetValue(parts[0], out SortedSet<string>? lines))
                warned.Add(parts[0], lines = new(StringComparer.Ordinal));
            lines.Add($"line {line}");
        }

        return warned;
    }

    private static void Compare(WorkDirectory work, List<string> names, string what, string list)
    {
        work.WriteAll("t/oracle-all.target", names);
        Dump dump = work.Judge("oracle-all.target", "t");
        var loader = work.Loader("t");
        var comparison = new Comparison(what);
        AcceptedList accepted = AcceptedList.Read(list);
        var texts = new StringBuilder();
        Dictionary<string, SortedSet<string>> warned = Warned(dump.Messages);
        foreach (string name in names)
        {
            int before = comparison.Differing;
            UnitDefinition ours = loader.Load(UnitName.Parse(name));
            comparison.Compare(ours, dump, accepted);
            var lines = new SortedSet<string>(ours.Diagnostics.Where(d => d.Location.Line > 0)
                .Select(d => $"line {d.Location.Line}"), StringComparer.Ordinal);
            comparison.Record(accepted, name, "warnings", lines,
                warned.GetValueOrDefault($"{work.Path}/t/{name}", []));
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
        Assert.That(accepted.Stale(), Is.Empty, "entries of accepted.txt that explain nothing");
        Assert.That(comparison.Explained * 100, Is.LessThanOrEqualTo(comparison.Fields));
    }
}
