using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.PlannerCheck.Scenarios;
using InitTx.Units.Model;

namespace InitTx.PlannerCheck.Reference;

/// <summary>
/// What a plan has to be by the written rules (DESIGN.md §7, systemd.unit(5), decision 0013), made
/// without a look at how the planner goes about it: sets that grow until nothing is missing, every
/// way out of a contradiction, every arrangement of the jobs. Slow and simple on purpose.
/// </summary>
internal sealed class ReferencePlanner
{
    private readonly Edges _edges = new();
    private readonly Lacks _lacks;
    private readonly Contradictions _contradictions;
    private readonly Order _order;
    private readonly JobKind?[] _goals = new JobKind?[Scenario.MostUnits];
    private Scenario _scenario = new();

    public ReferencePlanner()
    {
        _lacks = new Lacks(_edges);
        _contradictions = new Contradictions(_edges);
        _order = new Order(_edges);
    }

    /// <summary>The plans of the last call; one, where the rules leave no choice.</summary>
    public List<Outcome> Plans { get; } = [];

    public Edges Edges => _edges;

    /// <summary>Another graph: to be called when dependencies have changed.</summary>
    public void Read(Scenario scenario) => _edges.Read(scenario);

    public void Plan(Scenario scenario)
    {
        _scenario = scenario;
        Plans.Clear();
        if (ReadGoals() is { } refusal)
        {
            Plans.Add(Outcome.Refuse(refusal));
            return;
        }

        _lacks.Find(scenario, _goals);
        if (!scenario.Ask.IsBoot && FirstThatCannotStart() is >= 0 and var goal)
        {
            Plans.Add(Outcome.Refuse(scenario.Files[goal] == UnitLoadState.NotFound
                ? ExitCode.NoSuchUnit
                : ExitCode.Refused));
            return;
        }

        _contradictions.Solve(scenario, _goals, _lacks, Plans, Finish);
    }

    private Outcome Finish(Closure closure)
    {
        Outcome plan = default;
        bool destroys = false;
        for (int unit = 0; unit < _edges.Units; unit++)
        {
            Condition c = _scenario.Conditions[unit];
            if (Merging.Of(closure[unit], c) is not { } kind)
                continue;
            plan = plan.With(unit, kind);
            destroys |= c.Pending is { } pending && Merging.Both(pending, kind, c) is null;
        }

        bool isRefused = (!_scenario.Ask.IsBoot && !_order.IsPossible(_scenario, plan))
            || (destroys && _scenario.Ask.Mode == JobMode.Fail);
        return isRefused ? Outcome.Refuse(ExitCode.Refused) : plan;
    }

    private ExitCode? ReadGoals()
    {
        Array.Clear(_goals);
        Ask ask = _scenario.Ask;
        if ((ask.Goals & ask.Stops) != 0)
            return ExitCode.Refused;
        for (int unit = 0; unit < _edges.Units; unit++)
        {
            if (((ask.Goals | ask.Stops) >> unit & 1) == 0)
                continue;
            Condition c = _scenario.Conditions[unit];
            _goals[unit] = (ask.Stops >> unit & 1) != 0 ? JobKind.Stop : KindOf(ask.Verb, c);
            if (Problem(_goals[unit], c, _scenario.Files[unit]) is { } code)
                return code;
        }

        return null;
    }

    private static JobKind? KindOf(RequestVerb verb, Condition c)
    {
        bool isUp = c.Active is ActiveState.Active or ActiveState.Reloading
            or ActiveState.Activating;
        return verb switch
        {
            RequestVerb.Start or RequestVerb.Isolate or RequestVerb.Apply => JobKind.Start,
            RequestVerb.Stop => JobKind.Stop,
            RequestVerb.Restart => isUp ? JobKind.Restart : JobKind.Start,
            RequestVerb.TryRestart => isUp ? JobKind.Restart : null,
            RequestVerb.Reload => JobKind.Reload,
            RequestVerb.ReloadOrRestart when !isUp => JobKind.Start,
            RequestVerb.ReloadOrRestart => c.CanReload ? JobKind.Reload : JobKind.Restart,
            _ => throw new ArgumentOutOfRangeException(nameof(verb)),
        };
    }

    private static ExitCode? Problem(JobKind? kind, Condition c, UnitLoadState file)
    {
        ExitCode noFile = file == UnitLoadState.NotFound ? ExitCode.NoSuchUnit : ExitCode.Refused;
        return kind switch
        {
            null or JobKind.Start or JobKind.Restart when file != UnitLoadState.Loaded => noFile,
            JobKind.Stop when file == UnitLoadState.NotFound
                && c.Active is ActiveState.Inactive or ActiveState.Failed => noFile,
            JobKind.Reload when c.Active is not (ActiveState.Active or ActiveState.Reloading) =>
                ExitCode.NotActive,
            JobKind.Reload when !c.CanReload => ExitCode.Refused,
            _ => null,
        };
    }

    private int FirstThatCannotStart()
    {
        for (int unit = 0; unit < _edges.Units; unit++)
        {
            if (_goals[unit] is JobKind.Start or JobKind.Restart && _lacks.CannotStart(unit))
                return unit;
        }

        return -1;
    }
}
