using InitTx.Core;
using InitTx.Core.Job;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;
using InitTx.Units.Graph;
using InitTx.Units.Model;

namespace InitTx.PlannerCheck.Scenarios;

/// <summary>
/// The engine's own planner over a scenario: units come from a catalogue as ever; their states and
/// pending jobs are put in place, and the draft is read.
/// </summary>
internal sealed class EngineSide : IUnitCatalog
{
    private static readonly UnitName[] Names =
        [.. Enumerable.Range(0, Scenario.MostUnits).Select(i => UnitName.Parse(Scenario.Name(i)))];

    private static readonly EngineLimits Limits = new();
    private static readonly ExecCommand Reload =
        new("/bin/r", ["/bin/r"], ExecCommandFlags.None, SourceLocation.BuiltIn);

    private static readonly ServiceSettings CanReload = new() { ExecReload = [Reload] };
    private static readonly ServiceSettings CannotReload = new();

    private readonly UnitDefinition[] _definitions = new UnitDefinition[Scenario.MostUnits];
    private readonly UnitRuntime[] _units = new UnitRuntime[Scenario.MostUnits];
    private readonly UnitDefinition?[] _variants = new UnitDefinition?[Scenario.MostUnits * 4];
    private readonly List<UnitJob> _jobs = [];
    private readonly UnitName[][] _goals = MakeGoals();
    private Engine _engine = null!;

    public EngineSide() => _engine = new Engine(this, Limits);

    public UnitDefinition Load(UnitName name) => _definitions[name.Value[0] - 'a'];

    /// <summary>Another graph: units are loaded anew.</summary>
    public void Read(Scenario scenario)
    {
        Array.Clear(_variants);
        _jobs.Clear();
        _engine = new Engine(this, Limits);
        for (int unit = 0; unit < scenario.Units; unit++)
            _definitions[unit] = Define(scenario, unit);
        for (int i = 0; i < scenario.Units; i++)
            _ = _engine.GetOrLoad(Names[scenario.LoadsBackwards ? scenario.Units - 1 - i : i]);
        for (int unit = 0; unit < scenario.Units; unit++)
            _units[unit] = _engine.GetOrLoad(Names[unit]);
    }

    /// <summary>The draft of a plan; nothing of it is installed.</summary>
    public PlanDraft Draft(Scenario scenario)
    {
        foreach (UnitJob job in _jobs)
            _engine.Queue.Remove(job, row: 0);
        _jobs.Clear();
        for (int unit = 0; unit < scenario.Units; unit++)
            Put(scenario.Conditions[unit], unit);
        Ask ask = scenario.Ask;
        return TransactionPlanner.Plan(_engine, new PlanRequest(
            ask.Verb, _goals[ask.Goals], ask.Mode, ask.IsBoot)
        {
            IsExact = ask.IsExact,
            Stops = ask.Stops == 0 ? null : _goals[ask.Stops],
        });
    }

    /// <summary>The whole plan as a client would see it.</summary>
    public static TransactionPlan Write(PlanDraft draft, Scenario scenario) =>
        PlanWriter.Write(draft, new ControlRequest
        {
            Id = new RequestId(1),
            Verb = scenario.Ask.Verb,
            Requester = Requester.Manager,
            Mode = scenario.Ask.Mode,
        });

    public static Outcome Read(PlanDraft draft)
    {
        if (draft.IsRefused)
            return Outcome.Refuse(draft.Code);
        Outcome plan = default;
        foreach (DraftUnit unit in draft.Jobs)
            plan = plan.With(unit.Unit.Name.Value[0] - 'a', unit.Kind);
        return plan;
    }

    private static UnitDefinition Define(Scenario scenario, int unit)
    {
        var edges = new List<UnitDependency>();
        for (int kind = 0; kind <= (int)DependencyKind.RequiresMountsFor; kind++)
        {
            for (int to = 0; to < scenario.Units; to++)
            {
                if (to != unit && (scenario[unit, to] >> kind & 1) != 0)
                {
                    edges.Add(new UnitDependency((DependencyKind)kind, Names[to],
                        DependencyOrigin.File, new SourceLocation("/u/" + unit, edges.Count)));
                }
            }
        }

        return new UnitDefinition
        {
            Name = Names[unit],
            LoadState = scenario.Files[unit],
            Dependencies = edges,
            Service = CanReload,
        };
    }

    private void Put(Condition condition, int unit)
    {
        int variant = (unit * 4) + (condition.CanReload ? 1 : 0)
            + (condition.IgnoresIsolate ? 2 : 0);
        UnitRuntime runtime = _units[unit];
        runtime.Definition = _variants[variant] ??= _definitions[unit] with
        {
            Service = condition.CanReload ? CanReload : CannotReload,
            IgnoreOnIsolate = condition.IgnoresIsolate,
        };
        runtime.Sub = condition.Sub;
        if (condition.Pending is not { } kind)
            return;
        var job = new UnitJob(new JobId(unit + 1), runtime, kind);
        _engine.Queue.Add(job);
        _engine.Queue.SetRunning(job, condition.PendingRuns);
        _jobs.Add(job);
    }

    private static UnitName[][] MakeGoals()
    {
        var goals = new UnitName[1 << Scenario.MostUnits][];
        for (int set = 0; set < goals.Length; set++)
        {
            goals[set] = [.. Enumerable.Range(0, Scenario.MostUnits)
                .Where(unit => (set >> unit & 1) != 0).Select(unit => Names[unit])];
        }

        return goals;
    }
}
