using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>Loads the goals and refuses those that nobody may ask for, all at once.</summary>
internal static class Pass1ReadGoals
{
    public static void Run(Engine engine, PlanDraft draft)
    {
        PlanRequest request = draft.Request;
        int goals = request.Goals.Count + (request.Stops?.Count ?? 0);
        if (goals == 0)
            draft.Refuse(ExitCode.Usage, "no unit was named");
        int limit = request.Verb == RequestVerb.Undo
            ? engine.Limits.UndoJobs
            : engine.Limits.GoalsPerRequest;
        if (goals > limit)
        {
            draft.Refuse(ExitCode.Usage, FormattableString.Invariant(
                $"{goals} goals in one request (limit {limit})"));
        }

        if (draft.IsRefused)
            return;
        foreach (UnitName name in request.Goals)
        {
            UnitRuntime unit = engine.GetOrLoad(name);
            if (!draft.Goals.Contains(unit))
                draft.Goals.Add(unit);
        }

        foreach (UnitName name in request.Stops ?? [])
        {
            UnitRuntime unit = engine.GetOrLoad(name);
            draft.StopGoals.Add(unit);
            if (draft.Goals.Contains(unit))
            {
                draft.Refuse(ExitCode.Refused,
                    $"{unit.Name} shall be both up and down: decide for one");
            }
            else
            {
                draft.Goals.Add(unit);
            }
        }

        draft.Goals.Sort(static (a, b) => a.Name.CompareTo(b.Name));
        foreach (UnitRuntime goal in draft.Goals)
            Check(engine, draft, goal);
    }

    /// <summary>
    /// The job that the verb means for a goal in its present state; null for nothing to do.
    /// </summary>
    public static JobKind? KindFor(Engine engine, PlanDraft draft, UnitRuntime goal)
    {
        bool isUp = goal.Active is not (ActiveState.Inactive or ActiveState.Failed
            or ActiveState.Deactivating);
        return draft.Request.Verb switch
        {
            RequestVerb.Apply or RequestVerb.Undo =>
                draft.StopGoals.Contains(goal) ? JobKind.Stop : JobKind.Start,
            RequestVerb.Start or RequestVerb.Isolate => JobKind.Start,
            RequestVerb.Stop => JobKind.Stop,
            RequestVerb.Restart => isUp ? JobKind.Restart : JobKind.Start,
            RequestVerb.TryRestart => isUp ? JobKind.Restart : null,
            RequestVerb.Reload => JobKind.Reload,
            RequestVerb.Do => JobKind.Verb,
            RequestVerb.ReloadOrRestart => !isUp ? JobKind.Start
                : engine.SupervisorOf(goal).CanReload(goal) ? JobKind.Reload : JobKind.Restart,
            _ => null,
        };
    }

    private static void Check(Engine engine, PlanDraft draft, UnitRuntime goal)
    {
        PlanRequest request = draft.Request;
        UnitDefinition definition = goal.Definition;
        JobKind? kind = KindFor(engine, draft, goal);
        bool isUp = goal.Active is not (ActiveState.Inactive or ActiveState.Failed);
        if (goal.Name.IsTemplate)
        {
            draft.Refuse(ExitCode.Refused,
                $"{goal.Name} is a template: name an instance, for example "
                + $"{goal.Name.WithInstance("x")}");
        }
        else if (kind == JobKind.Stop && definition.LoadState == UnitLoadState.NotFound && !isUp)
        {
            draft.Refuse(ExitCode.NoSuchUnit, PlanText.LoadProblem(definition));
        }
        else if (kind is null or JobKind.Start or JobKind.Restart
            && definition.LoadState != UnitLoadState.Loaded)
        {
            draft.Refuse(
                definition.LoadState == UnitLoadState.NotFound
                    ? ExitCode.NoSuchUnit
                    : ExitCode.Refused,
                PlanText.LoadProblem(definition));
        }
        else if (kind == JobKind.Stop && definition.IsPerpetual)
        {
            draft.Refuse(ExitCode.Refused, $"{goal.Name} is up as long as the manager is");
        }
        else if (kind == JobKind.Reload)
        {
            CheckReload(engine, draft, goal);
        }
        else if (kind == JobKind.Verb)
        {
            CheckVerb(draft, goal);
        }

        if (!request.IsManual)
            return;

        // Of a restart both count, whatever it would come to now (bus_unit_queue_job of systemd).
        bool restarts = kind == JobKind.Restart
            || request.Verb is RequestVerb.Restart or RequestVerb.TryRestart;
        bool stops = restarts || kind == JobKind.Stop;
        bool starts = restarts || kind == JobKind.Start;
        if (starts && definition.RefuseManualStart)
            draft.Refuse(ExitCode.Refused, $"{goal.Name} has RefuseManualStart=yes");
        if (stops && definition.RefuseManualStop)
            draft.Refuse(ExitCode.Refused, $"{goal.Name} has RefuseManualStop=yes");
        if (request.Verb == RequestVerb.Isolate && !definition.AllowIsolate)
            draft.Refuse(ExitCode.Refused, $"{goal.Name} does not have AllowIsolate=yes");
    }

    private static void CheckVerb(PlanDraft draft, UnitRuntime goal)
    {
        string verb = draft.Request.Action ?? "";
        IReadOnlyList<ServiceVerb> verbs = goal.Definition.Service?.Verbs ?? [];
        if (goal.Definition.LoadState == UnitLoadState.NotFound)
        {
            draft.Refuse(ExitCode.NoSuchUnit, PlanText.LoadProblem(goal.Definition));
        }
        else if (!verbs.Any(known => known.Name == verb))
        {
            string known = verbs.Count == 0
                ? "it has no Verb= in [X-InitTx]"
                : "it has: " + string.Join(", ", verbs.Select(each => each.Name));
            draft.Refuse(ExitCode.Refused, $"{goal.Name} has no verb '{verb}'; {known}");
        }
        else if (goal.Active is not (ActiveState.Active or ActiveState.Reloading))
        {
            draft.Refuse(ExitCode.NotActive,
                $"{goal.Name} is {StateWords.Of(goal.Active)}: only what is active has its verbs");
        }
    }

    private static void CheckReload(Engine engine, PlanDraft draft, UnitRuntime goal)
    {
        if (goal.Active is not (ActiveState.Active or ActiveState.Reloading))
        {
            draft.Refuse(ExitCode.NotActive,
                $"{goal.Name} is {StateWords.Of(goal.Active)}: only what is active can reload");
        }
        else if (!engine.SupervisorOf(goal).CanReload(goal))
        {
            draft.Refuse(ExitCode.Refused,
                $"{goal.Name} cannot reload: it has no ExecReload=; try restart");
        }
    }
}
