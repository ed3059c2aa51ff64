namespace InitTx.Core.Transaction;

/// <summary>
/// Turns a request into a plan. Pure for given units, states and request: nothing but the table of
/// loaded units changes, and the order in which units were loaded does not show. The passes:
/// <list type="number">
/// <item>read the goals (unknown, masked, refused by hand);</item>
/// <item>find what cannot be started, back along requirements;</item>
/// <item>close over requirements and conflicts;</item>
/// <item>resolve contradictions: drop what is only wanted, refuse otherwise; again from 3;</item>
/// <item>merge the wishes for a unit into one job, drop what is true already;</item>
/// <item>check the order; a cycle is refused, at boot its least important edge is dropped;</item>
/// <item>refuse what would destroy another transaction's work, or fill the queue.</item>
/// </list>
/// Called by <see cref="Engine.Plan"/> and by the installer; the graph checked here is the graph
/// that is installed.
/// </summary>
internal static class TransactionPlanner
{
    public static PlanDraft Plan(Engine engine, PlanRequest request)
    {
        var draft = new PlanDraft(request);
        Pass1ReadGoals.Run(engine, draft);
        if (!draft.IsRefused)
            Pass2FindUnusable.Run(engine, draft);
        for (int round = 0; !draft.IsRefused; round++)
        {
            Pass3CloseOverRequirements.Run(engine, draft);
            if (draft.IsRefused || !Pass4ResolveConflicts.Run(draft))
                break;
            if (round == engine.Limits.PlanConflicts)
            {
                draft.Refuse(Ports.ExitCode.Refused, FormattableString.Invariant(
                    $"more than {round} contradictions (limit PlanConflicts)"));
            }
        }

        if (!draft.IsRefused)
            Pass5MergeAndDrop.Run(draft);
        if (!draft.IsRefused)
            Pass6CheckOrder.Run(engine, draft);
        if (!draft.IsRefused)
            Pass7RefuseDestructive.Run(engine, draft);
        return draft;
    }
}
