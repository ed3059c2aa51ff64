using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Simulation.Boot;
using InitTx.Simulation.Randomness;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>One thing that somebody asks of the manager.</summary>
internal sealed record Operation
{
    public required RequestVerb Verb { get; init; }
    public required int Client { get; init; }
    public IReadOnlyList<UnitName> Units { get; init; } = [];
    public JobMode Mode { get; init; }
    public bool NoBlock { get; init; }
    public bool DryRun { get; init; }
    public bool StaleHash { get; init; }
    public bool CancelOnDisconnect { get; init; }
    public long TimeoutUs { get; init; }
    public long SettleUs { get; init; }
    public bool Force { get; init; }

    /// <summary>For Do.</summary>
    public string? Action { get; init; }

    public bool NoCheck { get; init; }
    public IReadOnlyList<UnitName> Stops { get; init; } = [];
    public int Signal { get; init; } = 15;
    public KillWhom Whom { get; init; }

    /// <summary>
    /// Which of the transactions seen so far, from the last one back; for wait, cancel and undo.
    /// </summary>
    public int Back { get; init; }

    /// <summary>This transaction and no other; 0 for <see cref="Back"/>.</summary>
    public TransactionId Exactly { get; init; }

    /// <summary>
    /// When the client hangs up, microseconds after asking; long.MaxValue for never.
    /// </summary>
    public long HangsUpAfterUs { get; init; } = long.MaxValue;

    /// <summary>Operation number <paramref name="index"/> of a boot.</summary>
    public static Operation Draw(Seed seed, GeneratedCatalog catalog, int index)
    {
        Prng p = seed.Stream(Purpose.Clients, index);
        RequestVerb verb = DrawVerb(p);
        Prng own = seed.Stream(Purpose.Clients, index, 3);
        if (verb == RequestVerb.Reload && own.OneIn(2))
            verb = RequestVerb.Do;
        else if (verb is RequestVerb.Kill or RequestVerb.ResetFailed && own.OneIn(2))
            verb = own.OneIn(3) ? RequestVerb.Thaw : RequestVerb.Freeze;
        List<UnitName> stops = verb == RequestVerb.Apply
            ? Goals(seed.Stream(Purpose.Clients, index, 2), catalog, verb)
            : [];
        return new Operation
        {
            Stops = stops,
            Verb = verb,
            Client = p.Below(2),
            Units = !TakesUnits(verb) ? []
                : verb == RequestVerb.Freeze ? OnlyServices(Goals(p, catalog, verb))
                : Goals(p, catalog, verb),
            Mode = p.Pick([JobMode.Fail, JobMode.Replace, JobMode.Replace, JobMode.Queue]),
            NoBlock = p.OneIn(5) && verb != RequestVerb.WaitTransaction,
            DryRun = p.OneIn(15),
            StaleHash = p.OneIn(25),
            CancelOnDisconnect = p.OneIn(6),
            TimeoutUs = p.OneIn(10) ? 1_000_000L * p.Between(1, 40) : 0,
            Signal = p.Pick([15, 9, 1, 10, 6]),
            Whom = p.Pick([KillWhom.All, KillWhom.Main, KillWhom.Control]),
            Back = p.Below(6),
            HangsUpAfterUs = p.OneIn(6) ? p.Pick([0L, 1_000, 200_000, 3_000_000]) : long.MaxValue,
            SettleUs = p.OneIn(6) && Transacts(verb) ? 1_000_000L * p.Between(1, 20) : 0,
            Force = p.OneIn(3),
            Action = verb == RequestVerb.Do ? own.Pick(ServiceGenerator.VerbNames) : null,
            NoCheck = own.OneIn(6),
        };
    }

    // Most others are refused.
    private static List<UnitName> OnlyServices(List<UnitName> units)
    {
        List<UnitName> services = units.FindAll(u => u.Kind == UnitKind.Service);
        return services.Count > 0 ? services[..1] : units;
    }

    private static bool Transacts(RequestVerb verb) =>
        verb is RequestVerb.Start or RequestVerb.Stop or RequestVerb.Restart
        or RequestVerb.TryRestart or RequestVerb.ReloadOrRestart or RequestVerb.Apply
        or RequestVerb.Undo;

    private static RequestVerb DrawVerb(Prng p) =>
        p.Weighted([34, 18, 16, 4, 6, 3, 2, 6, 6, 3, 2, 4, 4, 4, 5]) switch
        {
            0 => RequestVerb.Start,
            1 => RequestVerb.Stop,
            2 => RequestVerb.Restart,
            3 => RequestVerb.TryRestart,
            4 => RequestVerb.Reload,
            5 => RequestVerb.ReloadOrRestart,
            6 => RequestVerb.Isolate,
            7 => RequestVerb.ResetFailed,
            8 => RequestVerb.Kill,
            9 => RequestVerb.DaemonReload,
            10 => RequestVerb.Reexec,
            11 => RequestVerb.CancelTransaction,
            12 => RequestVerb.WaitTransaction,
            13 => RequestVerb.Apply,
            _ => RequestVerb.Undo,
        };

    private static bool TakesUnits(RequestVerb verb) =>
        verb is RequestVerb.Start or RequestVerb.Stop
        or RequestVerb.Restart or RequestVerb.TryRestart or RequestVerb.Reload
        or RequestVerb.ReloadOrRestart or RequestVerb.Isolate or RequestVerb.ResetFailed
        or RequestVerb.Kill or RequestVerb.Apply or RequestVerb.Do
        or RequestVerb.Freeze or RequestVerb.Thaw;

    private static List<UnitName> Goals(Prng p, GeneratedCatalog catalog, RequestVerb verb)
    {
        if (verb == RequestVerb.Isolate)
            return [UnitGenerator.DefaultTarget];
        var goals = new List<UnitName>();
        int count = p.Weighted([0, 70, 20, 10]);
        while (goals.Count < count)
        {
            UnitName name = catalog.Definitions[p.Below(catalog.Definitions.Count)].Name;
            if (p.OneIn(60))
                name = UnitName.Parse("nosuch.service");
            bool frame = name.Kind == UnitKind.Target && name.Value[0] != 't';
            if (!frame && !goals.Contains(name))
                goals.Add(name);
        }

        return goals;
    }
}
