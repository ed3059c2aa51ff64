using InitTx.Core.Transaction;
using InitTx.PlannerCheck.Reference;
using InitTx.PlannerCheck.Scenarios;

namespace InitTx.PlannerCheck.Running;

/// <summary>Plans scenarios with both planners and compares; one thread's own.</summary>
internal sealed class Worker(Tally tally, bool plantsFault)
{
    private readonly ReferencePlanner _reference = new();
    private readonly EngineSide _engine = new();
    private readonly EngineSide _backwards = new();

    /// <summary>Takes up another graph.</summary>
    public void Read(Scenario scenario)
    {
        tally.Graphs++;
        _reference.Read(scenario);
        if (plantsFault)
            Faults.Plant(scenario);
        _engine.Read(scenario);
    }

    /// <summary>Plans with both and compares the jobs.</summary>
    public PlanDraft Compare(Scenario scenario)
    {
        tally.Plans++;
        PlanDraft draft = _engine.Draft(scenario);
        Outcome plan = EngineSide.Read(draft);
        _reference.Plan(scenario);
        if (_reference.Plans.Count > 1)
            tally.Choices++;
        if (plan.IsRefused)
            tally.Refused++;
        if (!_reference.Plans.Contains(plan))
        {
            tally.Differ(scenario, $"the planner: {plan}; the rules: "
                + string.Join(" or ", _reference.Plans));
        }

        return draft;
    }

    /// <summary>
    /// The order between the jobs of a plan is what the units declare; a boot may give some up, but
    /// then what is left can be kept.
    /// </summary>
    public void CompareOrder(Scenario scenario, PlanDraft draft)
    {
        if (draft.IsRefused)
            return;
        TransactionPlan plan = EngineSide.Write(draft, scenario);
        Outcome jobs = EngineSide.Read(draft);
        int[] waits = Order.Waits(_reference.Edges,
            [.. Enumerable.Range(0, Scenario.MostUnits).Select(jobs.Job)]);
        int[] found = new int[Scenario.MostUnits];
        foreach (PlanEdge edge in plan.Edges)
            found[edge.After.Value[0] - 'a'] |= 1 << (edge.Before.Value[0] - 'a');
        bool isSame = true;
        for (int unit = 0; unit < scenario.Units; unit++)
        {
            isSame &= scenario.Ask.IsBoot
                ? (found[unit] & ~waits[unit]) == 0
                : found[unit] == waits[unit];
        }

        if (!isSame || !Order.IsPossible(found, (1 << scenario.Units) - 1))
            tally.Differ(scenario, "the edges are other ones: " + string.Join(", ", plan.Edges));
        tally.Orders++;
    }

    /// <summary>
    /// Units loaded in the opposite order give the same plan, reasons, texts and hash.
    /// </summary>
    public void CompareLoading(Scenario scenario, PlanDraft draft)
    {
        string first = Show(EngineSide.Write(draft, scenario));
        scenario.LoadsBackwards = !scenario.LoadsBackwards;
        _backwards.Read(scenario);
        string second = Show(EngineSide.Write(_backwards.Draft(scenario), scenario));
        scenario.LoadsBackwards = !scenario.LoadsBackwards;
        if (first != second)
            tally.Differ(scenario, $"the order of loading shows: {first} / {second}");
        tally.Loadings++;
    }

    private static string Show(TransactionPlan plan) => string.Join("; ",
        [
            plan.Hash, plan.RefusedCode.ToString(), .. plan.Refused, .. plan.Dropped,
            .. plan.Irreversible, .. plan.Edges.Select(e => e.ToString()),
            .. plan.Jobs.Select(j => $"{j.Unit} {j.Kind} {string.Join(" < ", j.Reasons)}"),
        ]);
}
