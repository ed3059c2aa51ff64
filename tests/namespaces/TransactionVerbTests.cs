using System.Text.Json;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>settle, undo, apply, cancel, wait and Ctrl-C over real services.</summary>
[TestFixture]
public sealed class TransactionVerbTests
{
    private const string Loose =
        "[Unit]\nDefaultDependencies=no\nStartLimitIntervalSec=0\n";

    private Layer layer = null!;
    private BootedSystem system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        layer = new Layer();
        foreach (string name in new[] { "one", "two", "three" })
            Sleeper(name, "", "[Install]\nWantedBy=calm.target\n");
        Sleeper("new", "Conflicts=one.service\n");
        layer.WriteFile(
            "/usr/lib/systemd/system/shipped.service",
            Loose + "[Service]\nExecStart=/bin/sleep infinity\n"
                + "[Install]\nWantedBy=multi-user.target\n");
        layer.Unit("brief.service", Loose + "[Service]\nExecStart=/bin/sleep 1\n");
        layer.Unit(
            "slow.service",
            Loose + "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 300\n");
        for (int i = 0; i < 50; i++)
            Sleeper($"many{i}", "");
        layer.Unit("loop1.service", Loose
            + "After=loop2.service\n[Service]\nExecStart=/bin/sleep infinity\n");
        layer.Unit("loop2.service", Loose
            + "After=loop1.service\n[Service]\nExecStart=/bin/sleep infinity\n");
        system = BootedSystem.Calm(layer);
    }

    [SetUp]
    public void Calm()
    {
        CommandResult stop = system.Initx(
            "stop", "--job-mode=replace", "one", "two", "three", "new", "brief", "slow");
        Assert.That(stop.Status, Is.Zero, stop.ToString);
        Assert.That(system.Initx("start", "one").Status, Is.Zero, system.Evidence);
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        system?.Dispose();
        layer?.Dispose();
    }

    [TestCase("")]
    [TestCase("sleep 0.4; kill -SEGV 1; ")]
    public void What_does_not_stay_up_is_rolled_back(string meanwhile)
    {
        CommandResult start = system.Shell(
            $"({meanwhile}:) & initx start --settle=30s new two brief; s=$?; wait; exit $s");
        Assert.That(start.Status, Is.EqualTo(1), start.ToString);
        Assert.That(start.Error, Does.Contain("brief.service did not stay up"));
        Assert.That(States("one", "two", "new", "brief"), Is.EqualTo(
            "active inactive inactive inactive"), system.Evidence);
    }

    [TestCase("")]
    [TestCase("sleep 0.5; kill -SEGV 1; ")]
    public void What_stays_up_is_committed_when_the_time_is_over(string meanwhile)
    {
        CommandResult start = system.Shell(
            $"({meanwhile}:) & initx start --settle=1200ms two --json; s=$?; wait; exit $s");
        Assert.That(start.Status, Is.Zero, start.ToString);
        JsonElement last = Last();
        Assert.That(last.GetProperty("outcome").GetString(), Is.EqualTo("committed"));
        Assert.That(last.GetProperty("settle").GetDouble(), Is.EqualTo(1.2));
        TimeSpan took = last.GetProperty("ended").GetDateTimeOffset()
            - last.GetProperty("begun").GetDateTimeOffset();
        Assert.That(took, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(1.2)));
        if (meanwhile.Length == 0)
            Assert.That(start.Out, Does.Contain("\"event\":\"settling\""));
    }

    [Test]
    public void A_committed_transaction_is_undone_after_a_crash_and_by_its_hash()
    {
        Assert.That(system.Initx("start", "new").Status, Is.Zero, system.Evidence);
        string id = Last().GetProperty("id").ToString();
        Assert.That(States("new", "one"), Is.EqualTo("active inactive"));
        system.Shell("kill -SEGV 1");
        CommandResult plan = system.Initx("undo", id, "--dry-run");
        Assert.That(plan.Status, Is.Zero, plan.ToString);
        string line = plan.Out.Split('\n').Single(l => l.Contains("--plan-hash"));
        CommandResult undo = system.Shell(line.Trim() + " --reason='wrong release'");
        Assert.That(undo.Status, Is.Zero, undo.ToString);
        Assert.That(States("new", "one"), Is.EqualTo("inactive active"), system.Evidence);
        JsonElement last = Last();
        Assert.That(last.GetProperty("undoes").ToString(), Is.EqualTo(id));
        Assert.That(last.GetProperty("reason").GetString(), Is.EqualTo("wrong release"));
        JsonElement who = last.GetProperty("requester");
        Assert.That(who.GetProperty("uid").GetInt32(), Is.Zero);
        Assert.That(who.GetProperty("comm").GetString(), Is.EqualTo("initx"));
        Assert.That(who.GetProperty("exe").GetString(), Does.EndWith("/initx"));
        Assert.That(who.GetProperty("verified").GetBoolean());
        CommandResult again = system.Initx("undo", id);
        Assert.That(again.Status, Is.Zero.Or.EqualTo(7), again.ToString);
        Assert.That(States("new", "one"), Is.EqualTo("inactive active"));
    }

    [Test]
    public void Apply_does_states_and_enablement_as_one_and_twice_is_nothing()
    {
        File("doc", """
            { "reason": "release 12", "units": {
                "two.service": { "state": "active", "enabled": "enabled" },
                "one.service": { "state": "inactive" },
                "shipped.service": { "state": "inactive", "enabled": "masked" } } }
            """);
        CommandResult apply = system.Initx("apply", "-f", "/run/doc");
        Assert.That(apply.Status, Is.Zero, apply.ToString);
        Assert.That(apply.Out, Does.Match(@"shipped\.service\s+enabled\s+disabled\s+masked"));
        Assert.That(States("one", "two"), Is.EqualTo("inactive active"));
        Assert.That(
            system.Initx("is-enabled", "shipped", "two").Out, Is.EqualTo("masked\nenabled\n"));
        apply = system.Initx("apply", "-f", "/run/doc");
        Assert.That(apply.Status, Is.Zero);
        Assert.That(apply.Out, Does.Contain("nothing to do"));
        File("doc", """
            { "units": {
                "two.service": { "state": "inactive", "enabled": false },
                "one.service": { "state": "active" },
                "shipped.service": { "state": "active", "enabled": false } } }
            """);
        CommandResult plan = system.Initx("apply", "-f", "/run/doc", "--dry-run", "--json");
        string hash = JsonDocument.Parse(plan.Out).RootElement.GetProperty("hash").GetString()!;
        Assert.That(States("one", "two"), Is.EqualTo("inactive active"), "a dry run does nothing");
        CommandResult stale = system.Initx(
            "apply", "-f", "/run/doc", "--plan-hash=" + new string('0', 64));
        Assert.That(stale.Status, Is.EqualTo(7), stale.ToString);
        Assert.That(States("one", "two"), Is.EqualTo("inactive active"));
        apply = system.Initx("apply", "-f", "/run/doc", "--plan-hash=" + hash);
        Assert.That(apply.Status, Is.Zero, apply.ToString);
        Assert.That(States("one", "two"), Is.EqualTo("active inactive"));
        Assert.That(
            system.Initx("is-enabled", "shipped", "two").Out, Is.EqualTo("disabled\ndisabled\n"));
    }

    [Test]
    public void An_apply_that_fails_leaves_states_and_links_as_before()
    {
        File("doc", """
            { "units": {
                "three.service": { "state": "active", "enabled": true },
                "one.service": { "state": "inactive" },
                "brief.service": { "state": "active" } } }
            """);
        CommandResult apply = system.Initx("apply", "-f", "/run/doc", "--settle=30s");
        Assert.That(apply.Status, Is.EqualTo(1), apply.ToString);
        Assert.That(apply.Error, Does.Contain("enabled at boot is as before"));
        Assert.That(States("one", "three"), Is.EqualTo("active inactive"), system.Evidence);
        Assert.That(system.Initx("is-enabled", "three").Out, Is.EqualTo("disabled\n"));
    }

    [Test]
    public void A_mask_that_the_administrators_own_file_hides_is_refused_and_taken_back()
    {
        File("doc", """{ "units": { "one.service": { "enabled": "masked" } } }""");
        CommandResult apply = system.Initx("apply", "-f", "/run/doc");
        Assert.That(apply.Status, Is.EqualTo(1), apply.ToString);
        Assert.That(apply.Error, Does.Contain("one.service would still be disabled"));
        Assert.That(system.Shell("ls /etc/systemd/system/one.service").Status, Is.Not.Zero);
    }

    [TestCase("{ \"units\": {\n  \"a.service\": { \"state\": \"up\" } } }", "/run/doc:2:27:")]
    [TestCase("{ \"units\": {\n  \"a.service\": { ", "/run/doc:2:18:")]
    [TestCase(
        "{ \"units\": {\n  \"nosuch.service\": { \"state\": \"active\" } } }", "no such unit")]
    public void A_bad_document_is_refused_with_its_place(string text, string place)
    {
        File("doc", text);
        CommandResult apply = system.Initx("apply", "-f", "/run/doc");
        Assert.That(
            apply.Status, Is.EqualTo(place.StartsWith('/') ? 2 : 4), apply.ToString);
        Assert.That(apply.Error, Does.Contain(place).And.Contain("nothing was changed"));
    }

    [Test]
    public void Ctrl_C_in_a_pipe_detaches_and_says_how_to_go_on()
    {
        CommandResult start = system.Run(
            "/usr/bin/timeout", "--preserve-status", "-s", "INT", "1", "/usr/bin/initx", "start",
            "slow");
        Assert.That(start.Status, Is.EqualTo(130), start.ToString);
        string id = Last().GetProperty("id").ToString();
        Assert.That(start.Error, Does.Contain($"initx tx wait {id}"));
        Assert.That(States("slow"), Is.EqualTo("activating"));
        Assert.That(system.Initx("jobs").Out, Does.Contain("slow.service"));
        CommandResult wait = system.Shell(
            $"(sleep 0.3; initx tx cancel {id} --reason=enough) & initx tx wait {id}");
        Assert.That(wait.Status, Is.EqualTo(1), wait.ToString);
        Assert.That(Last().GetProperty("outcome").GetString(), Is.EqualTo("cancelled"));
        Assert.That(States("slow"), Is.Not.EqualTo("activating"));
    }

    [TestCase("r\\n", "inactive", "cancelled", 1)]
    [TestCase("k\\n", "active", "cancelled", 1)]
    [TestCase("d\\n", "active", null, 130)]
    [TestCase("\\003", "active", null, 130)]
    public void Ctrl_C_on_a_terminal_asks(string answer, string two, string? outcome, int code)
    {
        CommandResult start = system.Shell(
            $"(sleep 1.2; printf '\\003'; sleep 0.8; printf '{answer}'; sleep 2) "
            + "| script -qec 'exec initx start two slow' /dev/null");
        Assert.That(start.Out, Does.Contain("roll back"), start.ToString);
        Assert.That(start.Status, Is.EqualTo(code), start.ToString);
        Assert.That(States("two"), Is.EqualTo(two), start.ToString);
        Assert.That(Last().GetProperty("outcome").GetString(), Is.EqualTo(outcome));
    }

    [Test]
    public void Fifty_units_have_progress_and_a_table_in_every_form()
    {
        string units = string.Join(' ', Enumerable.Range(0, 50).Select(i => $"many{i}"));
        CommandResult pipe = system.Shell($"initx start {units}");
        Assert.That(pipe.Status, Is.Zero, pipe.ToString);
        Assert.That(pipe.Out, Does.Contain("many7.service start done"));
        Assert.That(pipe.Out, Does.Contain("50 jobs done in"));
        Assert.That(pipe.Out, Does.Not.Contain("\u001b"));
        CommandResult json = system.Shell($"initx stop {units} --json");
        JsonElement[] lines = [.. json.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.That(lines[0].GetProperty("event").GetString(), Is.EqualTo("accepted"));
        Assert.That(lines[^1].GetProperty("outcome").GetString(), Is.EqualTo("committed"));
        Assert.That(lines.Count(l => l.GetProperty("event").GetString() == "progress"
            && l.GetProperty("state").GetString() == "ended"), Is.EqualTo(50));
        CommandResult terminal = system.Shell(
            $"script -qec 'exec initx start {units}' /dev/null < /dev/null");
        Assert.That(terminal.Out, Does.Contain("50 jobs done in"), terminal.ToString);
        CommandResult plan = system.Initx("stop", "many1", "--dry-run");
        Assert.That(plan.Out, Does.Contain("EXPECT").And.Contain("expected to take"));
        system.Shell($"initx stop {units}");
    }

    [TestCase("start nosuch", 4, "no such unit file")]
    [TestCase("start loop1 loop2", 7, "/etc/initx/system/loop1.service:")]
    [TestCase("start loop1 loop2", 7, "initx edit")]
    [TestCase("apply -f /run/contrary", 7, "Conflicts=")]
    [TestCase(
        "start two --plan-hash=0000000000000000000000000000000000000000000000000000000000000000",
        7, "plan again")]
    [TestCase("apply -f /run/no-document", 2, "Could not find file '/run/no-document'")]
    [TestCase("undo 999999", 2, "initx history")]
    [TestCase("tx wait 999999", 2, "initx history")]
    [TestCase("start two --settle=5s --timeout=5s", 2, "longer than --settle")]
    public void A_bad_request_changes_nothing_and_names_the_next_step(
        string line, int code, string said)
    {
        File("contrary", """
            { "units": { "one.service": { "state": "active" },
                         "two.service": { "state": "active" },
                         "new.service": { "state": "active" } } }
            """);
        system.Initx("stop", "one");
        string before = system.Initx("list", "--json").Out;
        CommandResult result = system.Initx(line.Split(' '));
        Assert.That(result.Status, Is.EqualTo(code), result.ToString);
        Assert.That(result.Error, Does.Contain(said));
        Assert.That(system.Initx("list", "--json").Out, Is.EqualTo(before));
    }

    [Test]
    public void Somebody_who_may_not_change_is_refused()
    {
        CommandResult start = system.Run(
            "/usr/sbin/runuser", "-u", "nobody", "--", "/usr/bin/initx", "start", "two");
        Assert.That(start.Status, Is.EqualTo(5), start.ToString);
        Assert.That(start.Error, Does.Contain("try it as root"));
        Assert.That(States("two"), Is.EqualTo("inactive"));
    }

    private JsonElement Last() => JsonDocument.Parse(
        system.Shell("initx tx --json | tail -n 1").Out).RootElement;

    private void File(string name, string text) =>
        System.IO.File.WriteAllText(system.PathOf($"/run/{name}"), text);

    private void Sleeper(string name, string unit, string rest = "") => layer.Unit(
        $"{name}.service",
        $"{Loose}{unit}[Service]\nType=exec\nExecStart=/bin/sleep infinity\n{rest}");

    private string States(params string[] units) => string.Join(
        ' ',
        system.Initx(["is-active", .. units]).Out
            .Split('\n', StringSplitOptions.RemoveEmptyEntries));
}
