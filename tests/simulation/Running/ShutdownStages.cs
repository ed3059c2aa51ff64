using InitTx.Core;
using InitTx.Simulation.Randomness;
using InitTx.Simulation.World;

namespace InitTx.Simulation.Running;

/// <summary>
/// The last stages, as the shell runs them: each ends when it is done or after 10 s.
/// </summary>
internal static class ShutdownStages
{
    private const long LimitUs = 10_000_000;
    private const long LookUs = 100_000;

    /// <summary>Begins a stage; asked for again after a crash it just begins again.</summary>
    public static void Begin(SimulatedWorld world, SimulatedShell shell, ShutdownStage stage)
    {
        switch (stage)
        {
            case ShutdownStage.TerminateAll:
                SignalAll(world, 15);
                Wait(world, stage, world.Clock.ActiveUs + LimitUs);
                break;
            case ShutdownStage.KillAll:
                SignalAll(world, 9);
                Wait(world, stage, world.Clock.ActiveUs + LimitUs);
                break;
            case ShutdownStage.Unmount:
                After(world, 500_000, () => Done(world, stage));
                break;
            case ShutdownStage.Final:
                shell.IsFinal = true;
                break;
        }
    }

    private static void SignalAll(SimulatedWorld world, int number)
    {
        foreach (SimulatedProcess p in new List<SimulatedProcess>(world.Processes.All))
            world.Processes.Signal(p.Identity, number);
    }

    private static void Wait(SimulatedWorld world, ShutdownStage stage, long untilUs)
    {
        bool alive = false;
        foreach (SimulatedProcess p in world.Processes.All)
            alive |= p.Alive;
        if (!alive || world.Clock.ActiveUs >= untilUs)
            Done(world, stage);
        else
            After(world, LookUs, () => Wait(world, stage, untilUs));
    }

    private static void After(SimulatedWorld world, long delayUs, Action action) =>
        world.Agenda.At(
            world.Clock.ActiveUs + delayUs,
            world.Seed.Draw(Purpose.Order, -6, world.Nth(Purpose.Order, -6)),
            action);

    private static void Done(SimulatedWorld world, ShutdownStage stage) =>
        world.Ready.Post(new StageInput(stage), world.Seed.Draw(Purpose.Order, -7, (long)stage));

    private sealed class StageInput(ShutdownStage stage) : Input
    {
        public override EngineEvent Read(Engine engine) =>
            new EngineEvent.ShutdownStageDone(stage, "");
    }
}
