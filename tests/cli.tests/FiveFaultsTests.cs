using System.Text.RegularExpressions;
using InitTx.Cli.Tests.Support;

namespace InitTx.Cli.Tests;

/// <summary>
/// A unit with five different faults: five findings, each with its place, the line, a caret, and
/// what to write instead.
/// </summary>
public sealed partial class FiveFaultsTests
{
    private const string Unit = """
        [Unit]
        Description=Five faults
        Requires=database

        [Service]
        Type=notfy
        ExecStart=/usr/bin/python3 -m http.server > /var/log/web.log
        TimeoutStartSec=5 minuets
        Enviroment=PORT=80

        """;

    private string _directory = "";

    [SetUp]
    public void WriteUnit()
    {
        _directory = Directory.CreateTempSubdirectory("initx-five-").FullName;
        File.WriteAllText(Path.Combine(_directory, "five.service"), Unit);
    }

    [TearDown]
    public void Remove() => Directory.Delete(_directory, recursive: true);

    [GeneratedRegex(@"^  (?<file>\S+):(?<line>\d+):(?<column>\d+): (?<what>.*)$")]
    private static partial Regex Finding();

    [Test]
    public void Five_faults_are_five_findings_that_a_newcomer_can_act_on()
    {
        CliRun run = CliRun.Of(["lint", Path.Combine(_directory, "five.service")]);
        string[] lines = run.Out.Split('\n');
        string[] source = Unit.Split('\n');
        int found = 0;
        for (int i = 0; i < lines.Length; i++)
        {
            if (Finding().Match(lines[i]) is not { Success: true } match)
                continue;
            found++;
            int line = int.Parse(match.Groups["line"].ValueSpan);
            int column = int.Parse(match.Groups["column"].ValueSpan);
            Assert.That(lines[i + 1].Trim(), Is.EqualTo(source[line - 1]), run.Out);
            Assert.That(lines[i + 2].IndexOf('^') - 6, Is.EqualTo(column - 1), run.Out);
            Assert.That(match.Groups["what"].Value,
                Does.Contain("write ").Or.Contain("did you mean"), run.Out);
        }

        Assert.That(found, Is.EqualTo(5), run.Out);
    }

    [Test]
    public void The_report_is_as_recorded()
    {
        CliRun run = CliRun.Of(["lint", Path.Combine(_directory, "five.service")]);
        Golden.Check("lint-five.txt",
            run.Out.Replace(_directory, "/units", StringComparison.Ordinal));
    }
}
