using InitTx.Simulation.Randomness;

namespace InitTx.Simulation.Boot;

/// <summary>
/// Which features a boot has. Each seed switches whole classes on and off, because a mixture of
/// everything hides the faults that need much of one thing.
/// </summary>
internal sealed record BootOptions
{
    public required int Services { get; init; }
    public required int Targets { get; init; }
    public required int Sockets { get; init; }
    public required int Accepting { get; init; }
    public required int Timers { get; init; }
    public required int Paths { get; init; }
    public required int Mounts { get; init; }

    /// <summary>Every mount has an automount.</summary>
    public required bool Automounts { get; init; }

    /// <summary>Percent of the possible edges.</summary>
    public required int EdgeDensity { get; init; }

    /// <summary>Units start one at a time.</summary>
    public required bool Sequential { get; init; }

    public required bool Forking { get; init; }
    public required bool Notify { get; init; }
    public required bool Oneshot { get; init; }
    public required bool Conflicts { get; init; }
    public required bool ControlCommands { get; init; }
    public required bool Bound { get; init; }
    public required bool Cycle { get; init; }
    public required bool Missing { get; init; }
    public required bool Watchdog { get; init; }
    public required bool ShortTimeouts { get; init; }
    public required bool OddKillModes { get; init; }

    /// <summary>Percent of services that misbehave.</summary>
    public required int Trouble { get; init; }

    /// <summary>Mean time between two operations, microseconds.</summary>
    public required int OperationGapUs { get; init; }

    /// <summary>Faults to plan, beside those that services make.</summary>
    public required int Faults { get; init; }

    /// <summary>Everything follows from the seed.</summary>
    public static BootOptions Draw(Seed seed)
    {
        Prng p = seed.Stream(Purpose.Boot);
        return new BootOptions
        {
            Services = p.Between(14, 30),
            Targets = p.Between(3, 6),
            Sockets = p.Percent(70) ? p.Between(1, 4) : 0,
            EdgeDensity = p.Between(2, 14),
            Forking = p.Percent(60),
            Notify = p.Percent(70),
            Oneshot = p.Percent(75),
            Conflicts = p.Percent(40),
            ControlCommands = p.Percent(60),
            Bound = p.Percent(55),
            Cycle = p.Percent(6),
            Missing = p.Percent(25),
            Watchdog = p.Percent(30),
            ShortTimeouts = p.Percent(50),
            OddKillModes = p.Percent(35),
            Trouble = p.Pick([0, 10, 25, 50, 80]),
            OperationGapUs = p.Pick([2_000, 50_000, 400_000, 3_000_000]),
            Faults = p.Between(4, 12),
            Paths = p.Percent(30) ? p.Between(1, 3) : 0,
            Timers = p.Percent(40) ? p.Between(1, 4) : 0,
            Sequential = p.Percent(12),
            Mounts = p.Percent(40) ? p.Between(1, 3) : 0,
            Automounts = p.Percent(50),
            Accepting = p.Percent(40) ? p.Between(1, 2) : 0,
        };
    }
}
