using System.Numerics;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.PlannerCheck.Scenarios;

namespace InitTx.PlannerCheck.Reference;

/// <summary>
/// The smallest set of wishes that contains the goals and everything the dependencies of what is
/// wished ask for, given what was given up: every rule is applied to every unit until none adds
/// anything. No queue, no order, no chain.
/// </summary>
internal sealed class Closure(Edges edges)
{
    private static readonly Wish[] Pulling = [Wish.Start, Wish.Restart, Wish.Stop, Wish.Reload];

    private readonly Wish[] _all = new Wish[Scenario.MostUnits];
    private readonly Wish[] _needed = new Wish[Scenario.MostUnits];
    private Scenario _scenario = new();
    private Lacks _lacks = new(edges);
    private GivenUp _given = GivenUp.Nothing;
    private JobKind?[] _goals = [];

    /// <summary>Units that an isolate stops because nobody asks for them.</summary>
    public int StoppedByIsolate { get; private set; }

    public Wish this[int unit] => _all[unit];

    /// <summary>Those without which a goal fails.</summary>
    public Wish Needed(int unit) => _needed[unit];

    public bool IsUpNeeded(int unit) => (_needed[unit] & Wish.Up) != 0;

    public void Make(Scenario scenario, JobKind?[] goals, Lacks lacks, GivenUp given)
    {
        (_scenario, _goals, _lacks, _given) = (scenario, goals, lacks, given);
        Array.Clear(_all);
        Array.Clear(_needed);
        StoppedByIsolate = 0;
        for (int unit = 0; unit < edges.Units; unit++)
        {
            if (goals[unit] is { } kind)
                _all[unit] = _needed[unit] = (Wish)(1 << (int)kind);
        }

        Complete();
        if (scenario.Ask.Verb != RequestVerb.Isolate)
            return;
        for (int unit = 0; unit < edges.Units; unit++)
        {
            if (_all[unit] == Wish.None && (given.Kept >> unit & 1) == 0
                && !scenario.Conditions[unit].IgnoresIsolate
                && (scenario.Conditions[unit].Pending is not null || IsUp(unit)))
                StoppedByIsolate |= 1 << unit;
        }

        Add(StoppedByIsolate, Wish.Stop, isNeeded: false);
        Complete();
    }

    /// <summary>
    /// The wish asks for something: it is not true already, or somebody named the unit; an isolate
    /// asks for all that is behind its goal, true or not.
    /// </summary>
    public bool Works(int unit, Wish wish) => (_all[unit] & wish) != 0
        && (_goals[unit] is { } goal && (Wish)(1 << (int)goal) == wish
            || (_scenario.Ask.Verb == RequestVerb.Isolate && wish == Wish.Start)
            || !IsTrue(_scenario.Conditions[unit], wish));

    public bool IsUp(int unit) => _scenario.Conditions[unit].Active is ActiveState.Active
        or ActiveState.Reloading or ActiveState.Activating;

    /// <summary>Nothing has to be done for the wish, and no job is about to change that.</summary>
    public static bool IsTrue(Condition condition, Wish wish)
    {
        bool isUpOrDown = wish switch
        {
            Wish.Start or Wish.Verify =>
                condition.Active is ActiveState.Active or ActiveState.Reloading,
            Wish.Stop => condition.Active is ActiveState.Inactive or ActiveState.Failed,
            _ => false,
        };
        return isUpOrDown && (condition.Pending is not { } pending
            || (pending == JobKind.Stop) == (wish == Wish.Stop));
    }

    private void Complete()
    {
        bool isNew = true;
        while (isNew)
        {
            isNew = false;
            for (int unit = 0; unit < edges.Units; unit++)
            {
                foreach (Wish wish in Pulling)
                {
                    if (Works(unit, wish))
                        isNew |= Pull(unit, wish, (_needed[unit] & wish) != 0);
                }

                // They become one job, so what is needed of it needs all of it.
                if (IsUpNeeded(unit))
                    isNew |= Add(1 << unit, _all[unit] & Wish.Up, isNeeded: true);
            }
        }
    }

    private bool Pull(int unit, Wish wish, bool isNeeded)
    {
        bool isNew = false;
        if (wish is Wish.Start or Wish.Restart)
            isNew |= PullUp(unit, isNeeded);
        for (int way = 1; wish == Wish.Stop && way < Edges.StopWays; way++)
        {
            int others = edges.Stops(way, unit) & ~_given.StopsOf(way, unit);
            isNew |= way < Edges.FirstPassedOn
                ? Add(others, Wish.Stop, isNeeded)
                : Add(others & Up(others), Wish.Stop, isNeeded: false);
        }

        if (wish == Wish.Restart)
            isNew |= Add(Up(edges.Dependent(unit)), Wish.Restart, isNeeded);
        if (wish == Wish.Reload)
            isNew |= Add(Reloadable(Up(edges.Reloads[unit])) & ~_given.Barred, Wish.Reload, false);
        return isNew;
    }

    private bool PullUp(int unit, bool isNeeded)
    {
        int usable = ~(_lacks.Unusable | _given.Barred);
        bool givesUp = _lacks.GivesUp(unit);
        bool isNew = Add(edges.Needs[unit] & usable, Wish.Start, isNeeded);
        isNew |= Add(edges.Mounts[unit] & ~_lacks.NoFile & usable, Wish.Start, isNeeded);
        if (!givesUp)
            isNew |= Add(edges.Checks[unit] & usable, Wish.Verify, isNeeded);
        if (!givesUp && !_scenario.Ask.IsExact)
            isNew |= Add(edges.Wants[unit] & usable, Wish.Start, isNeeded: false);
        int conflicts = edges.Stops(Edges.ConflictWay, unit)
            & ~_given.StopsOf(Edges.ConflictWay, unit);
        return isNew | Add(conflicts, Wish.Stop, isNeeded);
    }

    private bool Add(int units, Wish wish, bool isNeeded)
    {
        bool isNew = false;
        for (; units != 0; units &= units - 1)
        {
            int unit = BitOperations.TrailingZeroCount(units);
            Wish needed = isNeeded ? wish : Wish.None;
            isNew |= (_all[unit] & wish) != wish || (_needed[unit] & needed) != needed;
            _all[unit] |= wish;
            _needed[unit] |= needed;
        }

        return isNew;
    }

    private int Up(int units)
    {
        for (int unit = 0; unit < edges.Units; unit++)
        {
            if (!IsUp(unit))
                units &= ~(1 << unit);
        }

        return units;
    }

    private int Reloadable(int units)
    {
        for (int unit = 0; unit < edges.Units; unit++)
        {
            if (!_scenario.Conditions[unit].CanReload)
                units &= ~(1 << unit);
        }

        return units;
    }
}
