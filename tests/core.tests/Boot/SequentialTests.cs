using FsCheck;
using FsCheck.Fluent;
using InitTx.Tests;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Boot;

/// <summary>Sequential mode: one start of a transaction at a time, always in one order.</summary>
internal sealed class SequentialTests
{
    private static readonly EngineLimits OneAtATime = new() { StartsAtOnce = 1 };

    [Test]
    public void Units_start_one_after_the_other_whatever_takes_how_long()
    {
        World world = Booted(
            Make.Target("default.target",
                "Wants=a.service Wants=b.service Wants=c.service Wants=d.service After=a.service"),
            Make.Service("a.service", ServiceType.Notify),
            Make.Service("b.service", ServiceType.Oneshot, "After=c.service"),
            Make.Service("c.service", ServiceType.Oneshot), Make.Service("d.service"));
        world.RunSpawns();
        Assert.That(Starting(world), Is.EqualTo(new[] { "a.service" }), world.Dump());
        world.Notify("a.service", new NotifyMessage { Ready = true });
        world.RunSpawns();
        Assert.That(Starting(world), Is.EqualTo(new[] { "c.service" }));
        world.MainExits("c.service");
        world.RunSpawns();
        Assert.That(Starting(world), Is.EqualTo(new[] { "b.service" }));
        Assert.That(world.State("d.service"), Is.EqualTo("dead"));
        world.MainExits("b.service", 1);
        world.RunSpawns();
        Assert.That(world.State("d.service"), Is.EqualTo("running"));
        Assert.That(world.State("default.target"), Is.EqualTo("active"));
    }

    [Test]
    public void Stops_go_side_by_side()
    {
        World world = Booted(
            Make.Target("default.target", "Wants=a.service Wants=b.service"),
            Make.Service("a.service"), Make.Service("b.service"));
        world.RunSpawns();
        world.Stop("a.service b.service");
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"));
        Assert.That(world.State("b.service"), Is.EqualTo("stop-sigterm"));
    }

    [Test]
    public void What_a_running_start_asks_for_and_waits_for_is_not_held_up()
    {
        World world = Booted(
            Make.Target("default.target", "Wants=a.service Wants=z.service"),
            Make.Service("a.service", ServiceType.Oneshot),
            Make.Service("z.service", ServiceType.Oneshot));
        world.RunSpawns();
        Assert.That(Starting(world), Is.EqualTo(new[] { "a.service" }));
        world.StartAndRun("z.service");
        Assert.That(Starting(world), Is.EqualTo(new[] { "a.service", "z.service" }));
    }

    [Test]
    public void It_goes_on_one_by_one_after_a_crash()
    {
        World world = Booted(
            Make.Target("default.target", "Wants=a.service Wants=b.service Wants=c.service"),
            Make.Service("a.service", ServiceType.Oneshot),
            Make.Service("b.service", ServiceType.Oneshot),
            Make.Service("c.service", ServiceType.Oneshot));
        world.RunSpawns();
        world.Crash();
        world.RunSpawns();
        Assert.That(Starting(world), Is.EqualTo(new[] { "a.service" }), world.Dump());
        world.MainExits("a.service");
        world.RunSpawns();
        Assert.That(Starting(world), Is.EqualTo(new[] { "b.service" }));
    }

    [Test]
    public void Never_two_starts_of_one_transaction_run_and_all_jobs_end() =>
        Check.One(Properties.Of(200), Prop.ForAll(
        Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var walk = new RandomWalk(seed, OneAtATime);
            Engine engine = walk.World.Engine;
            for (int i = 0; i < 60; i++)
            {
                HashSet<UnitJob> before = [.. Running(engine)];
                int rows = walk.World.Records.Count;
                walk.Step();
                // A transaction that came or went may have changed who waits for what.
                if (walk.World.Records.Skip(rows).Any(r => r.Kind == RecordKind.Transaction))
                    continue;
                foreach (UnitJob begun in Running(engine))
                {
                    if (begun.Owners.Count != 1 || before.Contains(begun))
                        continue;
                    Assert.That(
                        Running(engine).Where(j => j != begun
                            && j.Owners.Contains(begun.Owners[0])
                            && (before.Contains(j) || j.Owners.Count == 1)),
                        Is.Empty, () => $"seed {seed}: {walk.World.Dump()}");
                }
            }

            Assert.That(walk.Settle(2_000), () => $"seed {seed}: {walk.World.Dump()}");
        }));

    private static IEnumerable<UnitJob> Running(Engine engine) =>
        engine.Jobs.Where(j => j is { IsRunning: true, Kind: JobKind.Start });

    private static World Booted(params ReadOnlySpan<UnitDefinition> units)
    {
        var world = new World(OneAtATime, units);
        world.Send(new EngineEvent.Booted(UnitName.Parse("default.target"), "InitTx test"));
        return world;
    }

    private static string[] Starting(World world) =>
        [.. world.Engine.Units.Where(u => u.Active == ActiveState.Activating)
            .Select(u => u.Name.Value).Order(StringComparer.Ordinal)];
}
