using System.Text.Json;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>All or nothing, with real services and a manager that crashes on the way.</summary>
[TestFixture]
public sealed class RollbackTests
{
    private const string Loose = "[Unit]\nDefaultDependencies=no\n";

    private Layer layer = null!;
    private BootedSystem system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        layer = new Layer();
        foreach (string name in new[] { "one", "two", "three", "old" })
            Sleeper(name, "");
        Sleeper("five", "After=broken.service\n");
        Sleeper("new", "Conflicts=old.service\nAfter=old.service\n", "ExecStartPost=/bin/false\n");
        layer.Unit(
            "broken.service",
            Loose + "After=one.service two.service three.service\n"
                + "[Service]\nType=exec\nExecStart=/bin/sleep infinity\n"
                + "ExecStartPost=/bin/sleep 0.3\n"
                + "ExecStartPost=/bin/false\n");
        system = BootedSystem.Calm(layer);
        Assert.That(system.Initx("start", "old", "one").Status, Is.Zero, system.Evidence);
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        system?.Dispose();
        layer?.Dispose();
    }

    [TestCase("")]
    [TestCase("sleep 0.15; kill -SEGV 1; ")]
    public void When_the_fourth_of_five_fails_everything_is_as_before(string meanwhile)
    {
        string pid = PidOf("one");
        CommandResult start = system.Shell(
            $"({meanwhile}:) & initx start one two three broken five; s=$?; wait; exit $s");
        Assert.That(start.Status, Is.EqualTo(1), start.ToString);
        Assert.That(start.Error, Does.Contain("what was there before is restored"));
        Assert.That(States("one", "two", "three", "broken", "five", "old"), Is.EqualTo(
            "active inactive inactive failed inactive active"), system.Evidence);
        Assert.That(PidOf("one"), Is.EqualTo(pid), "it was up before and nobody touched it");
        JsonElement transaction = JsonDocument.Parse(
            system.Shell("initx tx --json | tail -n 1").Out).RootElement;
        Assert.That(transaction.GetProperty("outcome").GetString(), Is.EqualTo("rolledBack"));
        Assert.That(
            system.Initx("history", "--tx", transaction.GetProperty("id").ToString()).Out,
            Does.Contain("puts back what was there before"));
    }

    [Test]
    public void What_a_failed_start_stopped_is_started_again()
    {
        string pid = PidOf("old");
        CommandResult start = system.Initx("start", "new");
        Assert.That(start.Status, Is.EqualTo(1), start.ToString);
        Assert.That(States("new", "old"), Is.EqualTo("failed active"), system.Evidence);
        Assert.That(PidOf("old"), Is.Not.EqualTo(pid), "another process of the same service");
    }

    [Test]
    public void Without_rollback_what_works_is_kept()
    {
        Assert.That(
            system.Initx("start", "--no-rollback", "two", "broken").Status, Is.EqualTo(1));
        Assert.That(States("two"), Is.EqualTo("active"));
        Assert.That(system.Initx("stop", "two").Status, Is.Zero);
    }

    [Test]
    public void What_a_transaction_did_is_told_after_a_crash_as_before()
    {
        Assert.That(system.Initx("start", "three", "broken").Status, Is.EqualTo(1));
        string id = JsonDocument.Parse(system.Shell("initx tx --json | tail -n 1").Out)
            .RootElement.GetProperty("id").ToString();
        string before = system.Initx("tx", id, "--json").Out;
        Assert.That(before, Does.Contain("broken.service"));
        string crashes = Crashes();
        system.Shell("kill -SEGV 1");
        Eventually.True(() => Crashes() != crashes, "the manager is back", system.Evidence);
        Assert.That(system.Initx("tx", id, "--json").Out, Is.EqualTo(before));
    }

    private string Crashes() => system.Initx("status", "--json") is { Status: 0, Out: var text }
        ? JsonDocument.Parse(text).RootElement.GetProperty("crashes").ToString()
        : "";

    private void Sleeper(string name, string unit, string service = "") => layer.Unit(
        $"{name}.service",
        $"{Loose}{unit}[Service]\nType=exec\nExecStart=/bin/sleep infinity\n{service}");

    private string States(params string[] units) => string.Join(
        ' ',
        system.Initx(["is-active", .. units]).Out
            .Split('\n', StringSplitOptions.RemoveEmptyEntries));

    private string PidOf(string unit) =>
        system.Initx("show", "-p", "MainPID", "--value", unit).Out.Trim();
}
