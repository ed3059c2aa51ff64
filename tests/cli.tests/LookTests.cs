using System.Text.Json;
using InitTx.Cli.Tests.Support;

namespace InitTx.Cli.Tests;

/// <summary>Verbs that look: their shapes as scripts know them, their text as people do.</summary>
public sealed class LookTests : ManagerFixture
{
    [Test]
    public void Status_of_a_unit_has_the_keys_of_the_contract()
    {
        Run("start", "web");
        CliRun run = Run("status", "web", "--json");
        Assert.That(run.Code, Is.Zero, run.Error);
        JsonElement unit = JsonDocument.Parse(run.Out).RootElement;
        foreach (string key in new[]
        {
            "unit", "description", "loadState", "state", "subState", "target", "result", "mainPid",
            "since", "restarts", "transaction", "enabled", "cgroup", "memory", "tasks", "lastLog",
        })
        {
            Assert.That(unit.TryGetProperty(key, out _), key);
        }

        Assert.That(unit.GetProperty("state").GetString(), Is.EqualTo("active"));
        Assert.That(unit.GetProperty("mainPid").GetInt32(), Is.GreaterThan(0));
        Assert.That(unit.GetProperty("enabled").GetString(), Is.EqualTo("disabled"));
        Assert.That(
            unit.GetProperty("since").GetString(),
            Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"));
    }

    [TestCase("web", 3)]
    [TestCase("db", 3)]
    [TestCase("nothing-like-it", 4)]
    public void Status_exits_as_systemctl_does(string unit, int code)
    {
        Assert.That(Run("status", unit).Code, Is.EqualTo(code));
        Assert.That(RunAs("systemctl", "status", unit).Code, Is.EqualTo(code));
    }

    [Test]
    public void Status_of_the_manager_has_the_keys_of_the_contract()
    {
        JsonElement manager = JsonDocument.Parse(Run("status", "--json").Out).RootElement;
        foreach (string key in new[]
        {
            "version", "pid", "boot", "state", "units", "journal", "crashes", "reexecs", "rung",
            "uptime", "missing",
        })
        {
            Assert.That(manager.TryGetProperty(key, out _), key);
        }

        foreach (string key in new[] { "level", "rows", "gaps", "archive" })
            Assert.That(manager.GetProperty("journal").TryGetProperty(key, out _), key);
    }

    [Test]
    public void Status_of_the_manager_lists_the_services_that_are_up_with_their_pids()
    {
        Assert.That(Services(), Is.Empty);
        Run("start", "web");
        JsonElement web = Services().Single(
            service => service.GetProperty("unit").GetString() == "web.service");
        Assert.That(web.GetProperty("state").GetString(), Is.EqualTo("active"));
        Assert.That(web.GetProperty("mainPid").GetInt32(), Is.GreaterThan(0));

        List<JsonElement> Services() =>
        [
            .. JsonDocument.Parse(Run("status", "--json").Out).RootElement
                .GetProperty("services").EnumerateArray(),
        ];
    }

    [Test]
    public void List_is_a_line_a_unit()
    {
        Run("start", "web");
        string[] lines = Run("list", "--json").Lines;
        Assert.That(lines, Is.Not.Empty);
        foreach (string line in lines)
        {
            JsonElement unit = JsonDocument.Parse(line).RootElement;
            foreach (string key in new[]
            {
                "unit", "loadState", "state", "subState", "description", "mainPid",
            })
            {
                Assert.That(unit.TryGetProperty(key, out _), key);
            }
        }

        Assert.That(Run("list", "we*", "--json").Lines.Single(), Does.Contain("web.service"));
        Assert.That(Run("list", "--failed", "--json").Lines, Is.Empty);
        Assert.That(Run("list", "--type=target", "--json").Out, Does.Not.Contain(".service"));
    }

    [Test]
    public void History_tells_every_state_in_order_with_its_cause()
    {
        Run("start", "lone");
        JsonElement[] rows =
            [.. Run("history", "lone", "--json").Lines.Select(
                l => JsonDocument.Parse(l).RootElement)];
        foreach (string key in new[]
        {
            "seq", "boot", "time", "kind", "unit", "from", "to", "cause", "transaction", "job",
            "pid", "exit", "uid", "comm", "durability",
        })
        {
            Assert.That(rows[0].TryGetProperty(key, out _), key);
        }

        long[] seqs = [.. rows.Select(r => r.GetProperty("seq").GetInt64())];
        Assert.That(seqs, Is.Ordered.Ascending);
        JsonElement[] moves =
            [.. rows.Where(r => r.GetProperty("kind").GetString() == "transition")];
        Assert.That(moves[0].GetProperty("from").GetString(), Is.EqualTo("dead"));
        Assert.That(moves[^1].GetProperty("to").GetString(), Is.EqualTo("running"));
        Assert.That(moves.All(r => r.GetProperty("cause").GetProperty("seq").GetInt64() > 0));
        string newest = Run("history", "lone", "-n", "2", "--json").Lines[^1];
        Assert.That(newest, Is.EqualTo(Run("history", "lone", "--json").Lines[^1]));
    }

    [Test]
    public void History_takes_sql_over_the_views_and_nothing_else()
    {
        Run("start", "lone");
        CliRun count = Run("history", "--sql", "SELECT count(*) AS n FROM v_history", "--json");
        Assert.That(count.Code, Is.Zero, count.Error);
        Assert.That(
            JsonDocument.Parse(count.Out).RootElement.GetProperty("n").GetInt32(),
            Is.EqualTo(Run("history", "--json").Lines.Length));
        Assert.That(Run("history", "--sql", "DELETE FROM v_history").Code, Is.EqualTo(2));
    }

    [Test]
    public void Why_leads_from_the_state_to_the_request()
    {
        Run("start", "lone", "--reason=trying it");
        JsonElement why = JsonDocument.Parse(Run("why", "lone", "--json").Out).RootElement;
        string[] kinds = [.. why.GetProperty("chain").EnumerateArray()
            .Select(r => r.GetProperty("kind").GetString()!)];
        Assert.That(kinds[0], Is.EqualTo("transition"));
        Assert.That(kinds[^1], Is.EqualTo("request"), Run("why", "lone").Out);
    }

    [Test]
    public void Show_gives_properties_by_systemctls_names()
    {
        Run("start", "web");
        Assert.That(Run("show", "-p", "LoadState", "--value", "web").Out, Is.EqualTo("loaded\n"));
        Assert.That(
            RunAs("systemctl", "show", "-p", "ActiveState,CanReload", "web").Out,
            Is.EqualTo("ActiveState=active\nCanReload=yes\n"));
        Assert.That(Run("show", "web").Out, Does.Match(@"Service\.ExecStart=.*web\.service:7"));
    }

    [Test]
    public void What_a_unit_asks_for_and_does_not_have_is_shown()
    {
        const string Lost = "MemoryMax=: no memory controller here";
        Run("start", "web");
        Assert.That(Run("status", "web").Out, Does.Not.Contain("Not applied"));
        Manager.Do(() => Manager.Facts.NotApplied = Lost);
        Assert.That(Run("status", "web").Out, Does.Contain("Not applied: " + Lost));
        Assert.That(Run("show", "-p", "NotApplied", "--value", "web").Out, Is.EqualTo(Lost + "\n"));
        Assert.That(Run("status", "web", "--json").Out, Does.Contain($"\"notApplied\":\"{Lost}\""));
    }

    [Test]
    public void Secrets_are_shown_to_root_only()
    {
        Assert.That(Run("show", "web", "--json").Out, Does.Contain("hush"));
        Manager.Uid = 1_000;
        Assert.That(Run("show", "web", "--json").Out, Does.Not.Contain("hush"));
        Assert.That(Run("show", "web").Out, Does.Contain("[withheld]"));
    }

    [Test]
    public void Cat_shows_the_files_as_they_are()
    {
        CliRun run = Run("cat", "db");
        Assert.That(Stable(run.Out), Does.StartWith("# /units/db.service\n[Unit]\n"));
        Assert.That(Run("cat", "nothing-like-it").Code, Is.EqualTo(4));
    }

    [Test]
    public void Tree_shows_each_edge_with_its_line_and_backwards_too()
    {
        Run("start", "web");
        string forward = Stable(Run("tree", "web").Out);
        Assert.That(
            forward, Does.Contain("db.service").And.Contain("Requires, /units/web.service:4"));
        Assert.That(Run("tree", "db", "--reverse").Out, Does.Contain("web.service"));
        Assert.That(Run("tree", "nothing-like-it").Code, Is.EqualTo(4));
    }

    [Test]
    public void Tree_of_an_alias_is_that_of_the_unit_itself()
    {
        File.CreateSymbolicLink(
            Path.Combine(Manager.UnitDirectory, "default.target"), "multi-user.target");
        Run("daemon-reload");
        CliRun run = Run("tree");
        Assert.That(run.Code, Is.Zero, run.Error);
        Assert.That(run.Out, Does.StartWith("○ multi-user.target").And.Contain("web.service"));
    }

    [Test]
    public void Lint_of_all_leaves_out_what_is_only_named()
    {
        File.WriteAllText(
            Path.Combine(Manager.UnitDirectory, "more.service"),
            "[Unit]\nWants=absent.service\n[Service]\nExecStart=/bin/more\n");
        Run("daemon-reload");
        Run("start", "more", "lone");
        Assert.That(Run("list", "--all").Out, Does.Contain("absent.service"));
        CliRun run = Run("lint", "--all");
        Assert.That(run.Out, Does.Contain("lone.service").And.Not.Contain("not-found:"));
        Assert.That(run.Code, Is.Zero);
        Assert.That(Run("lint", "absent").Code, Is.EqualTo(4));
    }

    [Test]
    public void A_file_that_came_after_the_manager_read_its_units_is_pointed_out()
    {
        string folder = Path.Combine(Manager.UnitDirectory, "initx", "user");
        Directory.CreateDirectory(folder);
        File.WriteAllText(
            Path.Combine(folder, "fresh@.service"), "[Service]\nExecStart=/bin/true\nColour=red\n");
        string file = folder + "/fresh@.service";
        Assert.That(RunAsUser("start", "fresh@a").Error, Does.Contain(file)
            .And.Contain("initx daemon-reload"));
        Assert.That(RunAsUser("start", "fresh@a").Code, Is.EqualTo(4));
        Assert.That(RunAsUser("status", "fresh@a").Out, Does.Contain(file));
        Assert.That(RunAsUser("start", "absent").Error, Does.Not.Contain("daemon-reload"));
        CliRun lint = RunAsUser("lint", "fresh@a", "lone");
        Assert.That(lint.Out, Does.Contain(file + ":3").And.Contain("lone.service:3")
            .And.Contain("2 units:"));
    }

    private CliRun RunAsUser(params string[] args) => CliRun.Of(
        ["--user", .. args], Manager.SocketPath,
        environment: new Dictionary<string, string>
        {
            ["XDG_CONFIG_HOME"] = Manager.UnitDirectory, ["HOME"] = "/nonexistent",
        });

    [Test]
    public void Lint_names_file_line_and_directive()
    {
        CliRun run = Run("lint", "lone");
        Assert.That(Stable(run.Out), Does.Contain("/units/lone.service:3").And.Contain("Colour"));
    }

    [Test]
    public void Lint_of_all_is_about_what_there_is_and_not_about_what_others_mention()
    {
        Run("start", "web", "lone");
        Assert.That(Run("list", "--all").Out, Does.Contain("not-found"), "the test tests nothing");
        CliRun all = Run("lint", "--all");
        Assert.That(all.Out, Does.Contain("Colour").And.Contain("units: "));
        Assert.That(all.Code, Is.Zero.Or.EqualTo(1), "no unit is missing that was asked for");
        Assert.That(Run("lint", "nowhere.service").Code, Is.EqualTo(4));
    }

    [Test]
    public void Transactions_and_jobs_have_the_keys_of_the_contract()
    {
        Manager.Stuck.Add("slow.service");
        Run("start", "slow", "--no-block", "--reason=because");
        JsonElement job = JsonDocument.Parse(Run("jobs", "--json").Lines[0]).RootElement;
        foreach (string key in new[] { "job", "unit", "kind", "state", "transaction" })
            Assert.That(job.TryGetProperty(key, out _), key);
        long id = job.GetProperty("transaction").GetInt64();
        JsonElement tx = JsonDocument.Parse(Run("tx", $"{id}", "--json").Out).RootElement;
        foreach (string key in new[]
        {
            "id", "verb", "goals", "requester", "reason", "outcome", "begun", "ended", "jobs",
            "rollback", "irreversible",
        })
        {
            Assert.That(tx.TryGetProperty(key, out _), key);
        }

        Assert.That(tx.GetProperty("reason").GetString(), Is.EqualTo("because"));
        Assert.That(tx.GetProperty("requester").GetProperty("pid").GetInt32(), Is.EqualTo(4_321));
        AssertKeys(
            tx.GetProperty("requester"), "uid", "pid", "comm", "exe", "tty", "loginUid",
            "verified");
        Assert.That(tx.GetProperty("jobs").GetArrayLength(), Is.Positive);
        AssertKeys(tx.GetProperty("jobs")[0], "unit", "kind", "result", "begun", "ended");
        string[] lines = Run("tx", "--json").Lines;
        Assert.That(lines, Has.Length.EqualTo(1));
        AssertKeys(
            JsonDocument.Parse(lines[0]).RootElement,
            [.. tx.EnumerateObject().Select(p => p.Name)]);
        Assert.That(Run("tx", "999").Code, Is.EqualTo(1));
    }

    [Test]
    public void A_transaction_that_went_back_says_what_was_put_back_and_what_cannot_be()
    {
        Manager.Broken.Add("slow.service");
        Run("start", "db", "slow");
        JsonElement tx = JsonDocument.Parse(Run("tx", "--json").Lines[^1]).RootElement;
        Assert.That(tx.GetProperty("outcome").GetString(), Is.EqualTo("rolledBack"));
        Assert.That(
            tx.GetProperty("rollback").EnumerateArray()
                .Select(j => j.GetProperty("unit").GetString()),
            Does.Contain("db.service"));
        AssertKeys(tx.GetProperty("rollback")[0], "unit", "kind", "result", "begun", "ended");
        Assert.That(tx.GetProperty("irreversible").ValueKind, Is.EqualTo(JsonValueKind.Array));
    }

    [Test]
    public void A_plan_without_durations_says_why_when_the_record_cannot_be_read()
    {
        Run("start", "db");
        Run("stop", "db");
        Assert.That(Run("plan", "start", "db").Out, Does.Contain("expected to take"));
        Manager.Do(() => Manager.Facts.Problem = "database disk image is malformed");
        CliRun plan = Run("plan", "start", "db");
        Assert.That(plan.Code, Is.Zero);
        Assert.That(
            plan.Out, Does.Contain("how long it will take is not known").And.Contain("malformed")
                .And.Not.Contain("expected to take"));
        JsonElement json = JsonDocument.Parse(Run("plan", "start", "db", "--json").Out).RootElement;
        Assert.That(json.GetProperty("expectedProblem").GetString(), Does.Contain("malformed"));
    }

    private static void AssertKeys(JsonElement of, params string[] keys)
    {
        foreach (string key in keys)
            Assert.That(of.TryGetProperty(key, out _), $"{key} in {of}");
    }

    [Test]
    public void A_plan_has_the_keys_of_the_contract_and_changes_nothing()
    {
        JsonElement plan = JsonDocument.Parse(
            Run("plan", "start", "web", "--json").Out).RootElement;
        foreach (string key in new[]
        {
            "goals", "jobs", "edges", "units", "irreversible", "hash", "basis", "refused",
        })
        {
            Assert.That(plan.TryGetProperty(key, out _), key);
        }

        JsonElement unit = plan.GetProperty("units").GetProperty("web.service");
        foreach (string key in new[] { "loadState", "path", "dropIns", "fields", "dependencies" })
            Assert.That(unit.TryGetProperty(key, out _), key);
        Assert.That(
            unit.GetProperty("dependencies").GetProperty("Requires").EnumerateArray()
                .Select(d => d.GetProperty("unit").GetString()),
            Does.Contain("db.service"));
        Assert.That(Run("is-active", "web").Code, Is.EqualTo(3));
        Assert.That(
            Run("start", "web", "--dry-run", "--json").Out,
            Is.EqualTo(Run("plan", "start", "web", "--json").Out));
    }
}
