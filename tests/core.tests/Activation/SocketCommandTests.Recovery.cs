using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Activation;

internal sealed partial class SocketCommandTests
{
    [Test]
    public void After_a_crash_a_command_that_lives_is_waited_for_and_one_that_never_was_is_made()
    {
        World world = Of(All);
        world.StartAndRun("a.socket");
        Effect.Spawn first = world.AllEffects.OfType<Effect.Spawn>().Single();
        ProcessIdentity alive = world["a.socket"].ControlProcess;
        world.Crash(Facts(new SlotFinding(first.Token, alive, true, world["a.socket"].Name)));
        Assert.That(world.Effects.OfType<Effect.Spawn>(), Is.Empty);
        Assert.That(world["a.socket"].DeadlineUs, Is.Not.EqualTo(long.MaxValue));
        world.ControlExits("a.socket");
        Effect.Spawn second = world.TheSpawn(ExecRole.StartPre);
        Assert.That(second.CommandIndex, Is.EqualTo(1));
        world.Crash();
        Assert.That(world.TheSpawn(ExecRole.StartPre).CommandIndex, Is.EqualTo(1));
        Assert.That(world.State("a.socket"), Is.EqualTo("start-pre"));
    }

    [Test]
    public void A_command_whose_end_nobody_saw_fails_the_start()
    {
        World world = Of(All);
        world.StartAndRun("a.socket");
        world.Crash(new RecoveryFacts
        {
            Kind = RecordKind.Crash,
            Text = "test",
            Lost = [world["a.socket"].ControlProcess],
        });
        Assert.That(world.State("a.socket"), Is.EqualTo("failed"));
        Assert.That(world.Result("a.socket"), Is.EqualTo("resources"));
        Assert.That(Opens(world), Is.Empty);
    }

    [Test]
    public void After_a_crash_the_descriptors_fit_the_state()
    {
        World world = Of(All);
        BringUp(world);
        world.Stop("a.socket");
        world.RunSpawns();
        world.Crash(Facts(isOpen: true));
        Assert.That(Closes(world), Is.Empty, "ExecStopPre= runs");
        world.ControlExits("a.socket");
        world.RunSpawns();
        world.Crash(Facts(isOpen: true));
        Assert.That(Closes(world), Is.Not.Empty, "ExecStopPost= runs");

        World other = Of(All);
        BringUp(other, untilPost: true);
        other.Crash(Facts(isOpen: false));
        Assert.That(Opens(other), Is.Not.Empty, "they did not survive");
        other.Send(new EngineEvent.SocketsOpened(other["a.socket"].Id, "EADDRINUSE"));
        Assert.That(other.Effects.OfType<Effect.Signal>().Single().Number, Is.EqualTo(9));
        other.ControlExits("a.socket", code: 9, kind: ExitKind.Killed);
        Assert.That(other.State("a.socket"), Is.EqualTo("stop-pre"));
        Assert.That(other.Result("a.socket"), Is.EqualTo("resources"));
    }

    [Test]
    public void A_crash_sends_the_signal_again_and_a_planned_re_exec_does_not()
    {
        World world = Of(All);
        world.StartAndRun("a.socket");
        world.AdvanceSeconds(10);
        Assert.That(world.State("a.socket"), Is.EqualTo("final-sigterm"));
        long due = world["a.socket"].DeadlineUs;
        world.Reexec();
        Assert.That(world.Effects.OfType<Effect.Signal>(), Is.Empty);
        world.Crash();
        Assert.That(world.Effects.OfType<Effect.Signal>(), Has.Exactly(1).Items);
        Assert.That(world["a.socket"].DeadlineUs, Is.EqualTo(due));
    }

    [Test]
    public void What_a_crash_kept_from_being_killed_is_killed_by_the_next_image()
    {
        World world = Of(s => s with { ExecStopPost = Make.Commands("/bin/post") });
        BringUp(world);
        world.Stop("a.socket");
        world.RunSpawns();
        world.ControlExits("a.socket", empty: null);
        Assert.That(world.State("a.socket"), Is.EqualTo("dead"));
        Assert.That(world.Effects.OfType<Effect.KillCgroup>(), Has.Exactly(1).Items);
        world.Crash();
        Assert.That(world.Effects.OfType<Effect.KillCgroup>(), Has.Exactly(1).Items);
    }

    private static RecoveryFacts Facts(params SlotFinding[] slots) => new()
    {
        Kind = RecordKind.Crash,
        Text = "test",
        Slots = slots,
    };

    private static RecoveryFacts Facts(bool isOpen) => new()
    {
        Kind = RecordKind.Crash,
        Text = "test",
        OpenSockets = isOpen ? [UnitName.Parse("a.socket")] : [],
    };
}
