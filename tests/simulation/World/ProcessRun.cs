using InitTx.Core;
using InitTx.Core.Ports;

namespace InitTx.Simulation.World;

/// <summary>Plays a process's script from exec to its end.</summary>
internal static class ProcessRun
{
    /// <summary>The program has begun.</summary>
    public static void Start(SimulatedWorld world, SimulatedProcess process)
    {
        ProcessScript script = process.Script;
        for (int i = 0; i < script.Children; i++)
        {
            var child = new ProcessScript
            {
                LifeUs = script.ChildLifeUs,
                OnTerminate = script.ChildIgnoresTerminate ? Reaction.Ignores : Reaction.Dies,
            };
            world.Processes.Fork(process, child);
        }

        if (script.ReadyAfterUs != long.MaxValue)
            PlanReadiness(world, process);
        world.Processes.Act(script.NameAfterUs, process, 20, () => world.Bus.Own(process));
        world.Processes.Act(script.NameGoneAfterUs, process, 21, () => world.Bus.Drop(process));
        if (script.StoresAfterUs != long.MaxValue)
        {
            Say(world, process, script.StoresAfterUs, new NotifyMessage
            {
                StoresDescriptors = true,
            });
        }

        if (script.PingEveryUs > 0)
            PlanPing(world, process);
        if (script.StopsMain)
            world.Processes.Act(script.LifeUs / 2, process, 6, () =>
                world.Processes.AskMainToStop(process.Unit));
        if (script.LifeUs == long.MaxValue)
            return;
        if (script.Mounts)
        {
            world.Processes.Act(script.LifeUs / 2, process, 23, () =>
            {
                if (process.Alive)
                    world.Mounts.Worked(process);
            });
        }

        if (script.Daemon is not null)
            world.Processes.Act(script.LifeUs / 2, process, 7, () => BecomeDaemon(world, process));
        EndIn(world, process, script.LifeUs, script.EndKind, script.EndCode);
    }

    /// <summary>Plans the end; the earliest plan wins.</summary>
    public static void EndIn(
        SimulatedWorld world, SimulatedProcess process, long delayUs, ExitKind kind, int code)
    {
        if (delayUs >= long.MaxValue - world.Clock.ActiveUs)
            return;
        long at = world.Clock.ActiveUs + delayUs;
        if (at >= process.EndsAtUs)
            return;
        process.EndsAtUs = at;
        world.Later(delayUs, process.Unit, 8, () =>
        {
            if (process.EndsAtUs != at)
                return;
            if (world.Processes.IsHeld(process) && !(kind == ExitKind.Killed && code == 9))
            {
                process.EndsAtUs = long.MaxValue;
                world.Processes.Hold(process, () => EndIn(world, process, 0, kind, code));
                return;
            }

            world.Processes.Kill(process, kind, code);
        });
    }

    /// <summary>STOPPING=1, from services that say it.</summary>
    public static void Stopping(SimulatedWorld world, SimulatedProcess process)
    {
        if (process.Script.SaysStopping)
            world.Processes.Notify(process,
                new NotifyMessage { Stopping = true, Status = "stopping" });
    }

    private static void PlanReadiness(SimulatedWorld world, SimulatedProcess process)
    {
        ProcessScript script = process.Script;
        if (script.ExtendUs > 0)
        {
            var extend = new NotifyMessage { ExtendTimeoutUs = script.ExtendUs };
            Say(world, process, script.ReadyAfterUs / 2, extend);
        }

        ProcessIdentity main = script.NamesForeignMainPid ? world.Processes.SomeOther(process)
            : default;
        var ready = new NotifyMessage { Ready = true, Status = "ready", MainPid = main };
        Say(world, process, script.ReadyAfterUs, ready);
        if (script.ReadyTwice)
            Say(world, process, script.ReadyAfterUs, ready);
    }

    private static void PlanPing(SimulatedWorld world, SimulatedProcess process) =>
        world.Processes.Act(process.Script.PingEveryUs, process, 9, () =>
        {
            if (!process.Alive)
                return;
            world.Processes.Notify(process, new NotifyMessage { WatchdogPing = true });
            PlanPing(world, process);
        });

    private static void Say(SimulatedWorld world, SimulatedProcess process, long delayUs,
        NotifyMessage message) =>
        world.Processes.Act(delayUs, process, 10, () =>
        {
            if (!process.Alive)
                return;
            SimulatedProcess sender = process.Script.NotifiesFromChild
                ? world.Processes.Fork(process, new ProcessScript { LifeUs = 1_000 })
                : process;
            world.Processes.Notify(sender, message);
        });

    private static void BecomeDaemon(SimulatedWorld world, SimulatedProcess process)
    {
        if (!process.Alive || process.Script.Daemon is not { } script)
            return;
        SimulatedProcess daemon = world.Processes.Fork(process, script);
        process.Daemon = daemon;
        switch (process.Script.PidFile)
        {
            case PidFileHabit.BeforeParentExits:
                world.Processes.WritePidFile(process.Unit, daemon.Identity);
                break;
            case PidFileHabit.Late:
                world.Processes.Act(process.Script.LifeUs + 300_000, daemon, 11, () =>
                    world.Processes.WritePidFile(process.Unit, daemon.Identity));
                break;
            case PidFileHabit.Wrong:
                world.Processes.WritePidFile(process.Unit, world.Processes.SomeOther(process));
                break;
            case PidFileHabit.Never:
                break;
        }
    }
}
