using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;
using InitTx.Units.Recording;

namespace InitTx.Core.Tests.Activation;

/// <summary>Connections and their instances over a restart of the manager.</summary>
internal sealed partial class AcceptTests
{
    [Test]
    public void Over_a_crash_counts_connections_and_instances_are_what_they_were()
    {
        World world = Listening(s => s with { MaxConnections = 2 });
        Connect(world, "1-0", "4 10.0.0.1");
        Connect(world, "2-0", "4 10.0.0.1");
        Connect(world, "3-0", "4 10.0.0.1");
        byte[] before = world.Engine.Digest();
        Assert.That(world.Restored(out _).Digest(), Is.EqualTo(before));
        Crash(world);
        Assert.That(world["a.socket"].Accepting, Has.Property("Accepted").EqualTo(2)
            .And.Property("Refused").EqualTo(1).And.Property("Served").EqualTo(2)
            .And.Property("LastTicket").EqualTo(3));
        Assert.That(world["a@1-2-0.service"].ConnectionTicket, Is.EqualTo(2));
        world.Send(new EngineEvent.ConnectionAccepted(world["a.socket"].Id, 3, "3-0", ""));
        Assert.That(world.Effects, Is.Empty, "it was decided on before");
        world.MainExits("a@0-1-0.service");
        Assert.That(world.Effects, Has.Member(
            new Effect.CloseConnection(world["a.socket"].Id, 1)));
    }

    [Test]
    public void After_a_crash_an_instance_that_had_ended_is_let_go_again()
    {
        World world = Listening();
        Connect(world, "1-0");
        world.MainExits("a@0-1-0.service");
        Crash(world);
        UnitId id = world["a@0-1-0.service"].Id;
        Assert.That(world.Effects, Has.Member(new Effect.ReleaseUnit(id)), world.Dump());
        world.Send(new EngineEvent.UnitReleased(id));
        Assert.That(All(world), Is.Empty);
    }

    [Test]
    public void Definitions_that_were_held_bring_no_ended_instance_back()
    {
        World world = Listening();
        Connect(world, "1-0");
        Connect(world, "2-0");
        var held = world.Engine.Definitions();
        world.MainExits("a@0-1-0.service");
        world.Send(new EngineEvent.UnitReleased(world["a@0-1-0.service"].Id));
        Engine again = Restored(world, held);
        Assert.That(again.Find(UnitName.Parse("a@0-1-0.service")), Is.Null);
        Assert.That(again.Find(UnitName.Parse("a@1-2-0.service")), Is.Not.Null);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Definitions_that_were_held_make_no_instance_of_what_somebody_starts_later(
        bool isRecorded)
    {
        World world = Listening();
        Connect(world, "1-0");
        var held = world.Engine.Definitions();
        world.MainExits("a@0-1-0.service");
        world.Send(new EngineEvent.UnitReleased(world["a@0-1-0.service"].Id));
        if (isRecorded)
            world.StartAndRun("a@0-1-0.service");
        else
            world.Catalog.Add(Make.Target("b.target", "Wants=a@0-1-0.service"));
        _ = world["b.target"];
        UnitRuntime before = world["a@0-1-0.service"];
        Assert.That(before.Definition.AcceptedBy.IsNone);
        Engine again = Restored(world, held);
        _ = again.GetOrLoad(UnitName.Parse("b.target"));
        UnitRuntime unit = again.GetOrLoad(UnitName.Parse("a@0-1-0.service"));
        Assert.That(unit.Sub, Is.EqualTo(before.Sub));
        Assert.That(unit.Definition.AcceptedBy.IsNone);
        Assert.That(unit.In[DependencyKind.Triggers], Is.Empty);
        Assert.That(again.Digest(), Is.EqualTo(world.Engine.Digest()));
    }

    private static void Crash(World world) => world.Crash(new RecoveryFacts
    {
        Kind = RecordKind.Crash,
        Text = "test",
        OpenSockets = [UnitName.Parse("a.socket")],
    });

    private static Engine Restored(World world, IReadOnlyList<HeldDefinition> held)
    {
        Engine again = Engine.Restore(
            world.Catalog, world.Limits, world.EngineStore, [.. world.Store.Select(
                p => KeyValuePair.Create(p.Key, p.Value))], out var problems, held,
            [.. world.EndedStore]);
        Assert.That(problems, Is.Empty);
        return again;
    }
}
