using InitTx.Core.Job;
using InitTx.PlannerCheck.Scenarios;

namespace InitTx.PlannerCheck.Reference;

/// <summary>
/// Whether jobs can run one after the other at all: some arrangement of them keeps every order
/// that the units declare. Arrangements are tried one by one.
/// </summary>
internal sealed class Order(Edges edges)
{
    private readonly JobKind?[] _jobs = new JobKind?[Scenario.MostUnits];

    /// <summary>
    /// Units whose jobs have to end before the unit's job begins. Starts run in the order of the
    /// units, stops against it, and of a start and a stop the stop comes first (systemd.unit(5),
    /// Before=): so what the later unit is to do decides.
    /// </summary>
    public static int[] Waits(Edges edges, JobKind?[] jobs)
    {
        int[] waits = new int[Scenario.MostUnits];
        for (int later = 0; later < edges.Units; later++)
        {
            for (int earlier = 0; earlier < edges.Units; earlier++)
            {
                if ((edges.After[later] >> earlier & 1) == 0
                    || jobs[later] is not { } kind || jobs[earlier] is null)
                    continue;
                if (kind is JobKind.Stop or JobKind.Restart)
                    waits[earlier] |= 1 << later;
                else
                    waits[later] |= 1 << earlier;
            }
        }

        return waits;
    }

    /// <summary>
    /// The plan together with the jobs that are there; once as they begin, once with the stops of
    /// restarts over.
    /// </summary>
    public bool IsPossible(Scenario scenario, Outcome plan) =>
        !HasOrder() || (IsPossible(scenario, plan, stopsAreOver: false)
            && IsPossible(scenario, plan, stopsAreOver: true));

    private bool HasOrder()
    {
        int sum = 0;
        foreach (int after in edges.After)
            sum |= after;
        return sum != 0;
    }

    private bool IsPossible(Scenario scenario, Outcome plan, bool stopsAreOver)
    {
        for (int unit = 0; unit < edges.Units; unit++)
        {
            Condition c = scenario.Conditions[unit];
            JobKind? kind = plan.Job(unit);
            if (kind is null)
            {
                bool waits = !c.PendingRuns || (stopsAreOver && c.Pending == JobKind.Restart);
                kind = waits ? c.Pending : null;
            }
            else if (c.Pending is { } pending)
            {
                kind = Merging.Both(pending, kind.Value, c) ?? kind;
            }

            _jobs[unit] = stopsAreOver && kind == JobKind.Restart ? JobKind.Start : kind;
        }

        int left = 0;
        for (int unit = 0; unit < edges.Units; unit++)
            left |= _jobs[unit] is null ? 0 : 1 << unit;
        return IsPossible(Waits(edges, _jobs), left);
    }

    /// <summary>Some arrangement of the units that are left keeps what they wait for.</summary>
    public static bool IsPossible(int[] waits, int left)
    {
        if (left == 0)
            return true;
        for (int unit = 0; unit < waits.Length; unit++)
        {
            if ((left >> unit & 1) != 0 && (waits[unit] & left) == 0
                && IsPossible(waits, left & ~(1 << unit)))
                return true;
        }

        return false;
    }
}
