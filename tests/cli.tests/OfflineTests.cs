using System.Text.Json;
using InitTx.Cli.Tests.Support;

namespace InitTx.Cli.Tests;

/// <summary>plan and lint over files alone.</summary>
public sealed class OfflineTests
{
    private string _directory = "";

    [SetUp]
    public void WriteUnits()
    {
        _directory = Directory.CreateTempSubdirectory("initx-offline-").FullName;
        foreach ((string name, string content) in ManagerFixture.Units)
            File.WriteAllText(Path.Combine(_directory, name), content);
    }

    [TearDown]
    public void Remove() => Directory.Delete(_directory, recursive: true);

    private CliRun Run(params string[] args) => CliRun.Of([.. args, "--unit-path=" + _directory]);

    private string Stable(string text) =>
        text.Replace(_directory, "/units", StringComparison.Ordinal);

    [Test]
    public void A_plan_for_people_is_as_recorded() =>
        Golden.Check("plan-offline.txt", Stable(Run("plan", "start", "web").Out));

    [Test]
    public void A_plan_says_that_it_is_offline_and_is_the_same_each_time()
    {
        CliRun first = Run("plan", "start", "multi-user.target", "--json");
        Assert.That(first.Code, Is.Zero, first.Error);
        JsonElement plan = JsonDocument.Parse(first.Out).RootElement;
        Assert.That(plan.GetProperty("basis").GetString(), Is.EqualTo("offline"));
        Assert.That(
            plan.GetProperty("jobs").EnumerateArray().Select(
                j => j.GetProperty("unit").GetString()),
            Does.Contain("db.service").And.Contain("web.service"));
        Assert.That(Run("plan", "start", "multi-user.target", "--json").Out, Is.EqualTo(first.Out));
    }

    [Test]
    public void A_cycle_exits_7_with_file_and_line_in_both_forms()
    {
        CliRun text = Run("plan", "start", "loop-a");
        Assert.That(text.Code, Is.EqualTo(7), text.Error);
        Assert.That(Stable(text.Error), Does.Contain("/units/loop-a.service:3"));
        CliRun json = Run("plan", "start", "loop-a", "--json");
        Assert.That(json.Code, Is.EqualTo(7));
        Assert.That(
            JsonDocument.Parse(json.Out).RootElement.GetProperty("refused").GetArrayLength(),
            Is.GreaterThan(0));
    }

    [Test]
    public void An_unknown_unit_exits_4() =>
        Assert.That(Run("plan", "start", "nothing-like-it").Code, Is.EqualTo(4));

    [Test]
    public void Lint_is_as_recorded_and_exits_1_for_errors()
    {
        CliRun run = Run("lint", "--all");
        Assert.That(run.Code, Is.EqualTo(1));
        string ours = string.Join(
            '\n', Stable(run.Out).Split('\n').Where(l => !l.Contains("built-in")));
        Golden.Check("lint-offline.txt", ours);
    }

    [Test]
    public void Lint_takes_a_file_by_its_path()
    {
        CliRun run = CliRun.Of(["lint", Path.Combine(_directory, "bad.service")]);
        Assert.That(run.Code, Is.EqualTo(1), run.Error);
        Assert.That(run.Out, Does.Contain("bad.service"));
    }

    [Test]
    public void A_root_that_is_none_is_named()
    {
        CliRun run = CliRun.Of(["plan", "start", "x", "--root=/nonexistent"]);
        Assert.That(run.Code, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("/nonexistent"));
    }
}
