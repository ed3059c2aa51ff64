using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Activation;

/// <summary>Who looks is held by the kernel; here is who answers, when and what.</summary>
internal sealed class AutomountTests
{
    private const string Unit = "srv.automount";
    private const string Mount = "srv.mount";

    [Test]
    public void A_look_starts_the_mount_and_is_answered_when_the_kernel_has_it()
    {
        World world = Waiting();
        Look(world);
        Assert.That(world.State(Unit), Is.EqualTo("running"));
        Assert.That(Answers(world), Is.Empty, "not yet");
        JournalRecord row = world.Records.Single(
            r => r is { Kind: RecordKind.Transition, Unit: Unit, To: "running" });
        Assert.That(row.Text, Is.EqualTo("process 77 (ls) looked at /srv"));
        Mounted(world);
        Assert.That(Answers(world), Is.EqualTo(new[] { "Mount Done", "Expire NoMount" }));
        Assert.That(world.State(Mount), Is.EqualTo("mounted"), world.Dump());
    }

    [Test]
    public void A_second_look_while_it_is_mounted_makes_no_second_mount()
    {
        World world = Waiting();
        Look(world);
        world.Spawned(world.TheSpawn(ExecRole.Mount));
        Look(world);
        Assert.That(world.Effects.OfType<Effect.Spawn>(), Is.Empty);
        world.KernelHas(Mount);
        world.ControlExits(Mount);
        Assert.That(Answers(world), Has.Member("Mount Done"));
        Look(world);
        Assert.That(Last(world), Is.EqualTo("Mount Done"), "it is there");
    }

    [Test]
    public void A_mount_that_fails_is_told_to_who_looked_and_the_next_look_tries_again()
    {
        World world = Waiting();
        Look(world);
        world.Spawned(world.TheSpawn(ExecRole.Mount));
        world.ControlExits(Mount, code: 32);
        Assert.That(Answers(world), Is.EqualTo(new[] { "Mount NoMount", "Expire Done" }));
        Assert.That(world.State(Unit), Is.EqualTo("waiting"), world.Dump());
        Look(world);
        Assert.That(world.TheSpawn(ExecRole.Mount).Unit, Is.EqualTo(world[Mount].Id));
    }

    [Test]
    public void A_mount_that_hits_its_start_limit_fails_the_automount_which_is_taken_down()
    {
        World world = Waiting(mount: u => u with { StartLimitBurst = 1 });
        Look(world);
        world.Spawned(world.TheSpawn(ExecRole.Mount));
        world.ControlExits(Mount, code: 32);
        Look(world);
        Assert.That(world.State(Unit), Is.EqualTo("unmounting"), world.Dump());
        Assert.That(Answers(world).TakeLast(2), Is.EqualTo(new[] { "Mount Down", "Expire Down" }));
        Gone(world);
        Assert.That(world.State(Unit), Is.EqualTo("failed"));
        Assert.That(world.Result(Unit), Is.EqualTo("mount-start-limit-hit"));
    }

    [Test]
    public void For_a_mount_that_cannot_be_started_at_all_nobody_waits()
    {
        World world = New(mount: u => u with { LoadState = UnitLoadState.Masked });
        RequestId start = world.Start(Unit);
        Assert.That(((EngineReply.Finished)world.Final(start)!).Messages[0],
            Does.Contain("masked"));
        Assert.That(world.State(Unit), Is.EqualTo("dead"));
    }

    [Test]
    public void A_start_too_many_keeps_the_result_of_the_run_before()
    {
        World world = new(Make.Mount(Mount) with { StartLimitBurst = 1 });
        world.StartAndRun(Mount);
        world.ControlExits(Mount, code: 32);
        world.Start(Mount);
        Assert.That(world[Mount].IsLimited);
        Assert.That(world.Result(Mount), Is.EqualTo("exit-code"), world.Dump());
    }

    [Test]
    public void Who_waits_too_long_is_let_go_and_the_mount_goes_on()
    {
        World world = Waiting(
            mount: u => u with { Mount = u.Mount! with { TimeoutUs = 5_000_000_000 } });
        Look(world);
        world.Spawned(world.TheSpawn(ExecRole.Mount));
        world.AdvanceSeconds(5_089);
        Assert.That(Answers(world), Is.Empty);
        world.AdvanceSeconds(1);
        Assert.That(
            Answers(world)[0], Is.EqualTo("Mount NoMount"), world.Dump());
        Assert.That(world.State(Unit), Is.EqualTo("waiting"));
    }

    [Test]
    public void A_stop_lets_everybody_go_before_the_place_is_taken_down()
    {
        World world = Waiting();
        Look(world);
        RequestId stop = world.Stop(Unit);
        Assert.That(Answers(world), Is.EqualTo(new[] { "Mount Down", "Expire Down" }));
        Assert.That(world.State(Unit), Is.EqualTo("unmounting"));
        Assert.That(world.Final(stop), Is.Null);
        Look(world);
        Assert.That(Last(world), Is.EqualTo("Mount Down"), "who looks now as well");
        Gone(world);
        Assert.That(world.State(Unit), Is.EqualTo("dead"), world.Dump());
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"));
    }

    [Test]
    public void A_helper_that_hangs_holds_neither_start_nor_stop()
    {
        World world = Waiting(made: false);
        world.AdvanceSeconds(120);
        Assert.That(world.State(Unit), Is.EqualTo("unmounting"), "it may have made it");
        world.AdvanceSeconds(120);
        Assert.That(world.State(Unit), Is.EqualTo("failed"), world.Dump());
        Assert.That(world.Result(Unit), Is.EqualTo("timeout"));
    }

    [Test]
    public void What_the_kernel_does_not_allow_fails_the_start_in_words()
    {
        World world = Waiting(made: false);
        world.Send(new EngineEvent.AutomountMade(
            world[Unit].PrepareToken, world[Unit].Id, "autofs on /srv: the kernel has no autofs"));
        Assert.That(world.State(Unit), Is.EqualTo("failed"));
        Assert.That(world[Unit].FailureText, Does.Contain("no autofs"));
        Assert.That(world.Result(Unit), Is.EqualTo("resources"));
    }

    [Test]
    public void What_nobody_used_is_unmounted_and_the_kernel_hears_of_it()
    {
        World world = Waiting(with: a => a with { TimeoutIdleUs = 30_000_000 });
        Look(world);
        Mounted(world);
        world.AdvanceSeconds(10);
        Assert.That(world.Effects.OfType<Effect.ExpireAutomount>().Count(), Is.EqualTo(1));
        world.AdvanceSeconds(10);
        Assert.That(world.Effects.OfType<Effect.ExpireAutomount>().Count(), Is.EqualTo(1), "again");
        world.Send(new EngineEvent.AutomountUnused(world[Unit].Id));
        world.Spawned(world.TheSpawn(ExecRole.Unmount));
        world.KernelHas();
        world.ControlExits(Mount);
        Assert.That(Answers(world).Last(), Is.EqualTo("Expire Done"));
        Assert.That(world.State(Unit), Is.EqualTo("waiting"), world.Dump());
        Assert.That(world[Unit].DeadlineUs, Is.EqualTo(long.MaxValue), "nothing to ask for");
        JournalRecord request = world.Records.First(
            r => r is { Kind: RecordKind.Transition, Unit: Mount, To: "unmounting" });
        Assert.That(request.Cause, Is.EqualTo(CauseKind.Job));
    }

    [Test]
    public void What_is_in_use_after_all_stays_and_the_kernel_hears_of_that()
    {
        World world = Waiting(with: a => a with { TimeoutIdleUs = 30_000_000 });
        Look(world);
        Mounted(world);
        world.Send(new EngineEvent.AutomountUnused(world[Unit].Id));
        world.Spawned(world.TheSpawn(ExecRole.Unmount));
        world.ControlExits(Mount, code: 32);
        Assert.That(world.State(Mount), Is.EqualTo("mounted"), world.Dump());
        Assert.That(Answers(world).Last(), Is.EqualTo("Expire NoMount"));
        Assert.That(world.State(Unit), Is.EqualTo("running"));
    }

    [Test]
    public void An_unmount_that_hangs_keeps_the_kernel_waiting_no_longer_than_its_time()
    {
        World world = Waiting(with: a => a with { TimeoutIdleUs = 30_000_000 });
        Look(world);
        Mounted(world);
        world.Send(new EngineEvent.AutomountUnused(world[Unit].Id));
        world.Spawned(world.TheSpawn(ExecRole.Unmount));
        world.AdvanceSeconds(179);
        Assert.That(world.Effects.OfType<Effect.AnswerAutomount>(), Is.Empty);
        world.AdvanceSeconds(1);
        Assert.That(Last(world), Is.EqualTo("Expire NoMount"), world.Dump());
        Assert.That(world.State(Unit), Is.EqualTo("waiting"), world.Dump());
    }

    [Test]
    public void Who_looked_at_what_somebody_else_mounted_waits_no_longer_than_his_time()
    {
        World world = Waiting(before: Make.Service("net.service"), mount: u => u with
        {
            Dependencies = Make.Unit(Mount, "Requires=net.service After=net.service").Dependencies,
        });
        Look(world);
        world.KernelHas(Mount);
        Assert.That(world[Mount].Job, Is.Not.Null, "it waits for the other unit");
        world.AdvanceSeconds(180);
        Assert.That(Answers(world), Has.Member("Mount Done"), world.Dump());
    }

    [Test]
    public void Restarts_of_the_manager_give_nobody_more_time_and_no_second_order()
    {
        World world = Waiting(with: a => a with { TimeoutIdleUs = 30_000_000 });
        Look(world);
        Mounted(world);
        world.Send(new EngineEvent.AutomountUnused(world[Unit].Id));
        world.Spawned(world.TheSpawn(ExecRole.Unmount));
        world.Request(RequestVerb.Restart, Mount, JobMode.Replace);
        Assert.That(world[Mount].Job?.Kind, Is.EqualTo(Job.JobKind.Start), world.Dump());
        long due = world[Unit].DeadlineUs;
        world.AdvanceSeconds(60);
        world.Crash(Facts(Unit));
        world.Send(new EngineEvent.AutomountUnused(world[Unit].Id));
        Assert.That(world[Mount].Job?.Kind, Is.EqualTo(Job.JobKind.Start), world.Dump());
        Assert.That(world[Unit].DeadlineUs, Is.EqualTo(due));
    }

    [Test]
    public void A_restart_of_the_manager_lets_nobody_go_before_a_stop_that_waits_does()
    {
        World world = Waiting(before: Make.Service(
            "user.service", deps: "Requires=srv.automount After=srv.automount"));
        world.StartAndRun("user.service");
        Look(world);
        world.Stop(Unit);
        Assert.That(world.State(Unit), Is.EqualTo("running"), world.Dump());
        world.Crash(Facts(Unit));
        Look(world);
        Assert.That(world.Effects.OfType<Effect.AnswerAutomount>(), Is.Empty, world.Dump());
    }

    [Test]
    public void A_mount_by_hand_counts_and_so_does_its_end()
    {
        World world = Waiting();
        world.KernelHas(Mount);
        Assert.That(world.State(Unit), Is.EqualTo("running"), world.Dump());
        world.KernelHas();
        Assert.That(world.State(Unit), Is.EqualTo("waiting"));
    }

    [Test]
    public void What_is_mounted_already_cannot_be_waited_for()
    {
        World world = New();
        world.KernelHas(Mount);
        RequestId start = world.Start(Unit);
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
        Assert.That(((EngineReply.Finished)world.Final(start)!).Messages[0],
            Does.Contain("/srv is mounted already"));
        Assert.That(world.State(Unit), Is.EqualTo("dead"));
    }

    [Test]
    public void A_restart_of_the_manager_goes_on_where_it_was()
    {
        World world = Waiting();
        Look(world);
        world.Crash(Facts(Unit));
        Look(world);
        Assert.That(world.State(Unit), Is.EqualTo("running"), world.Dump());
        foreach (Effect.Spawn spawn in world.PendingSpawns.TakeLast(1).ToArray())
            world.Spawned(spawn);
        world.KernelHas(Mount);
        world.ControlExits(Mount);
        Assert.That(Answers(world), Has.Member("Mount Done"));
    }

    [Test]
    public void Without_its_pipe_it_fails_and_is_taken_down()
    {
        World world = Waiting();
        world.Crash(Facts());
        Assert.That(world.State(Unit), Is.EqualTo("unmounting"), world.Dump());
        Gone(world);
        Assert.That(world.State(Unit), Is.EqualTo("failed"));
        Assert.That(world[Unit].FailureText, Does.Contain("did not survive"));
    }

    [Test]
    public void Autofs_that_somebody_unmounts_fails_it()
    {
        World world = Waiting();
        world.Send(new EngineEvent.AutomountLost(world[Unit].Id));
        Gone(world);
        Assert.That(world[Unit].FailureText, Is.EqualTo("its autofs was unmounted"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_question_that_was_lost_with_the_manager_is_asked_again(bool stops)
    {
        World world = Waiting(made: stops);
        if (stops)
            world.Stop(Unit);
        world.Crash(Facts());
        Assert.That(
            stops
                ? world.Effects.OfType<Effect.UnmakeAutomount>().Count()
                : world.Effects.OfType<Effect.MakeAutomount>().Count(),
            Is.EqualTo(1), world.Dump());
    }

    [Test]
    public void At_the_end_of_the_system_nobody_is_held()
    {
        World world = Waiting(umount: true);
        world.Request(RequestVerb.Poweroff, "");
        Assert.That(world.State(Unit), Is.EqualTo("unmounting"), world.Dump());
        Assert.That(Answers(world), Is.EqualTo(new[] { "Mount Down", "Expire Down" }));
    }

    private static World New(
        Func<AutomountSettings, AutomountSettings>? with = null,
        Func<UnitDefinition, UnitDefinition>? mount = null,
        bool umount = false,
        UnitDefinition? before = null)
    {
        UnitDefinition target = Make.Mount(Mount);
        UnitDefinition unit = Make.Automount(Unit, with);
        var world = new World(unit, mount is null ? target : mount(target));
        if (before is not null)
            world.Catalog.Add(before);
        if (umount)
        {
            world.Catalog.Add(Make.Target("umount.target"));
            world.Catalog.Add(unit with
            {
                Dependencies =
                [
                    .. unit.Dependencies, .. Make.Unit(
                        "x.target", "Conflicts=umount.target").Dependencies,
                ],
            });
        }

        return world;
    }

    private static World Waiting(
        Func<AutomountSettings, AutomountSettings>? with = null,
        Func<UnitDefinition, UnitDefinition>? mount = null,
        bool made = true,
        bool umount = false,
        UnitDefinition? before = null)
    {
        World world = New(with, mount, umount, before);
        world.Start(Unit);
        if (!made)
            return world;
        Assert.That(world.State(Unit), Is.EqualTo("mounting"), world.Dump());
        world.Send(new EngineEvent.AutomountMade(
            world.Effects.OfType<Effect.MakeAutomount>().Single().Token, world[Unit].Id, null));
        Assert.That(world.State(Unit), Is.EqualTo("waiting"), world.Dump());
        return world;
    }

    private static void Look(World world) =>
        world.Send(new EngineEvent.AutomountWanted(world[Unit].Id, 77, "ls"));

    private static void Gone(World world) => world.Send(new EngineEvent.AutomountGone(
        world[Unit].PrepareToken, world[Unit].Id, null));

    private static void Mounted(World world)
    {
        world.Spawned(world.TheSpawn(ExecRole.Mount));
        world.KernelHas(Mount);
        world.ControlExits(Mount);
    }

    private static RecoveryFacts Facts(params string[] open) => new()
    {
        Kind = RecordKind.Crash,
        Text = "test",
        OpenAutomounts = [.. open.Select(UnitName.Parse)],
    };

    private static string Last(World world) => world.Effects.OfType<Effect.AnswerAutomount>()
        .Select(a => $"{a.Request} {a.Answer}").Last();

    private static string[] Answers(World world) =>
    [
        .. world.AllEffects.OfType<Effect.AnswerAutomount>()
            .Select(a => $"{a.Request} {a.Answer}").Distinct(),
    ];
}
