using InitTx.Core.Job;
using InitTx.Core.Ports;
using InitTx.PlannerCheck.Scenarios;

namespace InitTx.PlannerCheck.Reference;

/// <summary>
/// A unit that shall be up and down. The written rules: what is only wanted gives way to what is
/// needed; of two that are only wanted, the one whose file declares the conflict stays, and the
/// first by name where both do; two needs are refused, at boot the stop is not carried out; one
/// contradiction at a time, the first by name. Which of several causes of a stop is looked at first
/// is not written, so all are tried: the answer is the set of plans that the rules allow.
/// </summary>
internal sealed class Contradictions(Edges edges)
{
    private const int MostTries = 65_536;

    private readonly HashSet<string> _tried = [];
    private readonly List<GivenUp> _options = [];
    private readonly Closure _closure = new(edges);
    private Scenario _scenario = new();
    private Lacks _lacks = new(edges);
    private JobKind?[] _goals = [];

    /// <summary>
    /// Adds every plan that the rules allow, unmerged wishes as they are handed to
    /// <paramref name="finish"/>.
    /// </summary>
    public void Solve(
        Scenario scenario, JobKind?[] goals, Lacks lacks, List<Outcome> plans,
        Func<Closure, Outcome> finish)
    {
        (_scenario, _goals, _lacks) = (scenario, goals, lacks);
        _tried.Clear();
        Explore(GivenUp.Nothing, plans, finish);
    }

    private void Explore(GivenUp given, List<Outcome> plans, Func<Closure, Outcome> finish)
    {
        _closure.Make(_scenario, _goals, _lacks, given);
        int unit = First();
        if (unit < 0)
        {
            Add(plans, finish(_closure));
            return;
        }

        // Several ways lead to the same.
        if (!_tried.Add(given.Key))
            return;
        if (_tried.Count > MostTries)
            throw new InvalidOperationException("too many ways: " + _scenario);
        _options.Clear();
        if (!Options(given, unit))
        {
            Add(plans, Outcome.Refuse(ExitCode.Refused));
            return;
        }

        foreach (GivenUp option in _options.ToArray())
        {
            if (!_scenario.Ask.IsBoot && IsAnyGoal(option.Barred))
                Add(plans, Outcome.Refuse(ExitCode.Refused));
            else
                Explore(option, plans, finish);
        }
    }

    private static void Add(List<Outcome> plans, Outcome plan)
    {
        if (!plans.Contains(plan))
            plans.Add(plan);
    }

    private int First()
    {
        for (int unit = 0; unit < edges.Units; unit++)
        {
            if ((_closure[unit] & Wish.Up) != 0 && (_closure[unit] & Wish.Stop) != 0)
                return unit;
        }

        return -1;
    }

    // False when there is no way out.
    private bool Options(GivenUp given, int unit)
    {
        bool isUpNeeded = _closure.IsUpNeeded(unit);
        bool isDownNeeded = (_closure.Needed(unit) & Wish.Stop) != 0;
        if (isUpNeeded && isDownNeeded && !_scenario.Ask.IsBoot)
            return false;
        if (isUpNeeded && isDownNeeded)
        {
            foreach ((int by, int way) in Sources(given, unit))
            {
                if (IsNeeded(by, way))
                    _options.Add(given.WithoutStop(way, by, unit));
            }
        }
        else if (isUpNeeded)
        {
            Chains(given, unit, unit, null, 1 << unit, false);
        }
        else if (isDownNeeded)
        {
            _options.Add(Bar(given, unit));
        }
        else
        {
            Rivals(given, unit);
        }

        return _options.Count > 0;
    }

    // What a stop that is only wanted comes from: a start that is only wanted gives way, an isolate
    // leaves up what would take the unit along, and a stop that is merely passed on is left out.
    private void Chains(
        GivenUp given, int unit, int at, (int By, int Way)? direct, int seen, bool isPassedOn)
    {
        if (direct is { } d && _goals[at] == JobKind.Stop)
            _options.Add(given.WithoutStop(d.Way, d.By, unit));
        if (direct is { } e && (_closure.StoppedByIsolate >> at & 1) != 0)
        {
            _options.Add(isPassedOn
                ? given.WithoutStop(e.Way, e.By, unit)
                : given with { Kept = given.Kept | 1 << at });
        }

        foreach ((int by, int way) in Sources(given, at))
        {
            (int By, int Way) first = direct ?? (by, way);
            if (way != Edges.ConflictWay)
            {
                if ((seen >> by & 1) == 0)
                    Chains(given, unit, by, first, seen | 1 << by,
                        isPassedOn || way >= Edges.FirstPassedOn);
            }
            else if (!_closure.IsUpNeeded(by))
            {
                _options.Add(Bar(given, by));
            }
            else
            {
                _options.Add(given.WithoutStop(first.Way, first.By, unit));
            }
        }
    }

    private void Rivals(GivenUp given, int unit)
    {
        if ((_closure.StoppedByIsolate >> unit & 1) != 0)
            _options.Add(Bar(given, unit));
        foreach ((int by, _) in Sources(given, unit))
        {
            bool isRival = (_closure[by] & Wish.Up) != 0 && !_closure.IsUpNeeded(by);
            bool declares = (edges.Declares[unit] >> by & 1) != 0;
            bool otherDeclares = (edges.Declares[by] >> unit & 1) != 0;
            bool stays = declares != otherDeclares ? declares : unit < by;
            _options.Add(Bar(given, isRival && stays ? by : unit));
        }
    }

    private List<(int By, int Way)> Sources(GivenUp given, int unit)
    {
        var sources = new List<(int, int)>();
        for (int by = 0; by < edges.Units; by++)
        {
            for (int way = 0; way < Edges.StopWays; way++)
            {
                int stopped = edges.Stops(way, by) & ~given.StopsOf(way, by);
                bool works = way == Edges.ConflictWay
                    ? _closure.Works(by, Wish.Start) || _closure.Works(by, Wish.Restart)
                    : _closure.Works(by, Wish.Stop)
                        && (way < Edges.FirstPassedOn || _closure.IsUp(unit));
                if ((stopped >> unit & 1) != 0 && works)
                    sources.Add((by, way));
            }
        }

        return sources;
    }

    private bool IsNeeded(int by, int way) => way == Edges.ConflictWay
        ? _closure.IsUpNeeded(by)
        : way < Edges.FirstPassedOn && (_closure.Needed(by) & Wish.Stop) != 0;

    // With a unit goes all that needs it and is not up already.
    private GivenUp Bar(GivenUp given, int unit)
    {
        int barred = given.Barred | 1 << unit;
        for (int before = 0; before != barred;)
        {
            before = barred;
            for (int other = 0; other < edges.Units; other++)
            {
                int needs = edges.Needs[other] | edges.Checks[other]
                    | (edges.Mounts[other] & ~_lacks.NoFile);
                bool isUp = _goals[other] is null && _scenario.Ask.Verb != RequestVerb.Isolate
                    && Closure.IsTrue(_scenario.Conditions[other], Wish.Start);
                if ((needs & barred) != 0 && !isUp && (_lacks.NeededAtBoot >> other & 1) == 0)
                    barred |= 1 << other;
            }
        }

        return given with { Barred = barred };
    }

    private bool IsAnyGoal(int units) =>
        (units & _scenario.Ask.Goals & ~_scenario.Ask.Stops) != 0;
}
