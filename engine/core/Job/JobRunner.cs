using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core.Job;

/// <summary>
/// Runs jobs that are free to run, judges them by what their units do, ends them. Promises: every
/// job that runs is ended by a change of its unit, by its own deadline, or by a cancellation;
/// ending one is one row; a failure reaches those that wait for it by requirement
/// (systemd.unit(5), Requires=), through a work list.
/// </summary>
internal sealed partial class JobRunner(Engine engine)
{
    private readonly Queue<(UnitJob Job, string Text)> _victims = new();

    private Outbox Out => engine.Out;

    /// <summary>A job that waits for nothing any more.</summary>
    public void Run(UnitJob job)
    {
        UnitRuntime unit = job.Unit;
        if (MustWaitForUnit(job, unit))
            return;
        engine.Queue.SetRunning(job, true);
        job.Begun = Out.Now;
        Out.Touch(unit);
        job.Seq = Out.Job(job, "running", JobResult.None, OwnerOf(job), WhyNow(job));
        engine.Book.Began(job);
        ArmRunning(job);
        var cause = new Cause(CauseKind.Job, job.Seq);
        switch (job.Kind)
        {
            case JobKind.Nop:
                End(job, JobResult.Done, null, cause);
                break;
            case JobKind.VerifyActive:
                Verify(job, cause);
                break;
            case JobKind.Start:
                Start(job, cause);
                break;
            case JobKind.Stop or JobKind.Restart:
                Stop(job, cause);
                break;
            case JobKind.Reload or JobKind.Verb:
                Reload(job, cause);
                break;
            default:
                throw Invariant.Unreachable("job kind");
        }
    }

    /// <summary>The job's unit went from one state to another.</summary>
    public void UnitMoved(UnitRuntime unit, SubState from, SubState to)
    {
        if (unit.Job is not { } job)
            return;
        if (!job.IsRunning)
        {
            engine.Queue.Offer(job);
            return;
        }

        var cause = unit.Why;
        if (job.Consent == JobConsent.Asked && from == SubState.Reload && to != SubState.Reload)
        {
            HearConsent(job, to, cause);
            return;
        }

        switch (job.Kind)
        {
            case JobKind.Start:
                JudgeStart(job, to, cause);
                break;
            case JobKind.VerifyActive:
                JudgeVerify(job, to, cause);
                break;
            case JobKind.Stop when IsDown(to):
                End(job, JobResult.Done, null, cause);
                break;
            case JobKind.Restart when IsDown(to):
                BecomeStart(job, cause);
                break;
            case JobKind.Stop or JobKind.Restart
                when StateWords.ActiveOf(from) == ActiveState.Deactivating
                    && StateWords.ActiveOf(to) == ActiveState.Active:
                // What is in use was not unmounted.
                End(job, JobResult.Failed, FailureOf(unit), cause);
                break;
            case JobKind.Reload or JobKind.Verb:
                JudgeReload(job, from, to, cause);
                break;
            default:
                break;
        }
    }

    /// <summary>
    /// JobTimeoutSec= or JobRunningTimeoutSec= is over; the unit goes on without the job.
    /// </summary>
    public void TimedOut(UnitJob job)
    {
        UnitRuntime unit = job.Unit;
        string action = unit.Definition.JobTimeoutAction;
        End(job, JobResult.Timeout, "the job's time is over (JobTimeoutSec=)",
            new Cause(CauseKind.Timer, job.Seq));
        engine.Carry(action, unit, "JobTimeoutAction=");
    }

    /// <summary>
    /// Ends a job; what waited for it is released, what needed its success fails.
    /// </summary>
    public void End(UnitJob job, JobResult result, string? text, Cause cause)
    {
        EndOne(job, result, text, cause);
        while (_victims.TryDequeue(out (UnitJob Job, string Text) victim))
        {
            if (!victim.Job.HasEnded)
            {
                EndOne(victim.Job, JobResult.Dependency, victim.Text,
                    new Cause(CauseKind.Dependency, cause.Seq));
            }
        }
    }

    /// <summary>Ends a job that another takes the place of; nothing else fails by that.</summary>
    public void Displace(UnitJob job, string text, Cause cause)
    {
        EndOne(job, JobResult.Canceled, text, cause);
        _victims.Clear();
    }

    /// <summary>Arms JobTimeoutSec= for a job that enters the queue.</summary>
    public void ArmQueued(UnitJob job) => Arm(job, job.Queued, job.Unit.Definition.JobTimeoutUs);

    // What it waited for last leads back to what made a transaction take its time. Who wanted the
    // job is in the row that queued it.
    private Cause WhyNow(UnitJob job)
    {
        long released = job.ReleasedBy;
        job.ReleasedBy = 0;
        return released >= Out.FirstSeq
            ? new Cause(CauseKind.Dependency, released)
            : new Cause(CauseKind.Job, job.Seq);
    }

    private static bool IsDown(SubState state) => state is SubState.Dead or SubState.Failed;

    private bool MustWaitForUnit(UnitJob job, UnitRuntime unit) => job.Kind switch
    {
        // A unit on its way down is started again when it is down; it is offered again then.
        JobKind.Start => unit.Active == ActiveState.Deactivating,
        JobKind.Reload or JobKind.Verb =>
            unit.Active is ActiveState.Activating or ActiveState.Reloading,

        // It is asked when what it does now is done.
        JobKind.Stop or JobKind.Restart =>
            unit.Active == ActiveState.Reloading && Consents.AreAsked(engine, job),
        JobKind.VerifyActive or JobKind.Nop => false,
        _ => throw Invariant.Unreachable("job kind"),
    };

    private void ArmRunning(UnitJob job) =>
        Arm(job, job.Begun, job.Unit.Definition.JobRunningTimeoutUs);

    private void Arm(UnitJob job, Instant from, long span)
    {
        if (span >= ServiceSettings.Infinity - from.MonotonicUs)
            return;
        job.Deadline ??= new Deadline(DeadlineKind.Job, job);
        engine.Deadlines.Set(
            job.Deadline, Math.Min(job.Deadline.DueUs, from.MonotonicUs + span));
    }

    private void Verify(UnitJob job, Cause cause)
    {
        if (job.Unit.Active is ActiveState.Active or ActiveState.Reloading)
            End(job, JobResult.Done, null, cause);
        else if (job.Unit.Active != ActiveState.Activating)
            End(job, JobResult.Failed, "not active, and Requisite= starts nothing", cause);
    }

    private void Start(UnitJob job, Cause cause)
    {
        UnitRuntime unit = job.Unit;
        if (unit.Active is ActiveState.Active or ActiveState.Reloading)
        {
            End(job, JobResult.Done, null, cause);
            return;
        }

        if (unit.Active == ActiveState.Activating && unit.Sub != SubState.AutoRestart)
            return;
        if (unit.Definition.LoadState != UnitLoadState.Loaded)
        {
            End(job, JobResult.Failed, PlanText.LoadProblem(unit.Definition), cause);
            return;
        }

        if (MissingBond(unit) is { } bond)
        {
            End(job, JobResult.Dependency, $"{PlanText.Edge(bond)} is not active", cause);
            return;
        }

        if (engine.SupervisorOf(unit).Start(unit, cause) is { } why && !job.HasEnded
            && unit.Job == job && !engine.HasMoved(unit))
            End(job, JobResult.Failed, why, cause);
    }

    private void Stop(UnitJob job, Cause cause)
    {
        UnitRuntime unit = job.Unit;
        if (IsDown(unit.Sub))
        {
            if (job.Kind == JobKind.Restart)
                BecomeStart(job, cause);
            else
                End(job, JobResult.Done, null, cause);
            return;
        }

        if (Consents.AreAsked(engine, job) && engine.Services.BeginCheck(unit, cause))
        {
            job.Consent = JobConsent.Asked;
            Out.Touch(unit);
            return;
        }

        if (engine.SupervisorOf(unit).Stop(unit, cause) is { } why)
            End(job, JobResult.Failed, why, cause);
    }

    private void Reload(UnitJob job, Cause cause)
    {
        UnitRuntime unit = job.Unit;
        string? why = unit.Active != ActiveState.Active
            ? $"{unit.Name} is {StateWords.Of(unit.Active)}"
            : job.Kind == JobKind.Verb ? engine.Services.BeginVerb(unit, job.Verb, cause)
            : Consents.AreAsked(engine, job) ? engine.Services.BeginCheckedReload(unit, cause)
            : engine.SupervisorOf(unit).Reload(unit, cause);
        if (why is not null)
            End(job, JobResult.Failed, why, cause);
    }

    private void BecomeStart(UnitJob job, Cause cause)
    {
        engine.Queue.Unlink(job, cause.Seq);
        engine.Queue.SetRunning(job, false);
        job.Kind = JobKind.Start;
        job.Seq = cause.Seq;
        Out.Touch(job.Unit);
        engine.Queue.Link(job);
    }

    private void EndOne(UnitJob job, JobResult result, string? text, Cause cause)
    {
        UnitRuntime unit = job.Unit;
        Out.Touch(unit);
        JobKind kind = job.Kind;
        bool neverRan = !job.IsRunning;
        long ended = Out.Job(job, "ended", result, OwnerOf(job), cause.With(text));
        if (job.Deadline is { } deadline)
            engine.Deadlines.Disarm(deadline);
        engine.Queue.Remove(job, ended);
        if (neverRan && result != JobResult.Done)
            engine.Book.RestorePriorGoal(job);
        if (neverRan)
            job.Begun = Out.Now;
        engine.Book.JobEnded(job, result, text);
        if (unit.Sub == SubState.AutoRestart && unit.DeadlineUs == Deadline.Never)
        {
            // Its own restart came to nothing (timed out, cancelled): it is tried again later.
            engine.ArmState(unit, unit.Service.RestartUs);
        }

        engine.Services.LookAtStore(unit);
        engine.MayHaveEnded(unit);
        MarkVictims(unit, kind, result);
        engine.Upkeep.Look(unit);
        if (result is JobResult.Dependency or JobResult.Timeout)
            engine.Upkeep.JobCameToNothing(unit, ended);
    }

    private void MarkVictims(UnitRuntime unit, JobKind kind, JobResult result)
    {
        bool ok = result is JobResult.Done or JobResult.Skipped;
        string text = $"{unit.Name}: {JobWords.Of(kind)} {JobWords.Of(result)}";
        if (!ok && (kind is JobKind.Start or JobKind.VerifyActive))
        {
            foreach ((DependencyKind edge, bool isHard) in Pass2FindUnusable.Pulls)
            {
                if (isHard)
                    MarkWaiting(unit.In[edge], text);
            }
        }
        else if (!ok && kind == JobKind.Stop)
        {
            MarkWaiting(unit.In[DependencyKind.Conflicts], text);
        }
        else if (ok && kind == JobKind.Start
            && (unit.Active is ActiveState.Inactive or ActiveState.Failed))
        {
            // Requisite= wants it active; a start that conditions skipped is not that.
            MarkWaiting(unit.In[DependencyKind.Requisite], text);
        }
    }

    private void MarkWaiting(List<UnitEdge> edges, string text)
    {
        foreach (UnitEdge edge in edges)
        {
            if (edge.Other.Job is { IsRunning: false, Kind: JobKind.Start or JobKind.VerifyActive } job)
                _victims.Enqueue((job, $"{PlanText.Edge(edge.Declared)}: {text}"));
        }
    }

    // BindsTo= together with After=: without the other being up there is nothing to be bound to.
    private static UnitDependency? MissingBond(UnitRuntime unit)
    {
        foreach (UnitEdge edge in unit.Out[DependencyKind.BindsTo])
        {
            if (edge.Other.Active is not (ActiveState.Active or ActiveState.Reloading)
                && IsAfter(unit, edge.Other))
                return edge.Declared;
        }

        return null;
    }

    private static bool IsAfter(UnitRuntime unit, UnitRuntime other)
    {
        foreach (UnitEdge edge in unit.Out[DependencyKind.After])
        {
            if (edge.Other == other)
                return true;
        }

        foreach (UnitEdge edge in unit.In[DependencyKind.Before])
        {
            if (edge.Other == other)
                return true;
        }

        return false;
    }

    private static TransactionId OwnerOf(UnitJob job) =>
        job.OwnerList.Count > 0 ? job.OwnerList[0].Id : default;
}
