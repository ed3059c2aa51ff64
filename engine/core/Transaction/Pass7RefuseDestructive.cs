using InitTx.Core.Job;
using InitTx.Core.Ports;

namespace InitTx.Core.Transaction;

/// <summary>
/// With <c>--job-mode=fail</c> a plan that would cancel a job of another transaction is refused,
/// naming both. The other modes are the installer's.
/// </summary>
internal static class Pass7RefuseDestructive
{
    public static void Run(PlanDraft draft)
    {
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
