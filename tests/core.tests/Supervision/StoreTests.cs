using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

/// <summary>The descriptor store: whose, and until when (FileDescriptorStore*=).</summary>
internal sealed class StoreTests
{
    private const string Unit = "a.service";
    private static readonly NotifyMessage Stores = new()
    {
        StoresDescriptors = true,
        Ticket = 7,
        DescriptorName = "state",
    };

    [Test]
    public void What_a_service_stores_is_kept_under_its_name()
    {
        World world = Running();
        world.Notify(Unit, Stores);
        var kept = (Effect.StoreDescriptors)world.Effects.Single();
        Assert.That((kept.Ticket, kept.Name), Is.EqualTo((7, "state")));
        Assert.That(world[Unit].HasStore);
    }

    [Test]
    public void Without_a_name_it_is_stored_as_stored()
    {
        World world = Running();
        world.Notify(Unit, Stores with { DescriptorName = null });
        Assert.That(((Effect.StoreDescriptors)world.Effects.Single()).Name, Is.EqualTo("stored"));
    }

    /// <summary>Each ticket is answered: none of the others may leave descriptors open.</summary>
    [TestCase(0, true, true)]
    [TestCase(4, false, true)]
    [TestCase(4, true, false)]
    public void What_may_not_be_stored_is_dropped(int most, bool asks, bool fromMain)
    {
        World world = Running(v => v with { FileDescriptorStoreMax = most });
        world.Notify(Unit, Stores with { StoresDescriptors = asks }, fromMain ? null : 99);
        Assert.That(world.Effects.OfType<Effect.DropDescriptors>().Single().Ticket, Is.EqualTo(7));
        Assert.That(world[Unit].HasStore, Is.False);
    }

    [TestCase(StorePreserve.Restart, false, true)]
    [TestCase(StorePreserve.Restart, true, false)]
    [TestCase(StorePreserve.No, true, true)]
    [TestCase(StorePreserve.No, false, true)]
    [TestCase(StorePreserve.Yes, false, false)]
    public void A_stop_and_a_restart_release_as_the_unit_says(
        StorePreserve preserve, bool restart, bool released)
    {
        World world = Running(v => v with { StorePreserve = preserve });
        world.Notify(Unit, Stores);
        world.Request(restart ? RequestVerb.Restart : RequestVerb.Stop, Unit);
        world.MainExits(Unit);
        Assert.That(world.Effects.OfType<Effect.ReleaseDescriptors>().Any(),
            Is.EqualTo(released), world.Dump());
        Assert.That(world[Unit].HasStore, Is.EqualTo(!released));
    }

    [Test]
    public void A_crash_of_the_service_keeps_them_for_its_restart()
    {
        World world = Running(v => v with { Restart = RestartMode.OnFailure });
        world.Notify(Unit, Stores);
        world.MainExits(Unit, 1);
        Assert.That(world.State(Unit), Is.EqualTo("auto-restart"));
        Assert.That(world.Effects, Has.None.InstanceOf<Effect.ReleaseDescriptors>());
    }

    [Test]
    public void FDSTOREREMOVE_releases_one_name_only()
    {
        World world = Running();
        world.Notify(Unit, Stores);
        world.Notify(Unit, new NotifyMessage { RemovesDescriptors = true, DescriptorName = "x" });
        Assert.That(((Effect.ReleaseDescriptors)world.Effects.Single()).Name, Is.EqualTo("x"));
    }

    [Test]
    public void That_a_unit_has_a_store_survives_a_crash_of_the_manager()
    {
        World world = Running();
        world.Notify(Unit, Stores);
        world.Crash();
        Assert.That(world[Unit].HasStore);
    }

    /// <summary>The simulator found it: the store outlived the restart that it was for.</summary>
    [Test]
    public void A_restart_that_comes_to_nothing_releases_what_was_kept_for_it()
    {
        World world = Running(deps: "Requires=b.service After=b.service");
        world.Notify(Unit, Stores);
        world.Request(
            RequestVerb.Restart, $"{Unit} b.service", more: r => r with { NoRollback = true });
        world.MainExits(Unit, 15, ExitKind.Killed);
        world.MainExits("b.service", 15, ExitKind.Killed);
        Assert.That(world[Unit].HasStore, "it is down, and its start is to come");
        Effect.Spawn spawn = world.PendingSpawns.Single();
        world.Send(new EngineEvent.SpawnFailed(spawn.Token, false, "clone3", 11));
        Assert.That(world[Unit].Job, Is.Null, world.Dump());
        Assert.That(world[Unit].HasStore, Is.False);
        Assert.That(world.Effects, Has.Some.InstanceOf<Effect.ReleaseDescriptors>());
    }

    private static World Running(
        Func<ServiceSettings, ServiceSettings>? with = null, string deps = "")
    {
        UnitDefinition unit = Make.Service(Unit, ServiceType.Notify, deps: deps, with: v =>
        {
            v = v with { FileDescriptorStoreMax = 4 };
            return with is null ? v : with(v);
        });
        var world = new World(unit, Make.Service("b.service"));
        if (deps.Length > 0)
            world.StartAndRun("b.service");
        world.StartAndRun(Unit);
        world.Notify(Unit, new NotifyMessage { Ready = true });
        return world;
    }
}
