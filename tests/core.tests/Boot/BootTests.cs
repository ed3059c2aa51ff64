using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Boot;

internal sealed class BootTests
{
    private static readonly UnitName Default = UnitName.Parse("default.target");

    [Test]
    public void The_boot_is_one_transaction_and_ends_running()
    {
        World world = Booted(
            Make.Target("default.target", "Requires=basic.target After=basic.target Wants=a.service After=a.service"),
            Make.Target("basic.target"), Make.Service("a.service", deps: "After=basic.target"));
        Assert.That(world.Engine.State, Is.EqualTo(ManagerState.Starting));
        world.RunSpawns();
        Assert.That(world.Engine.State, Is.EqualTo(ManagerState.Running), world.Dump());
        Assert.That(world.Path("default.target"), Is.EqualTo("dead active"));
        Assert.That(world.Records[0].Kind, Is.EqualTo(RecordKind.Boot));
        Assert.That(world.Records[1].CauseSeq, Is.EqualTo(1));
        Assert.That(world.Records[1].Cause, Is.EqualTo(CauseKind.Boot));
    }

    [Test]
    public void A_failed_wanted_unit_leaves_the_boot_committed_and_the_system_degraded()
    {
        World world = Booted(
            Make.Target("default.target", "Wants=a.service"),
            Make.Service("a.service", ServiceType.Oneshot));
        world.RunSpawns();
        world.MainExits("a.service", 1);
        Assert.That(world.Engine.State, Is.EqualTo(ManagerState.Degraded), world.Dump());
        Assert.That(world.Engine.EndedTransactions.Single().Outcome.ToString(), Is.EqualTo("Committed"));
        world.Request(RequestVerb.ResetFailed, "");
        Assert.That(world.Engine.State, Is.EqualTo(ManagerState.Running));
    }

    [Test]
    public void A_missing_target_leads_to_rescue_and_a_missing_rescue_to_waiting()
    {
        World world = Booted(Make.Target("rescue.target"));
        Assert.That(world.Engine.State, Is.EqualTo(ManagerState.Maintenance));
        Assert.That(world.State("rescue.target"), Is.EqualTo("active"));
        world = Booted();
        Assert.That(world.Engine.State, Is.EqualTo(ManagerState.Maintenance));
        Assert.That(world.Effects.OfType<Effect.ConsoleLine>().Last().Text, Does.Contain("waits for orders"));
    }

    [Test]
    public void A_boot_breaks_a_cycle_at_its_least_important_edge_and_says_so()
    {
        UnitDependency weak = new(
            DependencyKind.After, UnitName.Parse("b.service"), DependencyOrigin.Default,
            SourceLocation.BuiltIn);
        World world = Booted(
            Make.Target("default.target", "Wants=a.service Wants=b.service"),
            Make.Service("a.service") with { Dependencies = [weak] },
            Make.Service("b.service", deps: "After=a.service"));
        Assert.That(world.TheSpawn(ExecRole.Main).Unit, Is.EqualTo(world["a.service"].Id));
        world.RunSpawns();
        Assert.That(world.Engine.State, Is.EqualTo(ManagerState.Running));
        Assert.That(world.Records.Single(r => r.Kind == RecordKind.Config).Text,
            Does.Contain("ignores that a.service comes after b.service"));
    }

    [Test]
    public void A_missing_requirement_does_not_keep_the_boot_from_its_goal()
    {
        World world = Booted(
            Make.Target("default.target", "Requires=basic.target After=basic.target"),
            Make.Target("basic.target", "Requires=gone.service Wants=a.service"),
            Make.Service("a.service"));
        world.RunSpawns();
        Assert.That(world.State("default.target"), Is.EqualTo("active"), world.Dump());
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.Records.Any(r => r.Kind == RecordKind.Config
            && r.Text!.Contains("Requires=gone.service (/etc/basic.target:2) is ignored", StringComparison.Ordinal)), world.Dump());
    }

    [Test]
    public void Mounts_that_are_there_are_active_and_those_that_are_not_fail_their_job()
    {
        World world = new(
            Make.Target("default.target", "Wants=local-fs.target"),
            Make.Target("local-fs.target", "Requires=data.mount Wants=home.mount After=data.mount After=home.mount"),
            Make.Unit("data.mount"), Make.Unit("home.mount"));
        world.KernelHas("-.mount", "data.mount");
        world.Send(new EngineEvent.Booted(Default, "test"));
        Assert.That(world.State("data.mount"), Is.EqualTo("mounted"));
        Assert.That(world.JobResults(), Has.Member("home.mount start failed"));
        Assert.That(world.State("local-fs.target"), Is.EqualTo("active"), world.Dump());
        world.KernelHas("-.mount");
        Assert.That(world.State("data.mount"), Is.EqualTo("dead"));
    }

    [Test]
    public void A_mount_that_appears_by_itself_starts_what_it_needs()
    {
        World world = Booted(
            Make.Target("default.target"), Make.Service("a.service"), Make.Service("b.service"),
            Make.Unit("data.mount", "Wants=a.service Conflicts=b.service"));
        world.StartAndRun("b.service");
        world.KernelHas("data.mount");
        world.RunSpawns();
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.State("b.service"), Is.EqualTo("stop-sigterm"));
    }

    [Test]
    public void What_is_there_before_the_manager_is_up_though_nobody_names_it()
    {
        World world = Booted(
            Make.Target("default.target"), Make.Unit("init.scope") with { IsPerpetual = true },
            Make.Unit("-.slice") with { IsPerpetual = true }, Make.Unit("system.slice"));
        Assert.That(
            world.Engine.Find(UnitName.Parse("init.scope"))?.Active,
            Is.EqualTo(Core.Lifecycle.ActiveState.Active));
        Assert.That(world.State("-.slice"), Is.EqualTo("active"));
        Assert.That(world.Engine.Find(UnitName.Parse("system.slice")), Is.Null);
        world.Crash();
        Assert.That(
            world.Engine.Find(UnitName.Parse("init.scope"))?.Active,
            Is.EqualTo(Core.Lifecycle.ActiveState.Active));
    }

    [Test]
    public void OnFailure_starts_when_a_unit_has_failed_for_good()
    {
        World world = new(
            Make.Service("a.service", deps: "OnFailure=h.service",
                with: s => s with { Restart = RestartMode.OnFailure },
                unit: u => u with { StartLimitBurst = 2 }),
            Make.Service("h.service"));
        world.StartAndRun("a.service");
        world.MainExits("a.service", 1);
        Assert.That(world.State("h.service"), Is.EqualTo("dead"), "it is restarted first");
        world.Advance(100_000);
        world.RunSpawns();
        world.MainExits("a.service", 1);
        world.Advance(100_000);
        world.RunSpawns();
        Assert.That(world.Result("a.service"), Is.EqualTo("exit-code"));
        Assert.That(world.State("h.service"), Is.EqualTo("running"), world.Dump());
    }

    [Test]
    public void BindsTo_takes_a_unit_down_with_the_other()
    {
        World world = new(
            Make.Service("a.service", deps: "BindsTo=b.service After=b.service"),
            Make.Service("b.service"));
        world.StartAndRun("a.service");
        world.MainExits("b.service");
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
    }

    [Test]
    public void Upholds_brings_a_unit_back_within_its_start_limit()
    {
        World world = new(
            Make.Target("t.target", "Upholds=b.service"),
            Make.Service("b.service", ServiceType.Oneshot));
        world.StartAndRun("t.target");
        for (int i = 0; i < 10 && world["b.service"].HasMain; i++)
        {
            world.MainExits("b.service");
            world.RunSpawns();
        }

        Assert.That(world.Result("b.service"), Is.EqualTo("start-limit-hit"));
        Assert.That(world.State("t.target"), Is.EqualTo("active"));
    }

    [Test]
    public void StopWhenUnneeded_lets_go_when_the_last_one_that_needs_it_is_down()
    {
        World world = new(
            Make.Service("a.service", deps: "Requires=n.service"),
            Make.Service("b.service", deps: "Wants=n.service"),
            Make.Service("n.service", unit: u => u with { StopWhenUnneeded = true }));
        world.StartAndRun("a.service b.service");
        world.Stop("a.service");
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That(world.State("n.service"), Is.EqualTo("running"));
        world.Stop("b.service");
        world.MainExits("b.service", 15, ExitKind.Killed);
        Assert.That(world.State("n.service"), Is.EqualTo("stop-sigterm"), world.Dump());
    }

    private static World Booted(params ReadOnlySpan<UnitDefinition> units)
    {
        var world = new World(units);
        world.Send(new EngineEvent.Booted(Default, "InitTx test"));
        return world;
    }
}
