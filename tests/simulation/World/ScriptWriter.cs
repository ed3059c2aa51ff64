using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Simulation.Randomness;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>
/// Draws what a process will do, from its unit, role and how often it ran before: the same
/// service does the same things whatever happens elsewhere.
/// </summary>
internal static class ScriptWriter
{
    /// <param name="p">The sequence of this one process.</param>
    /// <param name="unit">Its unit's definition.</param>
    /// <param name="trouble">Percent of processes that misbehave; 0 when faults are over.</param>
    public static ProcessScript Write(Prng p, UnitDefinition unit, ExecRole role, int trouble)
    {
        ServiceType type = unit.Service?.Type ?? ServiceType.Oneshot;
        bool bad = p.Percent(trouble);
        ProcessScript script = role switch
        {
            ExecRole.Main => MainProcess(p, unit, type, bad),
            ExecRole.Condition =>
                Short(p, bad) with { EndCode = Code(p, bad ? 60 : 10, [1, 2, 255]) },
            ExecRole.Stop => Short(p, bad) with { StopsMain = p.Percent(60) },
            ExecRole.Reload or ExecRole.Verb => Short(p, bad),
            ExecRole.Check => Short(p, bad) with { EndCode = Code(p, bad ? 60 : 20, [1, 2]) },
            ExecRole.StartPre or ExecRole.StartPost or ExecRole.StopPre or ExecRole.StopPost =>
                Short(p, bad),
            ExecRole.Mount or ExecRole.Remount or ExecRole.Unmount =>
                Short(p, bad) with { Mounts = !bad || p.Percent(50) },
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return Common(p, script, bad);
    }

    private static ProcessScript MainProcess(Prng p, UnitDefinition unit, ServiceType type,
        bool bad) => type switch
        {
            ServiceType.Oneshot => Short(p, bad),
            ServiceType.Forking => Forking(p, unit, bad),
            ServiceType.Notify or ServiceType.NotifyReload => Notifying(p, unit, bad),
            ServiceType.Simple or ServiceType.Exec or ServiceType.Idle => Long(p, bad),
            ServiceType.Dbus => Named(p, bad),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    // A command that does its work and ends; a bad one fails, dies or never ends.
    private static ProcessScript Short(Prng p, bool bad)
    {
        long life = Latency(p);
        if (!bad)
            return new ProcessScript { LifeUs = life };
        return p.Weighted([40, 20, 40]) switch
        {
            0 => new ProcessScript { LifeUs = life, EndCode = p.Pick([1, 2, 3, 4, 5, 255]) },
            1 => new ProcessScript
            {
                LifeUs = life,
                EndKind = Killing(p),
                EndCode = p.Pick([6, 9, 11, 15])
            },
            _ => new ProcessScript { OnTerminate = p.Pick([Reaction.Dies, Reaction.Ignores]) },
        };
    }

    // A service: it runs on, or, a bad one, ends after a while in one way or the other.
    private static ProcessScript Long(Prng p, bool bad)
    {
        if (!bad)
            return new ProcessScript();
        var script = new ProcessScript { LifeUs = Latency(p) * p.Pick([1, 10, 100]) };
        return p.Percent(60)
            ? script with { EndCode = p.Pick([0, 1, 2, 3, 4, 5, 143]) }
            : script with { EndKind = Killing(p), EndCode = p.Pick([6, 9, 10, 11, 12, 15]) };
    }

    private static ProcessScript Named(Prng p, bool bad)
    {
        ProcessScript script = bad && p.Percent(50) ? Long(p, bad) : new ProcessScript();
        script = script with { NameAfterUs = Latency(p) };
        if (!bad)
            return script;
        return p.Below(4) switch
        {
            0 => script with { NameAfterUs = long.MaxValue },
            1 => script with { NameAfterUs = 10_000_000L * p.Between(1, 12) },
            2 => script with { NameGoneAfterUs = Latency(p) * p.Pick([1, 10, 100]) },
            _ => script,
        };
    }

    private static ProcessScript Notifying(Prng p, UnitDefinition unit, bool bad)
    {
        long watchdog = unit.Service?.WatchdogUs ?? 0;
        ProcessScript script = (bad && p.Percent(50) ? Long(p, bad) : new ProcessScript()) with
        {
            ReadyAfterUs = Latency(p),
            StoresAfterUs = unit.Service is { FileDescriptorStoreMax: > 0 } ? Latency(p)
                : long.MaxValue,
            PingEveryUs = watchdog / 2,
            SaysStopping = p.OneIn(4),
        };
        if (!bad)
            return script;
        return p.Below(6) switch
        {
            0 => script with { ReadyAfterUs = long.MaxValue },
            1 => script with { ReadyAfterUs = 10_000_000L * p.Between(1, 12) },
            2 => script with { ReadyTwice = true, ExtendUs = 2_000_000 },
            3 => script with { NotifiesFromChild = true },
            4 => script with { PingEveryUs = 0 },
            _ => script with { NamesForeignMainPid = true },
        };
    }

    private static ProcessScript Forking(Prng p, UnitDefinition unit, bool bad)
    {
        ProcessScript daemon = Common(p, Long(p, bad && p.Percent(50)), bad && p.Percent(40));
        var script = new ProcessScript
        {
            LifeUs = Latency(p),
            Daemon = daemon,
            PidFile = unit.Service?.PidFile is null ? PidFileHabit.Never
                : PidFileHabit.BeforeParentExits,
        };
        if (!bad)
            return script;
        return p.Below(5) switch
        {
            0 => script with
            {
                PidFile =
                p.Pick([PidFileHabit.Late, PidFileHabit.Never, PidFileHabit.Wrong])
            },
            1 => script with { LifeUs = long.MaxValue },
            2 => script with { EndCode = 1 },
            3 => script with { Daemon = null },
            _ => script,
        };
    }

    private static ProcessScript Common(Prng p, ProcessScript script, bool bad)
    {
        script = script with
        {
            ExecDelayUs = p.Pick([0, 0, 100, 1_000, 20_000]),
            OnTerminate = script.OnTerminate != Reaction.Dies
                ? script.OnTerminate : p.Pick([Reaction.Dies, Reaction.ExitsCleanly]),
            OnHangup = Reaction.Ignores,
            ReactionUs = p.Pick([0, 1_000, 1_000, 50_000]),
        };
        if (!bad)
            return script;
        return p.Below(9) switch
        {
            0 => script with { ExecErrno = p.Pick([2, 13, 8, 12]) },
            1 => script with { OnTerminate = Reaction.Ignores },
            2 => script with { OnTerminate = Reaction.ExitsBadly, ReactionUs = 400_000 },
            3 => script with { Children = p.Between(1, 3), ChildIgnoresTerminate = p.Percent(40) },
            4 => script with { Children = 1, ChildLifeUs = Latency(p) },
            5 => script with
            {
                OnTerminate = Reaction.Ignores,
                KillDelayUs = 1_000_000L * p.Between(1, 200)
            },
            6 => script with { ExecDelayUs = 1_000_000L * p.Between(1, 40) },
            7 => script with { OnHangup = Reaction.Dies },
            _ => script,
        };
    }

    private static int Code(Prng p, int percent, int[] codes) =>
        p.Percent(percent) ? p.Pick(codes) : 0;

    private static ExitKind Killing(Prng p) => p.Percent(70) ? ExitKind.Killed : ExitKind.Dumped;

    // Round figures on purpose: things that end at the same instant come in every order.
    private static long Latency(Prng p) =>
        p.Pick([0L, 1_000, 1_000, 10_000, 10_000, 100_000, 500_000]);
}
