using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

/// <summary>Mounts that somebody else makes and takes away.</summary>
internal sealed class KernelMountTests
{
    [Test]
    public void A_mount_that_no_file_declares_has_a_unit_of_what_the_table_says()
    {
        World world = Booted();
        world.KernelHas("srv.mount", "srv-a.mount");
        UnitRuntime unit = world["srv-a.mount"];
        Assert.That(world.State("srv-a.mount"), Is.EqualTo("mounted"));
        Assert.That(unit.Definition.LoadState, Is.EqualTo(UnitLoadState.Loaded));
        Assert.That(unit.Definition.IsFromKernel);
        Assert.That(unit.Definition.Mount, Is.EqualTo(new MountSettings
        {
            What = "tmpfs",
            Where = "/srv/a",
            FileSystemType = "tmpfs",
            Options = "rw",
        }));
        Assert.That(Edges(unit), Does.Contain("Requires srv.mount").And
            .Contain("Conflicts umount.target"));
    }

    [Test]
    public void One_that_was_only_named_so_far_is_defined_when_it_appears()
    {
        World world = Booted(Make.Service("a.service", deps: "After=srv.mount BindsTo=srv.mount"));
        Assert.That(world["a.service"].Active, Is.EqualTo(Core.Lifecycle.ActiveState.Inactive));
        Assert.That(
            world["srv.mount"].Definition.LoadState, Is.EqualTo(UnitLoadState.NotFound));
        world.KernelHas("srv.mount");
        world.StartAndRun("a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        world.KernelHas();
        Assert.That(world.State("srv.mount"), Is.EqualTo("dead"));
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), "it was bound to it");
    }

    [Test]
    public void It_can_be_stopped_but_nobody_knows_how_to_start_it_again()
    {
        World world = Booted();
        world.KernelHas("srv.mount");
        RequestId stop = world.Stop("srv.mount");
        world.Spawned(world.TheSpawn(ExecRole.Unmount));
        world.KernelHas();
        world.ControlExits("srv.mount");
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"), world.Dump());
        RequestId start = world.Start("srv.mount");
        Assert.That(((EngineReply.Finished)world.Final(start)!).Messages[0],
            Does.Contain("no unit file says what to do about /srv"));
        Assert.That(world.State("srv.mount"), Is.EqualTo("dead"));
    }

    [Test]
    public void A_reload_of_the_manager_forgets_it_once_it_is_down()
    {
        World world = Booted();
        world.KernelHas("srv.mount");
        world.Send(new EngineEvent.CatalogReplaced(new TableCatalog(), default, null));
        Assert.That(world["srv.mount"].Definition.IsFromKernel, "it is up");
        world.KernelHas();
        world.Send(new EngineEvent.CatalogReplaced(new TableCatalog(), default, null));
        Assert.That(
            world["srv.mount"].Definition.LoadState, Is.EqualTo(UnitLoadState.NotFound));
    }

    [Test]
    public void After_a_crash_it_is_what_it_was_also_when_it_is_gone_by_then()
    {
        World world = Booted();
        world.KernelHas("srv.mount", "srv-a.mount");
        UnitDefinition before = world["srv-a.mount"].Definition;
        world.Crash();
        Assert.That(world["srv-a.mount"].Definition.Mount, Is.EqualTo(before.Mount));
        Assert.That(
            world["srv-a.mount"].Definition.Dependencies, Is.EqualTo(before.Dependencies));
        world.KernelHas();
        Assert.That(world.State("srv-a.mount"), Is.EqualTo("dead"));
        Assert.That(world["srv-a.mount"].Definition.IsFromKernel);
    }

    [Test]
    public void Options_that_somebody_changed_show()
    {
        World world = Booted();
        world.KernelHas("srv.mount");
        world.Send(new EngineEvent.MountTableRead(
            [new KernelEntry(UnitName.Parse("srv.mount"), "/srv", "tmpfs", "tmpfs", "ro")]));
        Assert.That(world["srv.mount"].Definition.Mount!.Options, Is.EqualTo("ro"));
        Assert.That(world.State("srv.mount"), Is.EqualTo("mounted"));
    }

    [Test]
    public void The_root_stays_mounted()
    {
        World world = Booted();
        world.KernelHas("-.mount");
        RequestId stop = world.Stop("-.mount");
        Assert.That(((EngineReply.Finished)world.Final(stop)!).Messages[0],
            Does.Contain("/ stays mounted as long as the system runs"));
        Assert.That(world.State("-.mount"), Is.EqualTo("mounted"));
    }

    [Test]
    public void One_that_somebody_takes_away_is_dead_whatever_failed_before()
    {
        World world = Booted(Make.Mount("srv.mount"));
        world.KernelHas("srv.mount");
        world.Stop("srv.mount");
        world.RunSpawns();
        world.ControlExits("srv.mount", code: 32);
        Assert.That(world.Result("srv.mount"), Is.EqualTo("exit-code"));
        world.KernelHas();
        Assert.That(world.State("srv.mount"), Is.EqualTo("dead"));
        Assert.That(world.Result("srv.mount"), Is.EqualTo("success"));
        Assert.That(world["srv.mount"].Transaction, Is.EqualTo(default(TransactionId)));
    }

    [Test]
    public void A_unit_that_failed_is_up_when_somebody_else_mounts_it()
    {
        World world = Booted(Make.Mount("srv.mount"));
        world.StartAndRun("srv.mount");
        world.ControlExits("srv.mount", code: 1);
        world.KernelHas("srv.mount");
        Assert.That(world.State("srv.mount"), Is.EqualTo("mounted"));
        Assert.That(world.Result("srv.mount"), Is.EqualTo("success"));
        Assert.That(world["srv.mount"].FailureText, Is.Null);
    }

    [Test]
    public void At_a_shutdown_what_files_declare_is_unmounted_after_what_stands_on_it()
    {
        World world = Booted(
            Make.Mount("srv.mount", "Conflicts=umount.target Before=umount.target"),
            Make.Mount("opt.mount"), Make.Target("umount.target"),
            Make.Service("a.service", deps: "Requires=srv.mount After=srv.mount"));
        world.KernelHas("srv.mount", "opt.mount", "mnt.mount", "-.mount");
        world.StartAndRun("a.service");
        world.Request(RequestVerb.Poweroff, "");
        Assert.That(world.State("srv.mount"), Is.EqualTo("mounted"));
        world.MainExits("a.service");
        Assert.That(world.State("srv.mount"), Is.EqualTo("unmounting"), world.Dump());
        Assert.That(world.State("opt.mount"), Is.EqualTo("mounted"), "it does not conflict");
        Assert.That(world.State("mnt.mount"), Is.EqualTo("mounted"), "the last stage's");
        world.RunSpawns();
        world.ControlExits("srv.mount", code: 32);
        Assert.That(world.Effects.OfType<Effect.Shutdown>().Single().Stage,
            Is.EqualTo(ShutdownStage.TerminateAll));
    }

    private static IEnumerable<string> Edges(UnitRuntime unit) =>
        unit.Definition.Dependencies.Select(d => $"{d.Kind} {d.Target}");

    private static World Booted(params UnitDefinition[] units)
    {
        World world = new([Make.Target("default.target"), .. units]);
        world.Send(new EngineEvent.Booted(UnitName.Parse("default.target"), "test"));
        return world;
    }
}
