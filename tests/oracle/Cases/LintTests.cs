using System.Text.Json;
using InitTx.Oracle.Tests.Compare;
using InitTx.Oracle.Tests.Judge;

namespace InitTx.Oracle.Tests.Cases;

/// <summary>
/// <c>initx lint</c> on what Debian ships: of each unit it names every directive that is not
/// honoured, where it stands, and nothing else. Which files a unit is made of is systemd's answer;
/// what is honoured is the published table's.
/// </summary>
public sealed class LintTests
{
    [Test]
    public void Lint_names_what_is_not_honoured_in_a_shipped_unit_and_nothing_else()
    {
        using WorkDirectory work = Corpus.Lay(Corpus.Packages());
        List<string> names = [.. work.UnitNames("etc", "lib").Select(static n => n.Value)];
        work.WriteAll("etc/oracle-all.target", names);
        Dump dump = work.Judge("oracle-all.target", "etc", "lib");
        var table = PublishedTable.Read();
        List<JsonElement> answers = Initx.Lines(Initx.Run(
            ["--json", "lint", $"--unit-path={work.Path}/etc:{work.Path}/lib", .. names],
            0, 1).Output);

        int named = 0;
        HashSet<string> units = new(StringComparer.Ordinal);
        List<string> wrong = [];
        foreach (JsonElement answer in answers)
        {
            string unit = answer.GetProperty("unit").GetString()!;
            if (!dump.Units.TryGetValue(unit, out DumpUnit? judged)
                || judged.One("Fragment Path") is not { } main || !File.Exists(main)
                || judged.LoadState == "masked" || !units.Add(unit))
                continue;
            SortedSet<string> ours = Named(answer, [main, .. judged.All("DropIn Path")], wrong);
            SortedSet<string> expected = Expected([main, .. judged.All("DropIn Path")], table);
            named += expected.Count;
            wrong.AddRange(expected.Except(ours).Select(e => $"{unit}: does not say {e}"));
            wrong.AddRange(ours.Except(expected).Select(o => $"{unit}: says {o}"));
        }

        TestContext.Progress.WriteLine(
            $"figure: oracle lint: {units.Count} units, {named} directives not honoured, "
            + $"{wrong.Count} not named or wrongly named");
        Assert.That(wrong, Is.Empty, string.Join('\n', wrong.Take(30)));
        Assert.That(units, Has.Count.GreaterThan(100));
        Assert.That(named, Is.GreaterThan(20), "the corpus has what is not honoured");
    }

    private static SortedSet<string> Expected(
        List<string> files,
        Dictionary<(string Section, string Key), (string Class, string Treatment)> table)
    {
        var asked = new AskedFor();
        files.ForEach(asked.Read);
        SortedSet<string> expected = new(StringComparer.Ordinal);
        foreach (((string Section, string Key) at, (string value, string place)) in asked.Last)
        {
            if (table.TryGetValue(at, out (string Class, string Treatment) row)
                && row.Treatment != "honoured" && AskedFor.Asks(at.Key, row.Class, value))
                expected.Add($"[{at.Section}] {at.Key} {row.Treatment} at {place}");
        }

        return expected;
    }

    // A reason that names a value, "Accept=yes is not supported", is about that value alone, which
    // the table has no row for: the file must have it.
    private static SortedSet<string> Named(
        JsonElement answer, List<string> files, List<string> wrong)
    {
        SortedSet<string> named = new(StringComparer.Ordinal);
        foreach (JsonElement one in answer.GetProperty("unhonoured").EnumerateArray())
        {
            string key = one.GetProperty("key").GetString()!;
            string reason = one.GetProperty("reason").GetString()!;
            if (reason.StartsWith($"{key}=", StringComparison.Ordinal))
            {
                string setting = reason.Split(' ')[0];
                if (!files.Exists(f => File.ReadLines(f).Contains(setting)))
                    wrong.Add($"no file has {setting}");
                continue;
            }

            named.Add($"[{one.GetProperty("section").GetString()}] {key} "
                + $"{one.GetProperty("treatment").GetString()} at "
                + one.GetProperty("source").GetString());
        }

        return named;
    }
}
