using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.PlannerCheck.Scenarios;
using InitTx.Units.Model;

namespace InitTx.PlannerCheck.Reference;

/// <summary>
/// What cannot be started for want of a file, and what needs such a unit (decision 0013). What is
/// up already needs nothing.
/// </summary>
internal sealed class Lacks(Edges edges)
{
    private Scenario _scenario = new();
    private int _lacking;

    /// <summary>Units without a file at all.</summary>
    public int NoFile { get; private set; }

    /// <summary>Units that cannot be started: no file or a masked one, and not up.</summary>
    public int Unusable { get; private set; }

    /// <summary>At boot: the goals and all that they need. It is never given up.</summary>
    public int NeededAtBoot { get; private set; }

    public void Find(Scenario scenario, JobKind?[] goals)
    {
        _scenario = scenario;
        NoFile = Unusable = _lacking = NeededAtBoot = 0;
        for (int unit = 0; unit < edges.Units; unit++)
        {
            if (scenario.Files[unit] == UnitLoadState.NotFound)
                NoFile |= 1 << unit;
            if (scenario.Files[unit] != UnitLoadState.Loaded && !IsActive(unit))
                Unusable |= 1 << unit;
        }

        if (scenario.Ask.IsBoot)
            FindNeeded(goals);
        for (bool isNew = true; isNew;)
        {
            isNew = false;
            for (int unit = 0; unit < edges.Units; unit++)
            {
                bool lacks = (NeededAtBoot >> unit & 1) == 0
                    && (MissesNeed(unit) || (edges.Checks[unit] & Unusable) != 0);
                isNew |= lacks && (_lacking >> unit & 1) == 0;
                _lacking |= lacks ? 1 << unit : 0;
            }
        }
    }

    /// <summary>The unit cannot be started, or needs what cannot be.</summary>
    public bool CannotStart(int unit) => ((Unusable | _lacking) >> unit & 1) != 0;

    /// <summary>Started without what it needs, it never comes to what it wants.</summary>
    public bool GivesUp(int unit) => (_lacking >> unit & 1) != 0 && MissesNeed(unit);

    private bool MissesNeed(int unit)
    {
        int needs = edges.Needs[unit] | (edges.Mounts[unit] & ~NoFile);
        return (needs & (Unusable | (_lacking & ~TrueAlready()))) != 0;
    }

    private int TrueAlready()
    {
        int up = 0;
        for (int unit = 0; unit < edges.Units; unit++)
        {
            if (_scenario.Ask.Verb != RequestVerb.Isolate
                && Closure.IsTrue(_scenario.Conditions[unit], Wish.Start))
                up |= 1 << unit;
        }

        return up;
    }

    private void FindNeeded(JobKind?[] goals)
    {
        for (int unit = 0; unit < edges.Units; unit++)
            NeededAtBoot |= goals[unit] is null ? 0 : 1 << unit;
        for (int before = 0; before != NeededAtBoot;)
        {
            before = NeededAtBoot;
            for (int unit = 0; unit < edges.Units; unit++)
            {
                if ((NeededAtBoot >> unit & 1) != 0)
                    NeededAtBoot |= (edges.Needs[unit] | edges.Mounts[unit] | edges.Checks[unit])
                        & ~Unusable;
            }
        }
    }

    private bool IsActive(int unit) =>
        _scenario.Conditions[unit].Active is ActiveState.Active or ActiveState.Reloading;
}
