using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

internal sealed class SimpleServiceTests
{
    [Test]
    public void A_service_starts_with_an_intent_before_its_process_and_is_up_at_the_fork()
    {
        var world = new World(Make.Service("a.service"));
        RequestId start = world.Start("a.service");
        Effect.Spawn spawn = world.TheSpawn(ExecRole.Main);
        Assert.That(world.Outcome(start), Is.Null);
        world.Spawned(spawn);
        Assert.That(world.Path("a.service"), Is.EqualTo("dead start running"));
        Assert.That(world.Outcome(start), Is.EqualTo("committed"), world.Dump());
        Assert.That(world["a.service"].GoalActive);
    }

    [Test]
    public void A_stop_signals_the_unit_and_ends_when_its_processes_are_gone()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        RequestId stop = world.Stop("a.service");
        Assert.That(world.Effects, Has.Member(new Effect.Signal(
            world["a.service"].Id, SignalScope.Unit, default, 15, ThenContinue: true)));
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That(world.Path("a.service"), Is.EqualTo("dead start running stop-sigterm dead"));
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"), world.Dump());
        Assert.That(world["a.service"].GoalActive, Is.False);
    }

    [Test]
    public void A_crash_is_restarted_after_the_delay()
    {
        var world = new World(Make.Service(
            "a.service", with: s => s with { Restart = RestartMode.OnFailure }));
        world.StartAndRun("a.service");
        world.MainExits("a.service", 9, ExitKind.Killed);
        Assert.That(world.State("a.service"), Is.EqualTo("auto-restart"));
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(world.NowUs + 100_000));
        world.Advance(100_000);
        world.RunSpawns();
        Assert.That(world.Path("a.service"),
            Is.EqualTo("dead start running auto-restart start running"));
        Assert.That(world["a.service"].Restarts, Is.EqualTo(1));
    }

    [Test]
    public void Each_row_names_the_row_that_caused_it()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        world.MainExits("a.service", 1);
        string chain = "";
        long seq = world.Records.Last(r => r.Kind == RecordKind.Transition).Seq;
        while (seq != 0)
        {
            JournalRecord row = world.Records.Single(r => r.Seq == seq);
            chain = $"{RecordWords.Of(row.Kind)} {row.To ?? row.Result} < " + chain;
            seq = row.CauseSeq;
        }

        Assert.That(chain, Is.EqualTo(
            "request accepted < transaction begun < job queued < job running < transition start < "
            + "process intended < process started < process executed < process exited < "
            + "transition failed < "), world.Dump());
    }
}
