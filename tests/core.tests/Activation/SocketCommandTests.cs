using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Activation;

/// <summary>Commands of socket units (systemd.socket(5)).</summary>
internal sealed partial class SocketCommandTests
{
    private static readonly Func<SocketSettings, SocketSettings> All = s => s with
    {
        ExecStartPre = Make.Commands("/bin/pre1", "/bin/pre2"),
        ExecStartPost = Make.Commands("/bin/post"),
        ExecStopPre = Make.Commands("/bin/stop-pre"),
        ExecStopPost = Make.Commands("/bin/stop-post"),
        TimeoutUs = 10_000_000,
    };

    [Test]
    public void Commands_run_before_and_after_the_sockets_are_opened_and_closed()
    {
        World world = Of(All);
        RequestId start = world.StartAndRun("a.socket");
        Assert.That(Opens(world), Is.Empty, "ExecStartPre= has not ended");
        world.ControlExits("a.socket");
        world.RunSpawns();
        Assert.That(world.PendingSpawns, Is.Empty);
        Assert.That(Opens(world), Is.Empty, "the second ExecStartPre= has not ended");
        world.ControlExits("a.socket");
        Assert.That(Opens(world), Has.Exactly(1).Items);
        world.Send(new EngineEvent.SocketsOpened(world["a.socket"].Id, null));
        world.RunSpawns();
        Assert.That(world.Final(start), Is.Null, "ExecStartPost= has not ended");
        world.ControlExits("a.socket", empty: true);
        Assert.That(world.Outcome(start), Is.EqualTo("committed"), world.Dump());

        RequestId stop = world.Stop("a.socket");
        Assert.That(world.Effects, Has.Member(new Effect.PollSockets(world["a.socket"].Id, false)));
        world.RunSpawns();
        Assert.That(Closes(world), Is.Empty, "ExecStopPre= has not ended");
        world.ControlExits("a.socket");
        Assert.That(Closes(world), Has.Exactly(1).Items);
        world.RunSpawns();
        Assert.That(world.Final(stop), Is.Null, "ExecStopPost= has not ended");
        world.ControlExits("a.socket", empty: true);
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"));
        Assert.That(world.Path("a.socket"), Is.EqualTo(
            "dead start-pre start-chown start-post listening stop-pre stop-post dead"));
        Assert.That(
            world.AllEffects.OfType<Effect.Spawn>().Select(s => $"{s.Role} {s.CommandIndex}"),
            Is.EqualTo(new[]
            {
                "StartPre 0", "StartPre 1", "StartPost 0", "StopPre 0", "StopPost 0",
            }));
    }

    [Test]
    public void Each_process_has_its_rows_with_their_causes()
    {
        World world = Of(s => s with { ExecStartPre = Make.Commands("/bin/pre") });
        world.StartAndRun("a.socket");
        world.ControlExits("a.socket", empty: true);
        JournalRecord[] rows = [.. world.Records.Where(r => r.Kind == RecordKind.Process)];
        Assert.That(rows.Select(r => $"{r.From} {r.To}"), Is.EqualTo(new[]
        {
            "start-pre intended", "start-pre started", "start-pre executed", "start-pre exited",
        }), world.Dump());
        JournalRecord entered = world.Records.Single(r =>
            r is { Kind: RecordKind.Transition, To: "start-pre" });
        Assert.That(rows[0].CauseSeq, Is.EqualTo(entered.Seq));
        for (int i = 1; i < rows.Length; i++)
            Assert.That(rows[i].CauseSeq, Is.EqualTo(rows[i - 1].Seq));
        Assert.That(
            world.Records.Single(r => r is { Kind: RecordKind.Transition, To: "start-chown" })
                .CauseSeq, Is.EqualTo(rows[^1].Seq));
    }

    // As under systemd: nothing was opened, so nothing is to be undone.
    [Test]
    public void A_failed_ExecStartPre_fails_the_socket_before_anything_is_opened()
    {
        World world = Of(All);
        RequestId start = world.StartAndRun("a.socket");
        world.ControlExits("a.socket", code: 3, empty: true);
        Assert.That(world.Path("a.socket"), Is.EqualTo("dead start-pre failed"));
        Assert.That(world.Result("a.socket"), Is.EqualTo("exit-code"));
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
        Assert.That(
            world["a.socket"].FailureText, Is.EqualTo(
                "start-pre command /bin/pre1 ended with status 3"));
        Assert.That(Opens(world), Is.Empty);
    }

    [Test]
    public void A_failure_that_is_to_be_ignored_is_none()
    {
        World world = Of(s => s with { ExecStartPre = Make.Commands("-/bin/pre") });
        world.StartAndRun("a.socket");
        world.ControlExits("a.socket", code: 3, empty: true);
        Assert.That(world.State("a.socket"), Is.EqualTo("start-chown"), world.Dump());
        Assert.That(world["a.socket"].FailureText, Is.Null);
    }

    [Test]
    public void A_failed_ExecStartPost_stops_the_socket_with_its_commands()
    {
        World world = Of(All);
        BringUp(world, untilPost: true);
        world.ControlExits("a.socket", code: 9, kind: ExitKind.Killed, empty: true);
        world.RunSpawns();
        world.ControlExits("a.socket", empty: true);
        world.RunSpawns();
        world.ControlExits("a.socket", empty: true);
        Assert.That(world.Path("a.socket"), Does.EndWith(
            "start-post stop-pre stop-post failed"));
        Assert.That(world.Result("a.socket"), Is.EqualTo("signal"));
    }

    [Test]
    public void Sockets_that_cannot_be_opened_have_their_stop_commands_run()
    {
        World world = Of(All);
        world.StartAndRun("a.socket");
        world.ControlExits("a.socket");
        world.RunSpawns();
        world.ControlExits("a.socket");
        world.Send(new EngineEvent.SocketsOpened(world["a.socket"].Id, "EADDRINUSE"));
        Assert.That(world.State("a.socket"), Is.EqualTo("stop-pre"));
        world.RunSpawns();
        world.ControlExits("a.socket");
        world.RunSpawns();
        world.ControlExits("a.socket", empty: true);
        Assert.That(world.State("a.socket"), Is.EqualTo("failed"));
        Assert.That(world.Result("a.socket"), Is.EqualTo("resources"));
        Assert.That(world["a.socket"].FailureText, Is.EqualTo("EADDRINUSE"));
    }

    [Test]
    public void A_failed_ExecStopPre_ends_its_list_and_not_the_stop()
    {
        World world = Of(s => s with
        {
            ExecStopPre = Make.Commands("/bin/one", "/bin/two"),
            ExecStopPost = Make.Commands("/bin/post"),
        });
        BringUp(world);
        world.Stop("a.socket");
        world.RunSpawns();
        world.ControlExits("a.socket", code: 1);
        world.RunSpawns();
        world.ControlExits("a.socket", empty: true);
        Assert.That(world.Path("a.socket"), Does.EndWith("stop-pre stop-post failed"));
        Assert.That(
            world.AllEffects.OfType<Effect.Spawn>().Select(s => $"{s.Role} {s.CommandIndex}"),
            Is.EqualTo(new[] { "StopPre 0", "StopPost 0" }));
        Assert.That(Closes(world), Is.Not.Empty);
    }

    [Test]
    public void A_stop_in_the_middle_of_a_start_ends_the_command_and_runs_ExecStopPost()
    {
        World world = Of(All);
        world.StartAndRun("a.socket");
        world.Request(RequestVerb.Stop, "a.socket", JobMode.Replace);
        Assert.That(world.State("a.socket"), Is.EqualTo("stop-pre-sigterm"));
        Assert.That(world.Effects.OfType<Effect.Signal>().Single(), Is.EqualTo(new Effect.Signal(
            world["a.socket"].Id, SignalScope.Unit, default, 15, ThenContinue: true)));
        world.ControlExits("a.socket", code: 15, kind: ExitKind.Killed);
        world.RunSpawns();
        world.ControlExits("a.socket", empty: true);
        Assert.That(world.Path("a.socket"), Is.EqualTo(
            "dead start-pre stop-pre-sigterm stop-post failed"));
        Assert.That(world.Result("a.socket"), Is.EqualTo("signal"), "as under systemd");
    }

    [TestCase(false, "stop-pre stop-pre-sigterm stop-pre-sigkill stop-post final-sigterm "
        + "final-sigkill failed")]
    [TestCase(true, "stop-pre stop-pre-sigterm stop-post final-sigterm failed")]
    public void Each_step_of_a_stop_has_its_time(bool spares, string path)
    {
        World world = Of(All, new KillSettings { SendSigkill = !spares });
        BringUp(world);
        world.Stop("a.socket");
        world.RunSpawns();
        for (int i = 0; i < 8 && world.State("a.socket") != "failed"; i++)
        {
            world.AdvanceSeconds(10);
            world.RunSpawns();
        }

        Assert.That(world.Path("a.socket"), Does.EndWith("listening " + path), world.Dump());
        Assert.That(world.Result("a.socket"), Is.EqualTo("timeout"));
        Assert.That(
            world.Records.Where(r => r is { Kind: RecordKind.Process, To: "lost" })
                .Select(r => r.From), Is.EqualTo(new[] { "stop-pre", "stop-post" }));
        Assert.That(world["a.socket"].ControlProcess.IsNone);
        Assert.That(world.Effects.OfType<Effect.KillCgroup>().Any(), Is.EqualTo(!spares));
        Assert.That(Closes(world), Is.Not.Empty);
    }

    [Test]
    public void An_ExecStartPre_that_hangs_is_ended_and_fails_the_socket()
    {
        World world = Of(All);
        world.StartAndRun("a.socket");
        world.AdvanceSeconds(10);
        Assert.That(world.State("a.socket"), Is.EqualTo("final-sigterm"));
        world.ControlExits("a.socket", code: 15, kind: ExitKind.Killed, empty: true);
        Assert.That(world.Path("a.socket"), Is.EqualTo("dead start-pre final-sigterm failed"));
        Assert.That(world.Result("a.socket"), Is.EqualTo("timeout"));
        Assert.That(world["a.socket"].FailureText, Does.StartWith("start-pre took longer than"));
    }

    [Test]
    public void An_ExecStartPost_that_hangs_is_killed_before_ExecStopPre_runs()
    {
        World world = Of(All);
        BringUp(world, untilPost: true);
        ProcessIdentity hung = world["a.socket"].ControlProcess;
        world.AdvanceSeconds(10);
        var kill = new Effect.Signal(
            world["a.socket"].Id, SignalScope.Process, hung, 9, ThenContinue: false);
        Assert.That(world.Effects, Has.Member(kill));
        Assert.That(world.State("a.socket"), Is.EqualTo("start-post"), "two would run at once");
        world.Reexec();
        Assert.That(world.Effects, Has.None.EqualTo(kill));
        world.Crash(Facts(isOpen: true));
        Assert.That(world.Effects, Has.Member(kill));
        world.ControlExits("a.socket");
        Assert.That(world.State("a.socket"), Is.EqualTo("stop-pre"), "though it ended well");
        Assert.That(world.Result("a.socket"), Is.EqualTo("timeout"));
    }

    [Test]
    public void An_ExecStartPost_that_nothing_ends_is_left_after_a_second_time()
    {
        World world = Of(All);
        BringUp(world, untilPost: true);
        world.AdvanceSeconds(10);
        world.AdvanceSeconds(10);
        Assert.That(world.State("a.socket"), Is.EqualTo("stop-pre"));
        Assert.That(world.Records.Single(r => r is { Kind: RecordKind.Process, To: "lost" }).From,
            Is.EqualTo("start-post"));
    }

    [Test]
    public void An_ExecStartPost_that_hangs_is_asked_to_end_where_no_other_command_waits()
    {
        World world = Of(s => s with { ExecStartPost = Make.Commands("/bin/post") });
        BringUp(world, untilPost: true);
        world.AdvanceSeconds(90);
        Assert.That(world.State("a.socket"), Is.EqualTo("final-sigterm"));
        Assert.That(world.Effects.OfType<Effect.Signal>().Single().Number, Is.EqualTo(15));
    }

    [Test]
    public void What_commands_left_behind_ends_with_the_socket()
    {
        World world = Of(s => s with { ExecStartPost = Make.Commands("/bin/post") });
        BringUp(world, untilPost: true);
        world.ControlExits("a.socket", empty: false);
        Assert.That(world.State("a.socket"), Is.EqualTo("listening"));
        world.Stop("a.socket");
        Assert.That(world.State("a.socket"), Is.EqualTo("final-sigterm"));
        Assert.That(Closes(world), Is.Not.Empty);
        Assert.That(world.Effects.OfType<Effect.Signal>().Single().Scope, Is.EqualTo(
            SignalScope.Unit));
        world.Send(new EngineEvent.CgroupEmptied(world["a.socket"].Id));
        Assert.That(world.State("a.socket"), Is.EqualTo("dead"));
    }

    [Test]
    public void Leftovers_that_end_by_themselves_are_not_waited_for()
    {
        World world = Of(s => s with { ExecStartPost = Make.Commands("/bin/post") });
        BringUp(world, untilPost: true);
        world.ControlExits("a.socket", empty: false);
        world.Send(new EngineEvent.CgroupEmptied(world["a.socket"].Id));
        world.Stop("a.socket");
        Assert.That(world.Path("a.socket"), Does.EndWith("listening dead"));
    }

    [Test]
    public void A_process_that_cannot_be_made_fails_the_socket_for_want_of_resources()
    {
        World world = Of(All);
        world.Start("a.socket");
        world.Send(new EngineEvent.SpawnFailed(
            world.TheSpawn(ExecRole.StartPre).Token, false, "clone", 11));
        Assert.That(world.State("a.socket"), Is.EqualTo("failed"));
        Assert.That(world.Result("a.socket"), Is.EqualTo("resources"));
        Assert.That(world["a.socket"].FailureText, Does.Contain("clone: errno 11"));
    }

    [Test]
    public void Too_much_traffic_runs_the_stop_commands_too()
    {
        World world = Of(s => All(s) with { ExecStartPre = [], TriggerLimitBurst = 1 });
        BringUp(world);
        world.Send(new EngineEvent.SocketReady(world["a.socket"].Id));
        world.RunSpawns();
        world.MainExits("a.service");
        world.Send(new EngineEvent.SocketReady(world["a.socket"].Id));
        Assert.That(world.State("a.socket"), Is.EqualTo("stop-pre"));
        world.RunSpawns();
        world.ControlExits("a.socket");
        world.RunSpawns();
        world.ControlExits("a.socket", empty: true);
        Assert.That(world.State("a.socket"), Is.EqualTo("failed"));
        Assert.That(world.Result("a.socket"), Is.EqualTo("trigger-limit-hit"));
    }

    [Test]
    public void Traffic_while_ExecStopPre_runs_starts_nothing()
    {
        World world = Of(All);
        BringUp(world);
        world.Stop("a.socket");
        world.Send(new EngineEvent.SocketReady(world["a.socket"].Id));
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
        Assert.That(world.State("a.socket"), Is.EqualTo("stop-pre"));
    }

    [Test]
    public void A_reload_that_makes_a_list_shorter_ends_it()
    {
        World world = Of(All);
        world.StartAndRun("a.socket");
        world.Catalog.Add(Make.Socket("a.socket", with: s => All(s) with
        {
            ExecStartPre = [],
        }));
        world.Send(new EngineEvent.CatalogReplaced(world.Catalog, default, null));
        world.ControlExits("a.socket", empty: true);
        Assert.That(world.State("a.socket"), Is.EqualTo("start-chown"), world.Dump());
    }

    [Test]
    public void KillMode_none_leaves_a_command_and_says_so()
    {
        World world = Of(All, new KillSettings { Mode = KillMode.None });
        BringUp(world);
        world.Stop("a.socket");
        world.RunSpawns();
        world.AdvanceSeconds(10);
        world.RunSpawns();
        world.ControlExits("a.socket", empty: false);
        Assert.That(world.Path("a.socket"), Does.EndWith("stop-pre stop-post failed"));
        Assert.That(world.Effects.OfType<Effect.KillCgroup>(), Is.Empty);
        Assert.That(world.Records.Single(r => r is { Kind: RecordKind.Process, To: "lost" }).Text,
            Is.EqualTo("left running: KillMode=none"));
    }

    [Test]
    public void A_socket_without_commands_asks_for_no_more_than_before()
    {
        World world = Of(s => s);
        BringUp(world);
        world.Stop("a.socket");
        Assert.That(
            world.Effects.Where(e => e is not Effect.Reply).Select(e => e.GetType().Name),
            Is.EqualTo(new[] { "CloseSockets", "CleanUp" }));
        world.Crash();
        Assert.That(world.Effects, Is.Empty);
    }

    private static World Of(
        Func<SocketSettings, SocketSettings> with, KillSettings? kill = null) => new(
            Make.Socket("a.socket", with: with) with { Kill = kill ?? new KillSettings() },
            Make.Service("a.service"));

    private static void BringUp(World world, bool untilPost = false)
    {
        world.StartAndRun("a.socket");
        while (world.State("a.socket") == "start-pre")
        {
            world.ControlExits("a.socket", empty: true);
            world.RunSpawns();
        }

        world.Send(new EngineEvent.SocketsOpened(world["a.socket"].Id, null));
        world.RunSpawns();
        if (untilPost)
        {
            Assert.That(world.State("a.socket"), Is.EqualTo("start-post"));
            return;
        }

        if (world.State("a.socket") == "start-post")
            world.ControlExits("a.socket", empty: true);
        Assert.That(world.State("a.socket"), Is.EqualTo("listening"), world.Dump());
    }

    private static IEnumerable<Effect> Opens(World world) =>
        world.AllEffects.OfType<Effect.OpenSockets>();

    private static IEnumerable<Effect> Closes(World world) =>
        world.AllEffects.OfType<Effect.CloseSockets>();
}
