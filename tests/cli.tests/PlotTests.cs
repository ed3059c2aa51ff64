using System.Text.Json;
using System.Xml.Linq;
using InitTx.Cli.History.Charts;
using InitTx.Cli.Tests.Support;
using InitTx.Journal.History;

namespace InitTx.Cli.Tests;

/// <summary>`initx plot` and the critical path of `initx blame`.</summary>
public sealed class PlotTests : ManagerFixture
{
    private const string Hostile = "a</title><script>alert(1)</script>&\"'\u202E\uFFFE\0.service";

    [Test]
    public void The_critical_path_goes_back_through_what_released_each_job()
    {
        Run("start", "web", "lone");
        CliRun run = Run("plot", "--tx=1", "--json");
        Assert.That(run.Code, Is.Zero, run.Error);
        JsonElement chart = JsonDocument.Parse(run.Out).RootElement;
        Assert.That(
            chart.GetProperty("criticalPath").EnumerateArray()
                .Select(b => b.GetProperty("unit").GetString()).TakeLast(2),
            Is.EqualTo(new[] { "db.service", "web.service" }));
        JsonElement web = chart.GetProperty("rows").EnumerateArray()
            .Single(r => r.GetProperty("unit").GetString() == "web.service");
        JsonElement db = chart.GetProperty("rows").EnumerateArray()
            .Single(r => r.GetProperty("unit").GetString() == "db.service");
        Assert.That(
            web.GetProperty("after").GetInt64(), Is.EqualTo(db.GetProperty("job").GetInt64()));
        Assert.That(
            web.GetProperty("began").GetDouble(),
            Is.EqualTo(db.GetProperty("ended").GetDouble()));
        Assert.That(
            web.GetProperty("phases").EnumerateArray()
                .Select(p => p.GetProperty("phase").GetString()),
            Is.EqualTo(new[] { "waiting", "activating", "active" }).Or.EqualTo(
                new[] { "waiting", "activating" }));
    }

    [Test]
    public void Why_leads_past_what_a_job_waited_for_to_who_wanted_it()
    {
        Run("start", "web");
        string[] chain = [.. JsonDocument.Parse(Run("why", "web", "--json").Out).RootElement
            .GetProperty("chain").EnumerateArray()
            .Where(s => s.GetProperty("kind").GetString() != "process")
            .Select(s => s.GetProperty("sentence").GetString()!)];
        Assert.That(chain[^1], Does.StartWith("root with initx"));
        Assert.That(chain, Has.Some.Contains("job for web.service was queued"));
        Assert.That(chain, Has.None.Contains("db.service"), string.Join('\n', chain));
    }

    [Test]
    public void Why_of_a_restarted_unit_leads_to_who_asked_for_the_restart()
    {
        Run("start", "lone");
        Run("restart", "lone");
        string[] chain = [.. JsonDocument.Parse(Run("why", "lone", "--json").Out).RootElement
            .GetProperty("chain").EnumerateArray()
            .Select(s => s.GetProperty("sentence").GetString()!)];
        Assert.That(chain[^1], Does.Contain("asked for restart"), string.Join('\n', chain));
    }

    [Test]
    public void A_drawing_is_well_formed_the_same_each_time_and_has_every_unit()
    {
        Run("start", "web", "lone");
        CliRun run = Run("plot", "--tx=1");
        Assert.That(run.Code, Is.Zero, run.Error);
        Assert.That(Run("plot", "--tx=1").Out, Is.EqualTo(run.Out));
        XDocument svg = XDocument.Parse(run.Out);
        string[] texts = [.. svg.Descendants().Where(e => e.Name.LocalName == "text")
            .Select(e => e.Value)];
        Assert.That(texts, Is.SupersetOf(new[] { "web.service", "db.service", "lone.service" }));
        Assert.That(texts, Has.Some.StartsWith("Transaction 1, start lone.service web.service"));
        Assert.That(svg.Descendants().Count(e => (string?)e.Attribute("class") == "c"),
            Is.GreaterThanOrEqualTo(3), "two critical bars and the line between them");
    }

    [Test]
    public void A_terminal_gets_a_table_and_a_file_the_drawing()
    {
        Run("start", "web");
        CliRun terminal = CliRun.Of(["plot", "--tx=1"], Manager.SocketPath, terminal: true);
        Assert.That(terminal.Out, Does.Contain("» web.service").And.Contain("critical path"));
        string file = Path.Combine(Manager.UnitDirectory, "chart.svg");
        Assert.That(Run("plot", "--tx=1", "-o", file).Code, Is.Zero);
        Assert.That(File.ReadAllText(file), Is.EqualTo(Run("plot", "--tx=1").Out));
        CliRun nowhere = Run("plot", "--tx=1", "-o", "/nonexistent/chart.svg");
        Assert.That(nowhere.Code, Is.EqualTo(1));
        Assert.That(nowhere.Error, Does.Contain("was not written"));
    }

    [Test]
    public void A_failed_start_is_the_end_of_its_path()
    {
        Manager.Broken.Add("db.service");
        Run("start", "web");
        JsonElement chart = JsonDocument.Parse(Run("plot", "--tx=1", "--json").Out).RootElement;
        Assert.That(chart.GetProperty("outcome").GetString(), Is.Not.EqualTo("committed"));
        Assert.That(
            chart.GetProperty("criticalPath").EnumerateArray().Select(b =>
                $"{b.GetProperty("unit")} {b.GetProperty("result")}"),
            Does.Contain("db.service failed"));
    }

    [TestCase("plot --tx=99", 1, "initx tx lists those")]
    [TestCase("plot --tx=0", 2, "a transaction's number")]
    [TestCase("plot --boot=-7", 1, "initx boots")]
    [TestCase("plot --json -o x.svg", 2, "excludes --json")]
    public void What_cannot_be_drawn_is_said_with_the_next_step(string line, int code, string said)
    {
        Run("start", "lone");
        CliRun run = Run(line.Split(' '));
        Assert.That(run.Code, Is.EqualTo(code), run.Error);
        Assert.That(run.Error, Does.Contain(said));
    }

    [Test]
    public void A_hostile_name_stays_text()
    {
        Chart chart = Many(1, _ => Hostile);
        string svg = Draw(chart);
        XDocument document = XDocument.Parse(svg);
        Assert.That(
            document.Descendants().Any(e => e.Name.LocalName == "script"), Is.False);
        Assert.That(svg, Does.Not.Contain("\u202E").And.Not.Contain("\0"));
        string label = document.Descendants().Where(e => e.Name.LocalName == "text")
            .Single(e => e.Value.Contains("</title>", StringComparison.Ordinal)
                && e.Value.EndsWith(".service", StringComparison.Ordinal)).Value;
        Assert.That(label, Does.StartWith("a</title><script>"));
        Draw(Many(1, _ => new string('x', 100_000) + ".service"));
    }

    [Test]
    public void More_jobs_than_anybody_looks_at_are_cut_to_the_longest()
    {
        const int jobs = ChartReader.MostBars + 50;
        Chart chart = Many(jobs, i => $"unit{i}.service");
        Assert.That(chart.Bars, Has.Count.EqualTo(ChartReader.MostBars));
        Assert.That(chart.LeftOut, Is.EqualTo(50));
        Assert.That(chart.Bars.Select(b => b.Unit), Does.Contain($"unit{jobs - 1}.service"));
        Assert.That(chart.Bars.Select(b => b.Unit), Does.Not.Contain("unit0.service"));
        string svg = Draw(chart);
        Assert.That(svg, Does.Contain("and 50 shorter ones"));
        Assert.That(svg.Length, Is.LessThan(1 << 20));
    }

    [Test]
    public void Blame_ends_with_the_critical_path()
    {
        Run("start", "web");
        string text = Run("blame").Out;
        Assert.That(text, Does.Contain("critical path"));
        Assert.That(text.IndexOf("db.service", text.IndexOf("critical", StringComparison.Ordinal),
            StringComparison.Ordinal), Is.GreaterThan(0));
        Assert.That(Run("blame", "--json").Out, Does.Contain("\"critical\":true"));
    }

    private static string Draw(Chart chart) => new ChartSvg(chart, "UTC", _ => "then").Draw();

    // Jobs of 1, 2, 3 … ms that all begin at once.
    private static Chart Many(int jobs, Func<int, string> name)
    {
        var rows = new List<HistoryRow>
        {
            Row(1, "transaction", 0) with { From = "start", To = "begun", Transaction = 7 },
        };
        for (int i = 0; i < jobs; i++)
        {
            HistoryRow job = Row(2 + i, "job", 0) with
            {
                Unit = name(i), From = "start", To = "running", Job = i + 1, Transaction = 7,
            };
            rows.Add(job);
            rows.Add(job with
            {
                Seq = 2 + jobs + i, MonotonicUs = 1_000 * (i + 1), To = "ended", Result = "done",
            });
        }

        rows.Add(Row(2 + (2 * jobs), "transaction", 1_000 * jobs) with
        {
            From = "start", To = "ended", Result = "committed", Transaction = 7,
        });
        using var store = new HistoryStore();
        store.Add(rows);
        return ChartReader.OfTransaction(store, "b00t", 7)!;
    }

    private static HistoryRow Row(long seq, string kind, long us) => new()
    {
        Boot = "b00t",
        Seq = seq,
        TimeUs = us,
        MonotonicUs = us,
        Kind = kind,
        Durability = "disk",
    };
}
