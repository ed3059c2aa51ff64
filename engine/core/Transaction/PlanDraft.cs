using InitTx.Core.Job;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>What a plan is made for.</summary>
/// <param name="Mode">What to do about other transactions' jobs.</param>
/// <param name="IsBoot">Refusal is no answer: what stands in the way is dropped by a fixed rule.</param>
/// <param name="IsManual">A direct request: RefuseManualStart= and RefuseManualStop= count.</param>
internal readonly record struct PlanRequest(
    RequestVerb Verb,
    IReadOnlyList<UnitName> Goals,
    JobMode Mode,
    bool IsBoot = false,
    bool IsManual = false)
{
    /// <summary>Goals of an apply or undo that shall be down; among <see cref="Goals"/>.</summary>
    public IReadOnlyList<UnitName>? Stops { get; init; }

    /// <summary>For Do: the name of the service's verb.</summary>
    public string? Action { get; init; }

    /// <summary>Nothing is pulled in that is only wanted: what was there before, no more.</summary>
    public bool IsExact { get; init; }

    /// <summary>
    /// A circle of orders gives way as at boot, everything else is refused as ever: for what the
    /// manager has to stop by itself.
    /// </summary>
    public bool BreaksCycles { get; init; }
}

/// <summary>One wish for a job on a unit and the edge that it came along.</summary>
internal sealed class Wish(JobKind kind, DraftUnit? pulledBy, UnitDependency? edge, bool isHard)
{
    public JobKind Kind { get; } = kind;

    /// <summary>The unit whose job asks for this one; null for a goal.</summary>
    public DraftUnit? PulledBy { get; set; } = pulledBy;

    /// <summary>
    /// The very wish that asked for this one. Units can pull each other; wishes lead to a goal, as
    /// each was there, or was needed, before what it asked for.
    /// </summary>
    public Wish? By { get; set; }

    /// <summary>The declaration that leads here; null for a goal.</summary>
    public UnitDependency? Edge { get; set; } = edge;

    /// <summary>Without this job the goal fails; a soft wish may be dropped.</summary>
    public bool IsHard { get; set; } = isHard;

    public bool IsGoal { get; set; }

    /// <summary>True already: kept only to see contradictions.</summary>
    public bool IsSatisfied { get; set; }
}

/// <summary>A unit of a draft with the wishes for it, at most one a kind.</summary>
internal sealed class DraftUnit(UnitRuntime unit)
{
    /// <summary>The kinds of wishes that want the unit up.</summary>
    public static readonly JobKind[] UpKinds =
        [JobKind.Start, JobKind.Restart, JobKind.Reload, JobKind.VerifyActive, JobKind.Verb];

    /// <summary>The most wishes that a unit can have.</summary>
    public const int Wishes = (int)JobKind.Verb + 1;

    private readonly Wish?[] _wishes = new Wish?[Wishes];

    public UnitRuntime Unit { get; } = unit;

    public Wish? this[JobKind kind]
    {
        get => _wishes[(int)kind];
        set => _wishes[(int)kind] = value;
    }

    /// <summary>The one job that the wishes came to; null when there is nothing to do.</summary>
    public Wish? Job { get; set; }

    /// <summary>Kind of <see cref="Job"/> after merging.</summary>
    public JobKind Kind { get; set; }

    /// <summary>The strongest wish that wants the unit up; null when none does.</summary>
    public Wish? Up
    {
        get
        {
            Wish? best = null;
            foreach (JobKind kind in UpKinds)
            {
                Wish? wish = this[kind];
                if (wish is not null && (best is null || (wish.IsHard && !best.IsHard)))
                    best = wish;
            }

            return best;
        }
    }

    public Wish? Down => this[JobKind.Stop];
}

/// <summary>
/// A plan in the making. Nothing outside it changes while passes work on it, but for units that
/// are loaded when they are first named.
/// </summary>
internal sealed class PlanDraft(PlanRequest request)
{
    private readonly Dictionary<UnitRuntime, DraftUnit> _byUnit = [];

    public PlanRequest Request { get; } = request;

    /// <summary>
    /// Units in the order in which they were reached; the passes sort where it shows.
    /// </summary>
    public List<DraftUnit> Units { get; } = [];

    public List<UnitRuntime> Goals { get; } = [];

    /// <summary>Goals of an apply or undo that shall be down.</summary>
    public HashSet<UnitRuntime> StopGoals { get; } = [];

    /// <summary>Units that are as the plan wants them; nothing is to be done about them.</summary>
    public List<UnitRuntime> AsWanted { get; } = [];

    /// <summary>Units that cannot be started, and why, with file:line.</summary>
    public Dictionary<UnitRuntime, string> Barred { get; } = [];

    /// <summary>
    /// Units that can be started but require what cannot be, and the chain with file:line. A goal
    /// among them is refused; what is only wanted starts without it (decision 0013).
    /// </summary>
    public Dictionary<UnitRuntime, string> Lacking { get; } = [];

    /// <summary>At boot: the goal and what it requires, on and on.</summary>
    public HashSet<UnitRuntime> NeededAtBoot { get; } = [];

    /// <summary>
    /// Stops that were given up because the unit is needed: who wanted it, of which unit, by which
    /// kind of edge; a stop that comes another way is another one.
    /// </summary>
    public HashSet<(UnitRuntime By, UnitRuntime Unit, DependencyKind Edge)> IgnoredStops { get; } =
        [];

    /// <summary>
    /// Units that nobody asks for and that an isolate leaves up all the same, because what is
    /// needed would stop with them.
    /// </summary>
    public HashSet<UnitRuntime> KeptByIsolate { get; } = [];

    /// <summary>The wish that is being followed; pass 3 only.</summary>
    public Wish? Pulling { get; set; }

    /// <summary>Some job conflicts with one that another transaction has installed.</summary>
    public bool HasDestructive { get; set; }

    public List<string> Dropped { get; } = [];
    public List<string> Refused { get; } = [];
    public ExitCode Code { get; set; } = ExitCode.Refused;

    /// <summary>Orders that a boot gives up to break cycles: (earlier, later).</summary>
    public HashSet<(UnitName Earlier, UnitName Later)> IgnoredOrder { get; } = [];

    /// <summary>Units of too many circles: no order counts among them.</summary>
    public HashSet<UnitName> Unordered { get; } = [];

    /// <summary>The jobs after the last pass, sorted by unit name.</summary>
    public List<DraftUnit> Jobs { get; } = [];

    public bool IsRefused => Refused.Count > 0;

    public bool IgnoresOrder(UnitName earlier, UnitName later) =>
        IgnoredOrder.Contains((earlier, later))
        || (Unordered.Contains(earlier) && Unordered.Contains(later));

    public DraftUnit Get(UnitRuntime unit)
    {
        if (_byUnit.TryGetValue(unit, out DraftUnit? draft))
            return draft;
        draft = new DraftUnit(unit);
        _byUnit.Add(unit, draft);
        Units.Add(draft);
        return draft;
    }

    public DraftUnit? Find(UnitRuntime unit) => _byUnit.GetValueOrDefault(unit);

    public void ClearUnits()
    {
        _byUnit.Clear();
        Units.Clear();
    }

    public void Refuse(ExitCode code, string why)
    {
        if (Refused.Count == 0)
            Code = code;
        Refused.Add(why);
    }

    /// <summary>Says once that something is left out.</summary>
    public void Drop(string what)
    {
        if (!Dropped.Contains(what))
            Dropped.Add(what);
    }
}
