using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

/// <summary>
/// Mounts that we bring about; see <see cref="KernelMountTests"/> for those of others.
/// </summary>
internal sealed class MountTests
{
    [Test]
    public void A_start_runs_mount_and_the_table_says_when_it_is_there()
    {
        World world = new(Make.Mount("srv.mount"));
        RequestId start = world.Start("srv.mount");
        world.Spawned(world.TheSpawn(ExecRole.Mount));
        world.KernelHas("srv.mount");
        Assert.That(world.State("srv.mount"), Is.EqualTo("mounting-done"));
        Assert.That(world.Final(start), Is.Null, "the program may still fail");
        world.ControlExits("srv.mount");
        Assert.That(
            world.Path("srv.mount"), Is.EqualTo("dead mounting mounting-done mounted"));
        Assert.That(world.Outcome(start), Is.EqualTo("committed"), world.Dump());
        Assert.That(world["srv.mount"].DeadlineUs, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void What_a_crash_kept_from_being_cleaned_up_is_cleaned_up_by_the_next_image()
    {
        World world = new(Make.Mount("srv.mount"));
        world.StartAndRun("srv.mount");
        world.KernelHas("srv.mount");
        world.ControlExits("srv.mount");
        world.KernelHas();
        Assert.That(world.State("srv.mount"), Is.EqualTo("dead"), world.Dump());
        Assert.That(world.Effects.OfType<Effect.CleanUp>(), Has.Exactly(1).Items);
        world.Crash();
        Assert.That(world.Effects.OfType<Effect.CleanUp>(), Has.Exactly(1).Items);
    }

    [Test]
    public void Success_without_a_mount_is_none()
    {
        World world = new(Make.Mount("srv.mount"));
        RequestId start = world.StartAndRun("srv.mount");
        world.ControlExits("srv.mount");
        Assert.That(world.State("srv.mount"), Is.EqualTo("failed"));
        Assert.That(world.Result("srv.mount"), Is.EqualTo("protocol"));
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
        Assert.That(world["srv.mount"].FailureText, Does.Contain("the kernel does not have /srv"));
    }

    [Test]
    public void A_mount_that_fails_says_with_which_status()
    {
        World world = new(Make.Mount("srv.mount"));
        world.StartAndRun("srv.mount");
        world.ControlExits("srv.mount", code: 32);
        Assert.That(world.State("srv.mount"), Is.EqualTo("failed"));
        Assert.That(world.Result("srv.mount"), Is.EqualTo("exit-code"));
        Assert.That(
            world["srv.mount"].FailureText, Is.EqualTo("/bin/mount ended with status 32"));
        world.Request(RequestVerb.ResetFailed, "srv.mount");
        Assert.That(world.State("srv.mount"), Is.EqualTo("dead"));
    }

    [Test]
    public void What_comes_and_goes_before_mount_ends_is_no_mount()
    {
        World world = new(Make.Mount("srv.mount"));
        world.StartAndRun("srv.mount");
        world.AdvanceSeconds(50);
        world.KernelHas("srv.mount");
        world.KernelHas();
        Assert.That(
            world.Path("srv.mount"), Is.EqualTo("dead mounting mounting-done mounting"));
        Assert.That(world.Effects.OfType<Effect.Spawn>(), Is.Empty, "it runs already");
        world.AdvanceSeconds(39);
        Assert.That(world.State("srv.mount"), Is.EqualTo("mounting"));
        world.AdvanceSeconds(1);
        Assert.That(world.State("srv.mount"), Is.EqualTo("unmounting-sigterm"));
    }

    [Test]
    public void One_that_hangs_is_ended_in_two_steps_and_then_given_up()
    {
        World world = new(Make.Mount("srv.mount"));
        RequestId start = world.StartAndRun("srv.mount");
        world.AdvanceSeconds(90);
        Assert.That(world.Effects.OfType<Effect.Signal>().Single(), Is.EqualTo(new Effect.Signal(
            world["srv.mount"].Id, SignalScope.Unit, default, 15, ThenContinue: true)));
        world.AdvanceSeconds(90);
        Assert.That(world.Effects.OfType<Effect.KillCgroup>().Count(), Is.EqualTo(1));
        world.AdvanceSeconds(90);
        Assert.That(world.State("srv.mount"), Is.EqualTo("failed"), world.Dump());
        Assert.That(world.Result("srv.mount"), Is.EqualTo("timeout"));
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
        Assert.That(world.Records.Any(r => r is { Kind: RecordKind.Process, To: "lost" }));
        Assert.That(world["srv.mount"].ControlProcess.IsNone);
    }

    [Test]
    public void A_stop_unmounts_and_a_mount_below_shows_again()
    {
        World world = Mounted(Make.Mount("srv.mount"));
        RequestId stop = world.Stop("srv.mount");
        world.Spawned(world.TheSpawn(ExecRole.Unmount));
        world.ControlExits("srv.mount");
        world.Spawned(world.TheSpawn(ExecRole.Unmount));
        world.KernelHas();
        Assert.That(world.State("srv.mount"), Is.EqualTo("unmounting"));
        world.ControlExits("srv.mount");
        Assert.That(world.State("srv.mount"), Is.EqualTo("dead"));
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"));
        Assert.That(world.Effects.OfType<Effect.CleanUp>().Count(), Is.EqualTo(1));
    }

    [Test]
    public void What_is_in_use_stays_and_fails_the_stop()
    {
        World world = Mounted(Make.Mount("srv.mount"));
        RequestId stop = world.Stop("srv.mount");
        world.RunSpawns();
        world.ControlExits("srv.mount", code: 32);
        Assert.That(world.State("srv.mount"), Is.EqualTo("mounted"));
        Assert.That(((EngineReply.Finished)world.Final(stop)!).Messages[0],
            Does.Contain("/bin/umount ended with status 32"));
        Assert.That(world.JobResults().Last(), Is.EqualTo("srv.mount stop failed"));
    }

    [Test]
    public void Unmounting_for_ever_has_an_end()
    {
        World world = Mounted(Make.Mount("srv.mount"));
        world.Stop("srv.mount");
        for (int i = 0; i < 32; i++)
        {
            Assert.That(world.State("srv.mount"), Is.EqualTo("unmounting"), $"after {i}");
            world.RunSpawns();
            world.ControlExits("srv.mount");
        }

        Assert.That(world.State("srv.mount"), Is.EqualTo("mounted"));
        Assert.That(world.Result("srv.mount"), Is.EqualTo("protocol"));
    }

    [Test]
    public void Gone_is_gone_whatever_umount_says()
    {
        World world = Mounted(Make.Mount("srv.mount"));
        world.Stop("srv.mount");
        world.RunSpawns();
        world.KernelHas();
        world.ControlExits("srv.mount", code: 32);
        Assert.That(world.State("srv.mount"), Is.EqualTo("dead"));
        Assert.That(world.Result("srv.mount"), Is.EqualTo("success"));
    }

    [Test]
    public void A_stop_in_the_middle_of_a_start_takes_away_what_is_there_by_then()
    {
        World world = new(Make.Mount("srv.mount"));
        world.StartAndRun("srv.mount");
        world.KernelHas("srv.mount");
        RequestId stop = world.Request(RequestVerb.Stop, "srv.mount", JobMode.Replace);
        Assert.That(world.State("srv.mount"), Is.EqualTo("unmounting-sigterm"));
        world.ControlExits("srv.mount", 15, ExitKind.Killed);
        Assert.That(world.State("srv.mount"), Is.EqualTo("unmounting"), world.Dump());
        world.Spawned(world.TheSpawn(ExecRole.Unmount));
        world.KernelHas();
        world.ControlExits("srv.mount");
        Assert.That(world.State("srv.mount"), Is.EqualTo("dead"));
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"));
    }

    [Test]
    public void A_reload_mounts_anew_and_its_failure_leaves_the_mount()
    {
        World world = Mounted(Make.Mount("srv.mount"));
        RequestId reload = world.Request(RequestVerb.Reload, "srv.mount");
        world.Spawned(world.TheSpawn(ExecRole.Remount));
        Assert.That(world["srv.mount"].Active, Is.EqualTo(Core.Lifecycle.ActiveState.Reloading));
        world.ControlExits("srv.mount");
        Assert.That(world.Outcome(reload), Is.EqualTo("committed"), world.Dump());
        RequestId again = world.Request(RequestVerb.Reload, "srv.mount");
        world.RunSpawns();
        world.ControlExits("srv.mount", code: 1);
        Assert.That(world.State("srv.mount"), Is.EqualTo("mounted"));
        Assert.That(world.Outcome(again), Is.EqualTo("failed"));
        Assert.That(world.Result("srv.mount"), Is.EqualTo("success"));
    }

    [Test]
    public void A_reload_that_hangs_spares_what_serves_the_file_system()
    {
        World world = Mounted(Make.Mount("srv.mount"));
        world.Request(RequestVerb.Reload, "srv.mount");
        world.RunSpawns();
        ProcessIdentity program = world["srv.mount"].ControlProcess;
        world.AdvanceSeconds(90);
        Assert.That(world.State("srv.mount"), Is.EqualTo("remounting-sigterm"));
        world.AdvanceSeconds(90);
        Assert.That(world.Effects.OfType<Effect.KillCgroup>(), Is.Empty);
        Assert.That(world.Effects.OfType<Effect.Signal>().Single().Process, Is.EqualTo(program));
        world.ControlExits("srv.mount", 9, ExitKind.Killed);
        Assert.That(world.State("srv.mount"), Is.EqualTo("mounted"));
    }

    [Test]
    public void Conditions_come_first()
    {
        World world = new(Make.Mount("srv.mount") with
        {
            Conditions =
            [
                new UnitCondition("PathExists", "/x", false, false, false, SourceLocation.BuiltIn),
            ],
        });
        world.Start("srv.mount");
        world.Prepared("srv.mount", PrepareOutcome.ConditionFailed, "no /x");
        Assert.That(world.Path("srv.mount"), Is.EqualTo("dead condition dead"));
        world.Start("srv.mount");
        world.Prepared("srv.mount");
        Assert.That(world.State("srv.mount"), Is.EqualTo("mounting"));
    }

    [Test]
    public void After_a_crash_the_table_tells_what_became_of_a_program_that_is_gone()
    {
        World world = new(Make.Mount("srv.mount"), Make.Mount("opt.mount"));
        world.StartAndRun("srv.mount");
        world.StartAndRun("opt.mount");
        RecoveryFacts facts = new()
        {
            Kind = RecordKind.Crash,
            Text = "test",
            Lost = [world["srv.mount"].ControlProcess, world["opt.mount"].ControlProcess],
        };
        world.Crash(facts);
        Assert.That(world.State("srv.mount"), Is.EqualTo("mounting"), "nobody knows yet");
        world.KernelHas("srv.mount");
        Assert.That(world.State("srv.mount"), Is.EqualTo("mounted"), world.Dump());
        Assert.That(world.State("opt.mount"), Is.EqualTo("failed"));
    }

    [Test]
    public void After_a_crash_an_unmount_that_nobody_saw_end_is_told_by_the_table()
    {
        World world = Mounted(Make.Mount("srv.mount"));
        world.Stop("srv.mount");
        world.RunSpawns();
        world.Crash(new RecoveryFacts
        {
            Kind = RecordKind.Crash,
            Text = "test",
            Lost = [world["srv.mount"].ControlProcess],
        });
        Assert.That(world.State("srv.mount"), Is.EqualTo("unmounting"));
        world.KernelHas();
        Assert.That(world.State("srv.mount"), Is.EqualTo("dead"), world.Dump());
        Assert.That(world.Result("srv.mount"), Is.EqualTo("success"));
    }

    [Test]
    public void After_a_crash_an_intent_without_a_process_is_tried_again()
    {
        World world = new(Make.Mount("srv.mount"));
        world.Start("srv.mount");
        world.Crash();
        world.Spawned(world.TheSpawn(ExecRole.Mount));
        world.KernelHas("srv.mount");
        world.ControlExits("srv.mount");
        Assert.That(world.State("srv.mount"), Is.EqualTo("mounted"));
        world.Reexec();
        world.KernelHas("srv.mount");
        Assert.That(world.State("srv.mount"), Is.EqualTo("mounted"));
        Assert.That(world.Path("srv.mount"), Does.EndWith("mounting-done mounted"));
    }

    [Test]
    public void Too_many_starts_are_too_many()
    {
        World world = new(Make.Mount("srv.mount"));
        for (int i = 0; i < 5; i++)
        {
            world.StartAndRun("srv.mount");
            world.ControlExits("srv.mount", code: 1);
        }

        world.Start("srv.mount");
        Assert.That(world["srv.mount"].IsLimited);
        Assert.That(world["srv.mount"].FailureText, Does.Contain("StartLimitBurst="));
        Assert.That(
            world.Result("srv.mount"), Is.EqualTo("exit-code"), "as of the run before: systemd");
        world.Request(RequestVerb.ResetFailed, "srv.mount");
        world.Start("srv.mount");
        Assert.That(world.State("srv.mount"), Is.EqualTo("mounting"));
    }

    [Test]
    public void What_stands_on_a_mount_stops_before_it_and_goes_with_it()
    {
        World world = new(
            Make.Mount("srv.mount"),
            Make.Service("a.service", deps: "Requires=srv.mount After=srv.mount"));
        world.Start("a.service");
        world.Spawned(world.TheSpawn(ExecRole.Mount));
        world.KernelHas("srv.mount");
        world.ControlExits("srv.mount");
        world.RunSpawns();
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        world.Stop("srv.mount");
        Assert.That(world.State("srv.mount"), Is.EqualTo("mounted"));
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"));
        world.MainExits("a.service");
        Assert.That(world.State("srv.mount"), Is.EqualTo("unmounting"));
    }

    [Test]
    public void Swap_goes_the_same_way_in_its_own_words()
    {
        World world = new(Make.Swap("srv-file.swap"));
        RequestId start = world.Start("srv-file.swap");
        world.Spawned(world.TheSpawn(ExecRole.SwapOn));
        world.KernelHas("srv-file.swap");
        Assert.That(world.Outcome(start), Is.EqualTo("committed"), "it is in use");
        world.ControlExits("srv-file.swap");
        RequestId stop = world.Stop("srv-file.swap");
        world.Spawned(world.TheSpawn(ExecRole.SwapOff));
        world.KernelHas();
        world.ControlExits("srv-file.swap");
        Assert.That(world.Path("srv-file.swap"),
            Is.EqualTo("dead activating activating-done active deactivating dead"));
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"));
        RequestId refused = world.Start("srv-file.swap");
        world.RunSpawns();
        world.ControlExits("srv-file.swap", code: 255);
        Assert.That(world.Outcome(refused), Is.EqualTo("failed"));
        Assert.That(world["srv-file.swap"].FailureText,
            Is.EqualTo("/sbin/swapon ended with status 255"));
    }

    private static World Mounted(UnitDefinition unit)
    {
        World world = new(unit);
        world.StartAndRun(unit.Name.Value);
        world.KernelHas(unit.Name.Value);
        world.ControlExits(unit.Name.Value);
        Assert.That(world.State(unit.Name.Value), Is.EqualTo("mounted"));
        return world;
    }
}
