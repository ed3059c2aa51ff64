using System.Text.Json;
using InitTx.Cli.Tests.Support;
using InitTx.Core;

namespace InitTx.Cli.Tests;

/// <summary>
/// Verbs that change: exit status, messages, streams, over the real protocol and engine.
/// </summary>
public sealed class ChangeTests : ManagerFixture
{
    [Test]
    public void Start_and_stop_are_done_when_they_return()
    {
        CliRun start = Run("start", "web");
        Assert.That(start.Code, Is.Zero, start.Error);
        Assert.That(Run("is-active", "web", "db").Out, Is.EqualTo("active\nactive\n"));
        CliRun stop = Run("stop", "db.service");
        Assert.That(stop.Code, Is.Zero, stop.Error);
        CliRun after = Run("is-active", "web");
        Assert.That(after.Out, Is.EqualTo("inactive\n"));
        Assert.That(after.Code, Is.EqualTo(3));
    }

    [Test]
    public void In_a_pipe_each_goal_that_is_reached_is_a_line()
    {
        Assert.That(Run("start", "web", "lone").Lines, Is.EquivalentTo(new[]
        {
            "web.service start done", "lone.service start done",
        }));
    }

    [Test]
    public void Quiet_says_nothing()
    {
        CliRun run = Run("--quiet", "start", "web");
        Assert.That((run.Code, run.Out, run.Error), Is.EqualTo((0, "", "")));
    }

    [Test]
    public void Json_is_one_object_a_line_and_ends_with_the_outcome()
    {
        CliRun run = Run("start", "web", "--json");
        JsonElement[] lines = [.. run.Lines.Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.That(lines[0].GetProperty("event").GetString(), Is.EqualTo("accepted"));
        Assert.That(lines[^1].GetProperty("event").GetString(), Is.EqualTo("finished"));
        Assert.That(lines[^1].GetProperty("outcome").GetString(), Is.EqualTo("committed"));
        Assert.That(lines[^1].GetProperty("code").GetInt32(), Is.Zero);
    }

    [Test]
    public void A_failed_start_exits_1_and_says_why_and_where_to_look()
    {
        Manager.Broken.Add("db.service");
        CliRun run = Run("start", "db");
        Assert.That(run.Code, Is.EqualTo(1), run.Error);
        Assert.That(run.Error, Does.Contain("db.service").And.Contain("initx tx"));
    }

    [Test]
    public void An_unknown_unit_exits_4()
    {
        CliRun run = Run("start", "nothing-like-it");
        Assert.That(run.Code, Is.EqualTo(4), run.Error);
        Assert.That(run.Error, Does.Contain("nothing-like-it.service"));
    }

    [Test]
    public void A_cycle_is_refused_with_the_line_of_each_edge()
    {
        CliRun run = Run("start", "loop-a");
        Assert.That(run.Code, Is.EqualTo(7), run.Error);
        Assert.That(run.Error, Does.Contain("loop-a.service:3").And.Contain("loop-b.service:3"));
    }

    [Test]
    public void A_user_may_look_and_not_change()
    {
        Manager.Uid = 1_000;
        CliRun run = Run("stop", "web");
        Assert.That(run.Code, Is.EqualTo(5));
        Assert.That(run.Error, Does.Contain("root"));
        Assert.That(Run("list", "--all").Code, Is.Zero);
    }

    [Test]
    public void Without_block_the_number_of_the_transaction_is_enough()
    {
        Manager.Stuck.Add("slow.service");
        CliRun run = Run("start", "slow", "--no-block", "--json");
        Assert.That(run.Code, Is.Zero, run.Error);
        Assert.That(run.Lines.Single(), Does.Contain("\"accepted\""));
    }

    [Test]
    public void Waiting_for_a_transaction_ends_with_its_outcome_and_cancelling_it_ends_it()
    {
        Manager.Stuck.Add("slow.service");
        Run("start", "slow", "--no-block");
        long id = Manager.Engine.OpenTransactions[0].Id.Value;
        Task<CliRun> wait = Task.Run(() => Run("tx", "wait", $"{id}"));
        CliRun cancel = Run("tx", "cancel", $"{id}");
        Assert.That(cancel.Code, Is.Zero, cancel.Error);
        Assert.That(wait.Wait(TimeSpan.FromSeconds(20)), "the waiting client did not end");
        Assert.That(wait.Result.Code, Is.EqualTo(1), wait.Result.Error);
        Assert.That(wait.Result.Error, Does.Contain("cancelled"));
    }

    [Test]
    public void A_client_follows_its_transaction_over_a_replaced_manager()
    {
        Manager.Stuck.Add("slow.service");
        Task<CliRun> run = Task.Run(() => Run("start", "slow", "--json"));
        WaitFor(() => Manager.Engine.OpenTransactions.Count == 1);
        Manager.DropConnections();
        Thread.Sleep(200);
        Manager.Do(() => Manager.Stuck.Clear());
        SpawnToken token = default;
        Manager.Do(() => token = Manager.Engine.Find(
            InitTx.Units.Model.UnitName.Parse("slow.service"))!.MainToken);
        Manager.Send(new EngineEvent.Executed(token));
        Assert.That(run.Wait(TimeSpan.FromSeconds(20)), "the client did not end");
        Assert.That(run.Result.Code, Is.Zero, run.Result.Error);
        Assert.That(run.Result.Lines[^1], Does.Contain("committed"));
    }

    [Test]
    public void A_wrong_plan_hash_is_refused()
    {
        CliRun run = Run("start", "web", "--plan-hash=" + new string('0', 64));
        Assert.That(run.Code, Is.EqualTo(7), run.Error);
        Assert.That(Run("is-active", "web").Code, Is.EqualTo(3));
    }

    [Test]
    public void The_plan_that_was_shown_is_the_plan_that_runs()
    {
        JsonElement plan = JsonDocument.Parse(
            Run("plan", "start", "web", "--json").Out).RootElement;
        string hash = plan.GetProperty("hash").GetString()!;
        CliRun run = Run("start", "web", "--plan-hash=" + hash);
        Assert.That(run.Code, Is.Zero, run.Error);
    }

    [Test]
    public void Kill_reaches_the_main_process()
    {
        Run("start", "lone");
        CliRun run = Run("kill", "-s", "KILL", "lone");
        Assert.That(run.Code, Is.Zero, run.Error);
        Assert.That(Run("is-failed", "lone").Code, Is.Zero);
        Assert.That(Run("reset-failed").Code, Is.Zero);
        Assert.That(Run("is-failed", "lone").Code, Is.EqualTo(1));
    }

    [Test]
    public void Daemon_reload_reads_the_files_again()
    {
        File.WriteAllText(
            Path.Combine(Manager.UnitDirectory, "new.service"),
            "[Unit]\nDescription=Fresh\n[Service]\nExecStart=/bin/new\n");
        Assert.That(Run("start", "new").Code, Is.EqualTo(4));
        CliRun reload = Run("daemon-reload");
        Assert.That(reload.Code, Is.Zero, reload.Error);
        Assert.That(Run("start", "new").Code, Is.Zero);
    }

    [TestCase("start nothing-like-it", 4, "initx list-unit-files shows")]
    [TestCase("start web hidden", 7, "initx unmask hidden.service")]
    [TestCase("start db against", 7, "name only one of them")]
    [TestCase("start loop-a", 7, "take one of these orders out")]
    [TestCase("start web --plan-hash=" + Zeros, 7, "initx plan shows")]
    public void A_refusal_says_what_to_do_next_and_changes_nothing(
        string line, int code, string step)
    {
        AddUnits();
        string before = Run("list", "--all").Out;
        CliRun run = Run(line.Split(' '));
        Assert.That(run.Code, Is.EqualTo(code), run.Error);
        Assert.That(run.Error, Does.Contain(step));
        Assert.That(
            run.Error.Split('\n').Count(l => l.Contains(step, StringComparison.Ordinal)),
            Is.EqualTo(1));
        Assert.That(Run("list").Out, Does.Not.Contain(".service"), before);
        Assert.That(Run("tx", "--json").Out, Is.Empty, "no transaction was begun");
    }

    [Test]
    public void In_a_pipe_what_is_stopped_beside_the_goals_is_told_too()
    {
        AddUnits();
        Assert.That(Run("start", "web").Lines, Has.Some.Contain("web.service start done")
            .And.None.Contain("db.service"), "what is only needed goes without saying");
        CliRun run = Run("start", "against");
        Assert.That(run.Code, Is.Zero, run.Error);
        Assert.That(run.Lines, Has.Some.Contain("db.service stop done")
            .And.Some.Contain("web.service stop done")
            .And.Some.Contain("against.service start done"));
    }

    private const string Zeros =
        "0000000000000000000000000000000000000000000000000000000000000000";

    private void AddUnits()
    {
        string directory = Manager.UnitDirectory;
        File.WriteAllText(
            Path.Combine(directory, "against.service"),
            "[Unit]\nConflicts=db.service\n[Service]\nExecStart=/bin/against\n");
        File.CreateSymbolicLink(Path.Combine(directory, "hidden.service"), "/dev/null");
        Assert.That(Run("daemon-reload").Code, Is.Zero);
    }

    private static void WaitFor(Func<bool> condition)
    {
        for (int i = 0; i < 2_000 && !condition(); i++)
            Thread.Sleep(5);
        Assert.That(condition(), "it did not come to pass");
    }
}
