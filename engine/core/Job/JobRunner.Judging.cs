using InitTx.Core.Lifecycle;

namespace InitTx.Core.Job;

/// <summary>What a change of its unit means for a job that runs.</summary>
internal sealed partial class JobRunner
{
    // What was asked is up still, or its processes ended while it was asked.
    private void HearConsent(UnitJob job, SubState to, Cause cause)
    {
        UnitRuntime unit = job.Unit;
        Out.Touch(unit);
        job.Consent = JobConsent.Given;
        if (IsDown(to) && job.Kind == JobKind.Stop)
        {
            End(job, JobResult.Done, null, cause);
        }
        else if (IsDown(to))
        {
            BecomeStart(job, cause);
        }
        else if (StateWords.ActiveOf(to) != ActiveState.Active)
        {
            // It stops, for another reason.
        }
        else if (unit.ReloadResult == UnitResult.Success)
        {
            // Its turn has come already: what waits for it waits on.
            engine.Queue.SetRunning(job, false);
            engine.Queue.Offer(job);
        }
        else
        {
            engine.Book.RestorePriorGoal(job);
            End(job, JobResult.Failed, Consents.Refusal(unit), cause);
        }
    }

    private void JudgeStart(UnitJob job, SubState to, Cause cause)
    {
        UnitRuntime unit = job.Unit;
        switch (StateWords.ActiveOf(to))
        {
            case ActiveState.Active or ActiveState.Reloading:
                End(job, JobResult.Done, null, cause);
                break;
            case ActiveState.Failed:
                End(job, JobResult.Failed, FailureOf(unit), cause);
                break;
            case ActiveState.Inactive:
                End(job, OutcomeOfDead(unit), unit.ConditionText, cause);
                break;
            case ActiveState.Activating when to == SubState.AutoRestart:
                // The restart goes on, but this start is judged by what came of it.
                if (unit.Result == UnitResult.Success)
                    End(job, JobResult.Done, null, cause);
                else
                    End(job, JobResult.Failed, FailureOf(unit), cause);
                break;
            case ActiveState.Activating or ActiveState.Deactivating:
                break;
            default:
                throw Invariant.Unreachable("active state");
        }
    }

    // A oneshot that ran is dead and done; so is a unit that its conditions skipped.
    private static JobResult OutcomeOfDead(UnitRuntime unit) => unit.Check switch
    {
        PrepareOutcome.AssertFailed => JobResult.Assert,
        PrepareOutcome.ConditionFailed => JobResult.Skipped,
        _ => unit.Result == UnitResult.ExecCondition ? JobResult.Skipped : JobResult.Done,
    };

    private void JudgeVerify(UnitJob job, SubState to, Cause cause)
    {
        ActiveState state = StateWords.ActiveOf(to);
        if (state is ActiveState.Active or ActiveState.Reloading)
            End(job, JobResult.Done, null, cause);
        else if (state != ActiveState.Activating)
            End(job, JobResult.Failed,
                $"went {StateWords.Of(state)} while it was waited for", cause);
    }

    private void JudgeReload(UnitJob job, SubState from, SubState to, Cause cause)
    {
        UnitRuntime unit = job.Unit;
        if (StateWords.ActiveOf(to) == ActiveState.Reloading)
            return;
        bool isUp = StateWords.ActiveOf(to) == ActiveState.Active;
        bool wasReloading = StateWords.ActiveOf(from) == ActiveState.Reloading;
        if (isUp && wasReloading && unit.ReloadResult == UnitResult.Success)
            End(job, JobResult.Done, null, cause);
        else if (isUp)
            End(job, JobResult.Failed, Consents.WhyNotDone(unit), cause);
        else
            End(job, JobResult.Failed, $"went {StateWords.Of(to)} during the reload", cause);
    }

    private static string FailureOf(UnitRuntime unit) => unit.FailureText is { } text
        ? $"{StateWords.Of(unit.Result)}: {text}"
        : StateWords.Of(unit.Result);
}
