using InitTx.Core.Job;
using InitTx.Core.Ports;

namespace InitTx.Core.Transaction;

/// <summary>
/// With <c>--job-mode=fail</c> a plan that would cancel a job of another transaction is refused,
/// naming both. The other modes are the installer's. The queue's limit is held here too.
/// </summary>
internal static class Pass7RefuseDestructive
{
    public static void Run(Engine engine, PlanDraft draft)
    {
        if (engine.Queue.Count + draft.Jobs.Count > engine.Limits.Jobs)
        {
            draft.Refuse(ExitCode.Refused, FormattableString.Invariant(
                $"{draft.Jobs.Count} jobs more than the queue takes (limit Jobs: {engine.Limits.Jobs})"));
        }

        foreach (DraftUnit unit in draft.Jobs)
        {
            if (unit.Unit.Job is not { } job || JobMerge.Merge(job.Kind, unit.Kind, true) is not null)
                continue;
            draft.HasDestructive = true;
            if (draft.Request.Mode != JobMode.Fail)
                continue;
            string owner = job.Owners.Count > 0
                ? FormattableString.Invariant($"transaction {job.Owners[0].Id.Value}")
                : "the manager";
            draft.Refuse(ExitCode.Refused, FormattableString.Invariant(
                $"{unit.Unit.Name}: {JobWords.Of(unit.Kind)} would cancel job {job.Id.Value} ")
                + $"({JobWords.Of(job.AskedKind)}) of {owner}; wait for it, or use "
                + "--job-mode=replace or queue");
        }
    }
}
