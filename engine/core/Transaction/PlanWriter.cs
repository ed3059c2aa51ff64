using System.Globalization;
using System.Text;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>A finished draft as the public, sorted, hashed plan.</summary>
internal static class PlanWriter
{
    /// <summary>
    /// Changes when the canonical form changes, so that old hashes never match by chance.
    /// </summary>
    private const string FormVersion = "inittx-plan-2";

    public static TransactionPlan Write(PlanDraft draft, ControlRequest request)
    {
        List<UnitName> goals = [];
        foreach (UnitRuntime goal in draft.Goals)
            goals.Add(goal.Name);
        if (draft.IsRefused)
        {
            return new TransactionPlan
            {
                Goals = goals,
                Jobs = [],
                Edges = [],
                Dropped = draft.Dropped,
                Refused = draft.Refused,
                RefusedCode = draft.Code,
            };
        }

        List<PlannedJob> jobs = [];
        foreach (DraftUnit unit in draft.Jobs)
        {
            jobs.Add(new PlannedJob(unit.Unit.Name, unit.Kind,
                ReasonsOf(unit, draft.Units.Count * DraftUnit.Wishes)));
        }

        List<PlanEdge> edges = EdgesOf(draft);
        return new TransactionPlan
        {
            Goals = goals,
            Jobs = jobs,
            Edges = edges,
            Irreversible = Irreversible(draft),
            Dropped = draft.Dropped,
            Hash = HashOf(draft, edges, request),
        };
    }

    /// <summary>What no rollback can take back, a line each.</summary>
    public static List<string> Irreversible(PlanDraft draft)
    {
        var lines = new List<string>();
        foreach (DraftUnit unit in draft.Jobs)
        {
            bool runs = unit.Kind is JobKind.Start or JobKind.Restart;
            if (runs && unit.Unit.Definition.Service is { Type: ServiceType.Oneshot, ExecStart.Count: > 0 })
                lines.Add($"{unit.Unit.Name}: a oneshot runs; what it does is not undone");
            if (unit.Kind == JobKind.Reload)
                lines.Add($"{unit.Unit.Name}: a reload is not undone");
            if (unit.Kind == JobKind.Verb)
                lines.Add($"{unit.Unit.Name}: what {draft.Request.Action} does is not undone");
            if ((runs || unit.Kind == JobKind.Stop) && !unit.Unit.Definition.Rollback)
            {
                lines.Add($"{unit.Unit.Name}: a rollback leaves it as it is then, "
                    + PlanText.NoRollback(unit.Unit.Definition));
            }

            if (unit.Kind is JobKind.Stop or JobKind.Restart && unit.Unit.HasMain)
                lines.Add($"{unit.Unit.Name}: its running processes end");
        }

        return lines;
    }

    private static List<PlanReason> ReasonsOf(DraftUnit unit, int most)
    {
        var reasons = new List<PlanReason>();
        DraftUnit at = unit;
        Wish? wish = unit.Job;
        for (; wish is { PulledBy: { } by, Edge: { } edge } && reasons.Count < most;
            wish = wish.By)
        {
            reasons.Add(new PlanReason(by.Unit.Name, edge.Kind.ToString(), edge.Source.ToString()));
            at = by;
        }

        reasons.Add(new PlanReason(at.Unit.Name, "goal", ""));
        return reasons;
    }

    private static List<PlanEdge> EdgesOf(PlanDraft draft)
    {
        var kinds = new Dictionary<UnitRuntime, JobKind>();
        foreach (DraftUnit unit in draft.Jobs)
            kinds.Add(unit.Unit, unit.Kind);
        var edges = new SortedSet<(UnitName, UnitName)>();
        foreach (DraftUnit unit in draft.Jobs)
        {
            foreach ((DependencyKind kind, bool declaringIsLater) in JobOrder.Kinds)
            {
                foreach (UnitEdge edge in unit.Unit.Out[kind])
                {
                    if (!kinds.ContainsKey(edge.Other))
                        continue;
                    (UnitRuntime earlier, UnitRuntime later) = declaringIsLater
                        ? (edge.Other, unit.Unit)
                        : (unit.Unit, edge.Other);
                    if (draft.IgnoresOrder(earlier.Name, later.Name))
                        continue;
                    edges.Add(JobOrder.EarlierUnitFirst(kinds[later])
                        ? (earlier.Name, later.Name)
                        : (later.Name, earlier.Name));
                }
            }
        }

        var list = new List<PlanEdge>(edges.Count);
        foreach ((UnitName before, UnitName after) in edges)
            list.Add(new PlanEdge(before, after));
        return list;
    }

    private static string HashOf(PlanDraft draft, List<PlanEdge> edges, ControlRequest request)
    {
        var form = new StringBuilder();
        Line(form, FormVersion, TransactionWords.Of(request.Verb), request.Mode.ToString());
        Line(form, "rollback", request.NoRollback ? "no" : "yes");
        Line(form, "timeout", request.TimeoutUs.ToString(CultureInfo.InvariantCulture));
        if (request.Action is { } action)
            Line(form, "do", action);
        if (request.NoCheck)
            Line(form, "check", "no");
        Line(form, "settle", request.SettleUs.ToString(CultureInfo.InvariantCulture));
        foreach (UnitRuntime goal in draft.Goals)
            Line(form, draft.StopGoals.Contains(goal) ? "down" : "goal", goal.Name.Value);
        foreach (DraftUnit unit in draft.Jobs)
        {
            UnitRuntime runtime = unit.Unit;
            Line(form, "job", runtime.Name.Value, JobWords.Of(unit.Kind));
            Line(form, "unit", runtime.Definition.ContentDigest, StateWords.Of(runtime.Sub),
                runtime.GoalActive ? "active" : "inactive");
        }

        foreach (PlanEdge edge in edges)
            Line(form, "edge", edge.Before.Value, edge.After.Value);
        return Convert.ToHexStringLower(Sha256Digest.Of(Encoding.UTF8.GetBytes(form.ToString())));
    }

    private static void Line(StringBuilder form, params ReadOnlySpan<string> words)
    {
        foreach (string word in words)
            form.Append(word).Append('\0');
        form.Append('\n');
    }
}
