using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.PlannerCheck.Scenarios;

/// <summary>What scenarios are made of.</summary>
internal static class Space
{
    /// <summary>The kinds that a planner looks at.</summary>
    public static readonly DependencyKind[] Kinds =
    [
        DependencyKind.Requires, DependencyKind.Requisite, DependencyKind.Wants,
        DependencyKind.BindsTo, DependencyKind.PartOf, DependencyKind.Upholds,
        DependencyKind.Conflicts, DependencyKind.Before, DependencyKind.After,
        DependencyKind.PropagatesReloadTo, DependencyKind.ReloadPropagatedFrom,
        DependencyKind.PropagatesStopTo, DependencyKind.StopPropagatedFrom,
        DependencyKind.RequiresMountsFor,
    ];

    /// <summary>Every state with every job that another transaction may have for it.</summary>
    public static readonly Condition[] Conditions =
    [
        new(SubState.Dead), new(SubState.Failed), new(SubState.Running), new(SubState.Reload),
        new(SubState.AutoRestart), new(SubState.Start, JobKind.Start, PendingRuns: true),
        new(SubState.StopSigterm), new(SubState.StopSigterm, JobKind.Stop, PendingRuns: true),
        new(SubState.StopSigterm, JobKind.Restart, PendingRuns: true),
        new(SubState.Running, JobKind.Stop), new(SubState.Running, JobKind.Restart),
        new(SubState.Dead, JobKind.Start), new(SubState.Reload, JobKind.Reload, PendingRuns: true),
        new(SubState.Start, JobKind.VerifyActive),
    ];

    /// <summary>
    /// The four kinds of state that differ for a plan: up, down, on the way up, on the way down;
    /// of each what it looks like.
    /// </summary>
    public static readonly Condition[][] States =
    [
        [new(SubState.Dead), new(SubState.Failed)],
        [new(SubState.Running), new(SubState.Exited), new(SubState.Reload)],
        [new(SubState.AutoRestart), new(SubState.Start, JobKind.Start, PendingRuns: true)],
        [
            new(SubState.StopSigterm), new(SubState.StopPost, JobKind.Stop, PendingRuns: true),
            new(SubState.FinalSigterm, JobKind.Restart, PendingRuns: true),
        ],
    ];

    public static readonly RequestVerb[] Verbs =
    [
        RequestVerb.Start, RequestVerb.Stop, RequestVerb.Restart, RequestVerb.Isolate,
        RequestVerb.Reload, RequestVerb.TryRestart, RequestVerb.ReloadOrRestart,
    ];

    /// <summary>Every request that two units allow.</summary>
    public static readonly Ask[] AsksOfTwo = [.. AllOfTwo()];

    private static IEnumerable<Ask> AllOfTwo()
    {
        for (int goals = 1; goals < 4; goals++)
        {
            foreach (RequestVerb verb in Verbs)
            {
                yield return new Ask(verb, goals);
                yield return new Ask(verb, goals, Mode: JobMode.Fail);
            }

            yield return new Ask(RequestVerb.Start, goals, IsBoot: true);
            yield return new Ask(RequestVerb.Start, goals, IsExact: true);
            yield return new Ask(RequestVerb.Restart, goals, IsExact: true);
            for (int stops = 0; stops < 4; stops++)
                yield return new Ask(RequestVerb.Apply, goals, stops);
            yield return new Ask(RequestVerb.Apply, 0, goals);
        }
    }
}
