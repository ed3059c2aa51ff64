using InitTx.Simulation.Randomness;
using InitTx.Units.Model;

namespace InitTx.Simulation.Boot;

/// <summary>Draws a service: type, commands, time-outs, restart policy and kill mode.</summary>
internal static class ServiceGenerator
{
    private static readonly RestartMode[] Modes =
    [
        RestartMode.No, RestartMode.No, RestartMode.OnFailure, RestartMode.OnFailure,
        RestartMode.Always, RestartMode.Always, RestartMode.OnSuccess, RestartMode.OnAbnormal,
        RestartMode.OnAbort, RestartMode.OnWatchdog,
    ];

    /// <summary>The unit without its dependencies.</summary>
    public static UnitDefinition Draw(Prng p, BootOptions options, UnitName name)
    {
        ServiceType type = Type(p, options);
        RestartMode restart = p.Pick(Modes);
        if (type == ServiceType.Oneshot && restart is RestartMode.Always or RestartMode.OnSuccess)
            restart = RestartMode.OnFailure;
        var unit = new UnitDefinition
        {
            Name = name,
            LoadState = UnitLoadState.Loaded,
            Description = name.Value,
            FragmentPath = "/usr/lib/systemd/system/" + name.Value,
            ContentDigest = "s",
            Slice = UnitName.Parse("system.slice"),
            Service = Settings(p, options, name, type, restart),
            Exec = Exec(p),
            Kill = Kill(p, options),
            StartLimitIntervalUs = p.Pick([10_000_000L, 10_000_000L, 1_000_000L, 60_000_000L]),
            StartLimitBurst = p.Pick([1, 3, 5, 5, 10]),
        };
        if (p.OneIn(8))
            unit = unit with { Conditions = [Condition(p, unit)] };
        return unit with { Service = WithOwn(p, options, name, unit.Service) };
    }

    /// <summary>The verbs that a service may have.</summary>
    public static readonly string[] VerbNames = ["dump", "rotate"];

    // Last, so that the rest of the unit is what it was before there were such.
    private static ServiceSettings WithOwn(
        Prng p, BootOptions o, UnitName name, ServiceSettings service) => service with
        {
            ExecCheck = Commands(p, o, name, 25, 2),
            Verbs = [.. VerbNames.Where(_ => o.ControlCommands && p.Percent(40))
                .Select(verb => new ServiceVerb(verb, Exactly(p, name, p.Between(1, 2))))],
            TimeoutVerbUs = Timeout(p, o, false),
        };

    private static ServiceType Type(Prng p, BootOptions o) =>
        p.Weighted([30, 14, o.Forking ? 16 : 0, o.Oneshot ? 22 : 0, o.Notify ? 20 : 0, 4, 6]) switch
        {
            0 => ServiceType.Simple,
            1 => ServiceType.Exec,
            2 => ServiceType.Forking,
            3 => ServiceType.Oneshot,
            4 => ServiceType.Notify,
            5 => ServiceType.Idle,
            _ => ServiceType.Dbus,
        };

    private static ServiceSettings Settings(
        Prng p, BootOptions o, UnitName name, ServiceType type, RestartMode restart)
    {
        int mains = type == ServiceType.Oneshot ? p.Weighted([4, 70, 20, 6]) : 1;
        List<ExecCommand> stop = Commands(p, o, name, 20, 1);
        if (mains == 0 && stop.Count == 0)
            mains = 1;
        return new ServiceSettings
        {
            Type = type,
            RemainAfterExit = type == ServiceType.Oneshot ? p.Percent(60) || mains == 0
                : p.OneIn(15),
            PidFile = type == ServiceType.Forking && p.Percent(75) ? $"/run/{name}.pid" : null,
            BusName = type == ServiceType.Dbus ? $"org.simulated.{name.WithoutSuffix}" : null,
            GuessMainPid = !p.OneIn(10),
            ExecCondition = Commands(p, o, name, 8, 1),
            ExecStartPre = Commands(p, o, name, 20, 2),
            ExecStart = Exactly(p, name, mains),
            ExecStartPost = Commands(p, o, name, 12, 2),
            ExecReload = Commands(p, o, name, 50, 1),
            ExecStop = stop,
            ExecStopPost = Commands(p, o, name, 15, 1),
            Restart = restart,
            RestartUs = p.Pick([100_000L, 100_000L, 1_000_000L, 10_000_000L, 1_000L]),
            TimeoutStartUs = Timeout(p, o, type == ServiceType.Oneshot),
            TimeoutStopUs = Timeout(p, o, false),
            TimeoutAbortUs = Timeout(p, o, false),
            RuntimeMaxUs = p.OneIn(15) ? 1_000_000L * p.Between(1, 30) : ServiceSettings.Infinity,
            WatchdogUs = o.Watchdog && type == ServiceType.Notify && p.Percent(60)
                ? 100_000L * p.Between(2, 50) : 0,
            NotifyAccess = type == ServiceType.Notify
                ? p.Pick([NotifyAccess.Main, NotifyAccess.Main, NotifyAccess.Exec,
                    NotifyAccess.All])
                : NotifyAccess.None,
            SuccessExitStatus = p.OneIn(8) ? new ExitStatusSet([3], [10]) : ExitStatusSet.Empty,
            RestartPreventExitStatus = p.OneIn(8) ? new ExitStatusSet([4], [6])
                : ExitStatusSet.Empty,
            RestartForceExitStatus = p.OneIn(8) ? new ExitStatusSet([5], [12])
                : ExitStatusSet.Empty,
            FileDescriptorStoreMax = type == ServiceType.Notify && p.OneIn(3) ? 2 : 0,
            StorePreserve = p.Pick(
                [StorePreserve.Restart, StorePreserve.No, StorePreserve.Yes]),
            Sockets = SocketsOf(name, o),
            OomPolicy = PolicyOf(name),
        };
    }

    // By the name: no draw, so that the rest of the unit is what it was.
    private static OomPolicy PolicyOf(UnitName name)
    {
        int sum = 0;
        foreach (char c in name.Value)
            sum += c;
        return (OomPolicy)(sum % 3);
    }

    // The generator gives a socket to every second service (UnitGenerator.Names).
    private static UnitName[] SocketsOf(UnitName name, BootOptions o)
    {
        if (name.Value[0] != 's')
            return [];
        int number =
            int.Parse(name.Value.AsSpan(1, 2), System.Globalization.CultureInfo.InvariantCulture);
        return number % 2 == 0 && number / 2 < o.Sockets ? [name.WithKind(UnitKind.Socket)] : [];
    }

    private static long Timeout(Prng p, BootOptions o, bool mayBeInfinite)
    {
        if (mayBeInfinite && p.OneIn(4))
            return ServiceSettings.Infinity;
        return o.ShortTimeouts
            ? p.Pick([50_000L, 300_000L, 1_000_000L, 5_000_000L])
            : p.Pick([5_000_000L, 30_000_000L, 90_000_000L]);
    }

    /// <summary>What no row may ever hold.</summary>
    public const string Secret = "hush-4f1c77";

    private static ExecSettings Exec(Prng p) => new()
    {
        User = p.Percent(35) ? "daemon" : null,
        Environment = [new("TOKEN", Secret)],
    };

    private static KillSettings Kill(Prng p, BootOptions o) => new()
    {
        Mode = !o.OddKillModes ? KillMode.ControlGroup : p.Pick(
            [KillMode.ControlGroup, KillMode.Mixed, KillMode.Process, KillMode.None]),
        KillSignal = p.OneIn(8) ? 2 : 15,
        FinalKillSignal = p.OneIn(12) ? 3 : 9,
        SendSigkill = !o.OddKillModes || !p.OneIn(8),
        SendSighup = p.OneIn(8),
        RestartKillSignal = p.OneIn(12) ? 12 : null,
    };

    private static UnitCondition Condition(Prng p, UnitDefinition unit) => new(
        "PathExists", "/etc/" + unit.Name, false, false, p.OneIn(4),
        new SourceLocation(unit.FragmentPath ?? "", 5));

    private static List<ExecCommand> Commands(Prng p, BootOptions o, UnitName n, int percent,
        int most) =>
        o.ControlCommands && p.Percent(percent) ? Exactly(p, n, p.Between(1, most)) : [];

    private static List<ExecCommand> Exactly(Prng p, UnitName name, int count)
    {
        var list = new List<ExecCommand>(count);
        for (int i = 0; i < count; i++)
        {
            ExecCommandFlags flags = p.OneIn(7) ? ExecCommandFlags.IgnoreFailure
                : ExecCommandFlags.None;
            var source = new SourceLocation("/usr/lib/systemd/system/" + name.Value, 10 + i);
            list.Add(new ExecCommand("/bin/" + name.WithoutSuffix, [name.WithoutSuffix], flags,
                source));
        }

        return list;
    }
}
