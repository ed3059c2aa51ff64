using InitTx.Simulation.Randomness;
using InitTx.Units.Model;

namespace InitTx.Simulation.Boot;

/// <summary>
/// Draws a socket unit that activates the service of the same name, or with Accept=yes an instance
/// of the template for each connection.
/// </summary>
internal static class SocketGenerator
{
    /// <summary>The unit without its dependencies; those that follow from it are added.</summary>
    public static UnitDefinition Draw(Prng p, UnitName name, EdgeSet edges)
    {
        bool accepts = name.Value[0] == 'c';
        UnitName service = name.WithKind(UnitKind.Service);
        if (!accepts)
        {
            edges.Add(DependencyKind.Before, service);
            edges.Add(DependencyKind.Triggers, service);
        }

        var source = new SourceLocation("/usr/lib/systemd/system/" + name.Value, 4);
        ListenKind kind = accepts || p.Percent(70) ? ListenKind.Stream : ListenKind.Datagram;
        return new UnitDefinition
        {
            Name = name,
            LoadState = UnitLoadState.Loaded,
            Description = name.Value,
            FragmentPath = source.Path,
            ContentDigest = "k",
            Exec = new ExecSettings(),
            Kill = new KillSettings(),
            Socket = new SocketSettings
            {
                Listen = [new ListenSetting(kind, "/run/" + name.WithoutSuffix, source)],
                Service = accepts ? default : service,
                Accept = accepts,
                MaxConnections = p.Pick([1, 3, 64]),
                MaxConnectionsPerSource = p.Pick([0, 0, 2]),
                RemoveOnStop = p.Percent(50),
                FlushPending = p.OneIn(6),
                TriggerLimitBurst = p.Pick([3, 20]),
                TimeoutUs = p.Pick([1_000_000, 90_000_000]),
            },
        };
    }

    /// <summary>The same unit with commands of its own, in some boots.</summary>
    public static UnitDefinition WithCommands(
        Seed seed, BootOptions options, int unit, UnitDefinition drawn)
    {
        Prng p = seed.Stream(Purpose.Unit, 20_000 + unit);
        if (!options.ControlCommands || p.OneIn(4))
            return drawn;
        return drawn with
        {
            ContentDigest = "kc",
            Socket = drawn.Socket! with
            {
                ExecStartPre = Commands(p, drawn.Name, 50),
                ExecStartPost = Commands(p, drawn.Name, 50),
                ExecStopPre = Commands(p, drawn.Name, 60),
                ExecStopPost = Commands(p, drawn.Name, 50),
                TimeoutUs = options.ShortTimeouts ? p.Pick([1_000_000, 5_000_000]) : 90_000_000,
            },
            Kill = new KillSettings
            {
                Mode = options.OddKillModes
                    ? p.Pick([KillMode.ControlGroup, KillMode.Mixed, KillMode.Process,
                        KillMode.None])
                    : KillMode.ControlGroup,
                SendSigkill = !options.OddKillModes || p.Percent(80),
                SendSighup = p.OneIn(6),
            },
        };
    }

    private static ExecCommand[] Commands(Prng p, UnitName unit, int percent)
    {
        if (!p.Percent(percent))
            return [];
        var list = new ExecCommand[p.Between(1, 2)];
        for (int i = 0; i < list.Length; i++)
        {
            ExecCommandFlags flags =
                p.OneIn(5) ? ExecCommandFlags.IgnoreFailure : ExecCommandFlags.None;
            list[i] = new ExecCommand(
                "/bin/sock", ["/bin/sock"], flags, new SourceLocation("/sim/" + unit.Value, i));
        }

        return list;
    }
}
