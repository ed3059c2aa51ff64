using System.Text.Json;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// What was, asked of the record: units at a time that is over, processes that have ended, start
/// limits that were hit.
/// </summary>
[TestFixture]
public sealed class PastStateTests
{
    private const string Loose = "[Unit]\nDefaultDependencies=no\n";

    private Layer _layer = null!;
    private BootedSystem _system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        _layer = new Layer();
        _layer.Unit(
            "a.service",
            Loose + "[Service]\nType=exec\nExecStartPre=/bin/true\n"
                + "ExecStart=/bin/sleep infinity\n");
        _layer.Unit(
            "flaky.service",
            Loose + "StartLimitIntervalSec=1h\nStartLimitBurst=3\n"
                + "[Service]\nType=exec\nExecStart=/bin/false\nRestart=always\nRestartSec=20ms\n");
        _system = BootedSystem.Calm(_layer);
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        _system?.Dispose();
        _layer?.Dispose();
    }

    [Test]
    public void Units_are_listed_as_they_were_at_a_time()
    {
        string before = Now();
        Done("start", "a");
        string during = Now();
        Done("stop", "a");
        string after = Now();
        Assert.That(StateAt(before), Is.Not.EqualTo("active"));
        Assert.That(StateAt(during), Is.EqualTo("active"));
        Assert.That(StateAt(after), Is.EqualTo("inactive"));
        CommandResult text = _system.Initx("list", $"--at={during}");
        Assert.That(text.Status, Is.Zero, text.ToString);
        Assert.That(text.Out, Does.Match(@"a\.service\s+active\s+running"));
        Assert.That(
            _system.Initx("list", $"--at={after}").Out, Does.Not.Contain("a.service"),
            "what was down is left out without --all, as in a list of now");
        CommandResult never = _system.Initx("list", "--at=2001-01-01T00:00:00Z");
        Assert.That(never.Status, Is.EqualTo(1), never.ToString);
        Assert.That(never.Error, Does.Contain("2001"));
        Assert.That(_system.Initx("list", "--at=tomorrow").Status, Is.EqualTo(2));
    }

    [Test]
    public void A_process_that_has_ended_is_found_with_its_unit_role_and_end()
    {
        Done("start", "a");
        JsonElement[] rows = Lines(_system.Initx("history", "a", "--kind=process", "--json"));
        int pre = PidOf(rows, "start-pre");
        int main = PidOf(rows, "main");
        Assert.That(
            _system.Initx("status", $"{main}").Out, Does.Contain("a.service"), "it lives");
        Done("stop", "a");
        CommandResult text = _system.Initx("status", $"{main}");
        Assert.That(text.Status, Is.EqualTo(3), text.ToString);
        Assert.That(
            text.Out, Does.Contain("the main process of a.service").And.Contain("SIGTERM"));
        JsonElement control = Lines(_system.Shell($"initx status {pre} --json; true"))[0];
        Assert.That(control.GetProperty("ended").GetBoolean());
        Assert.That(control.GetProperty("unit").GetString(), Is.EqualTo("a.service"));
        Assert.That(control.GetProperty("role").GetString(), Is.EqualTo("start-pre"));
        Assert.That(
            control.GetProperty("exit").GetProperty("kind").GetString(), Is.EqualTo("exited"));
        Assert.That(
            control.GetProperty("endedAt").GetString(),
            Is.GreaterThanOrEqualTo(control.GetProperty("began").GetString()!));
        CommandResult none = _system.Initx("status", "4194000");
        Assert.That(none.Status, Is.EqualTo(4), none.ToString);
        Assert.That(none.Error, Does.Contain("no process has it"));
    }

    [Test]
    public void A_start_limit_that_was_hit_is_in_the_history_and_explains_the_state()
    {
        Done("start", "flaky");
        Eventually.True(
            () => _system.Initx("history", "flaky", "--failed").Out.Contains(
                "StartLimitBurst=", StringComparison.Ordinal),
            "the limit is hit", _system.Evidence);
        CommandResult result = _system.Initx("show", "-p", "Result", "--value", "flaky");
        Assert.That(result.Out.Trim(), Is.EqualTo("exit-code"), "the first failure counts");
        JsonElement row = Lines(_system.Initx("history", "flaky", "--failed", "--json"))
            .Last(r => r.GetProperty("kind").GetString() == "transition");
        Assert.That(row.GetProperty("result").GetString(), Is.EqualTo("exit-code"));
        CommandResult why = _system.Initx("why", "flaky");
        Assert.That(why.Out, Does.Contain("failed (exit-code)"), why.ToString);
        Assert.That(why.Out, Does.Contain("StartLimitBurst="), why.ToString);
        Assert.That(why.Out, Does.Contain("exited with status 1"), "what used the budget up");
        CommandResult status = _system.Initx("status", "flaky");
        Assert.That(
            status.Out,
            Does.Match(@"up to 3 of 3 starts within 1h[^,]* are used, none is left before"),
            status.ToString);
        CommandResult again = _system.Initx("start", "flaky");
        Assert.That(again.Status, Is.Not.Zero, again.ToString);
        Assert.That(
            again.Error, Does.Contain("started 3 times within 3600 s").And.Contain("reset-failed"));
        Done("reset-failed", "flaky");
        Assert.That(
            _system.Initx("status", "flaky").Out, Does.Not.Contain("none is left"),
            "reset-failed gives the budget back");
    }

    private string Now()
    {
        // A row on both sides, and no two answers at one microsecond.
        string now = _system.Shell("date -u +%Y-%m-%dT%H:%M:%S.%6NZ; sleep 0.01").Out.Trim();
        Assert.That(now, Is.Not.Empty);
        return now;
    }

    private string? StateAt(string time)
    {
        CommandResult result = _system.Initx("list", $"--at={time}", "--all", "--json");
        return Lines(result).Where(l => l.GetProperty("unit").GetString() == "a.service")
            .Select(l => l.GetProperty("state").GetString()).SingleOrDefault();
    }

    private void Done(params string[] verb)
    {
        CommandResult result = _system.Initx(verb);
        Assert.That(result.Status, Is.Zero, result.ToString);
    }

    private static int PidOf(JsonElement[] rows, string role) => rows
        .Last(r => r.GetProperty("to").GetString() == "started"
            && r.GetProperty("from").GetString() == role)
        .GetProperty("pid").GetInt32();

    private static JsonElement[] Lines(CommandResult result)
    {
        Assert.That(result.Status, Is.Zero, result.ToString);
        return [.. result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonDocument.Parse(l).RootElement)];
    }
}
