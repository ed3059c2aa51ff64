using InitTx.Core;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Now and then a request is planned by the engine in memory and by one restored from the store,
/// which loaded its units in another order: both plans are the same to the letter. No job of it is
/// for what is so already, and a chain of reasons leads from each to a goal. That a plan is what
/// the rules ask for, and no more, is tests/planner.
/// </summary>
internal sealed class I13PlanDeterministic() : SimulationInvariant(
    "I13", "The same state and request give the same plan, without a job too many.")
{
    private static readonly RequestVerb[] Verbs =
        [RequestVerb.Start, RequestVerb.Stop, RequestVerb.Restart, RequestVerb.ReloadOrRestart];

    /// <summary>Plans that were compared.</summary>
    public int Judged { get; private set; }

    public override void Committed(EngineStep step)
    {
        if (!View.IsSampled || !View.InStore || View.Engine.Units.Count == 0
            || View.AwaitsReload())
            return;

        // Only what is loaded already: planning here must not change what the engine knows.
        UnitRuntime goal = View.Engine.Units[(int)(View.Batches % View.Engine.Units.Count)];
        var request = new ControlRequest
        {
            Id = new RequestId(1),
            Verb = Verbs[View.Batches / 7 % Verbs.Length],
            Requester = Requester.Manager,
            Units = [goal.Name],
            DryRun = true,
        };
        TransactionPlan plan = View.Engine.Plan(request);
        string memory = Show(plan);
        string restored = Show(View.Replayed.Plan(request));
        Judged++;
        if (memory != restored)
            Fail($"{request.Verb} {goal.Name}: in memory {memory}, restored {restored}");
        foreach (PlannedJob job in plan.Jobs)
            Check(job);
    }

    private void Check(PlannedJob job)
    {
        UnitRuntime? unit = View.Engine.Find(job.Unit);
        bool isUp = unit?.Active is ActiveState.Active or ActiveState.Reloading;
        bool isDown = unit?.Active is null or ActiveState.Inactive or ActiveState.Failed;
        bool isIdle = unit?.Job is null;
        if (isIdle && ((job.Kind == JobKind.Start && isUp) || (job.Kind == JobKind.Stop && isDown)))
            Fail($"{job.Unit} is {job.Kind} already");
        if (job.Reasons.Count == 0 || job.Reasons[^1].Dependency != "goal")
            Fail($"{job.Unit} {job.Kind}: no chain of reasons leads to a goal");
    }

    private static string Show(TransactionPlan plan)
    {
        var text = new System.Text.StringBuilder(plan.Hash);
        foreach (PlannedJob job in plan.Jobs)
        {
            text.Append("; ").Append(job.Unit).Append(' ').Append(job.Kind);
            foreach (PlanReason reason in job.Reasons)
                text.Append(" < ").Append(reason);
        }

        foreach (string line in plan.Dropped)
            text.Append("; ").Append(line);
        foreach (string line in plan.Refused)
            text.Append("; ").Append(line);
        return text.ToString();
    }
}
