using InitTx.Simulation.Boot;
using InitTx.Simulation.Randomness;

namespace InitTx.Simulation.Faults;

/// <summary>
/// Which faults a boot gets and when, drawn before it begins. Faults follow operations, so that
/// they fall where something is going on.
/// </summary>
internal sealed class FaultPlan
{
    private readonly List<Fault> _faults = [];

    private FaultPlan()
    {
    }

    /// <summary>In the order of their operations.</summary>
    public IReadOnlyList<Fault> Faults => _faults;

    /// <summary>The plan of a seed.</summary>
    /// <param name="restarts">False leaves out what makes the manager lose its memory.</param>
    public static FaultPlan Draw(Seed seed, BootOptions options, bool restarts)
    {
        var plan = new FaultPlan();
        Prng p = seed.Stream(Purpose.Faults);
        int[] weights = Weights(p);
        for (int i = 0; i < options.Faults; i++)
        {
            var fault = new Fault(
                (FaultKind)p.Weighted(weights),
                p.Below(24),
                p.Pick([0L, 0L, 1_000L, 20_000L, 500_000L]),
                p.Below(1_000));
            if (restarts || !(fault.IsRestart || fault.IsCostly))
                plan._faults.Add(fault);
        }

        // What must be there even when all others were left out: faults that disturb no order.
        for (int i = 0; i < 3; i++)
            plan._faults.Add(new Fault(FaultKind.KillProcess, p.Below(12), 1_000, p.Below(1_000)));
        if (restarts)
        {
            plan.AddRefusals(seed.Stream(Purpose.Faults, 2));
            plan.AddKills(seed.Stream(Purpose.Faults, 3));
        }

        plan._faults.Sort((a, b) => a.AfterOperation.CompareTo(b.AfterOperation));
        return plan;
    }

    // Of a sequence of their own, in one boot of four: what they leave alive disturbs much.
    private void AddRefusals(Prng p)
    {
        for (int left = p.OneIn(4) ? p.Between(1, 4) : 0; left > 0; left--)
            _faults.Add(new Fault(FaultKind.SignalFails, p.Below(24), 0, p.Below(1_000)));
    }

    // Where two runs are compared there are none: what another image was told of is not known.
    private void AddKills(Prng p)
    {
        for (int left = p.OneIn(2) ? p.Between(1, 8) : 0; left > 0; left--)
        {
            _faults.Add(new Fault(
                FaultKind.MemoryRunsOut, p.Below(24), p.Pick([0L, 1_000L, 20_000L, 500_000L]),
                p.Below(1_000)));
        }
    }

    // Each boot prefers some kinds: many crashes in one, many full journals in another.
    private static int[] Weights(Prng p)
    {
        // Those after it are planned apart.
        int kinds = (int)FaultKind.CrashLosesStatus + 1;
        var weights = new int[kinds];
        for (int i = 0; i < kinds; i++)
            weights[i] = p.OneIn(3) ? 12 : 2;
        return weights;
    }
}
