using InitTx.Core.Job;
using InitTx.Core.Ports;

namespace InitTx.Core.Transaction;

/// <summary>
/// Makes a checked draft real: the only place where jobs enter the queue. Up to here nothing has
/// changed, from here nothing is refused.
/// </summary>
internal static class TransactionInstaller
{
    /// <param name="transaction">New, with its requester and reason.</param>
    /// <param name="cause">What the transaction follows from: a request row, the boot row, a transition.</param>
    public static void Install(
        Engine engine, PlanDraft draft, TransactionRuntime transaction, Cause cause)
    {
        transaction.CauseKind = cause.Kind;
        transaction.Goals = NamesOf(draft);
        transaction.Dropped = [.. draft.Dropped];
        transaction.Seq = engine.Out.Transaction(
            transaction, "begun", cause.With(TextOf(transaction, draft)));
        foreach (UnitRuntime goal in draft.Goals)
            SetGoal(engine, draft, goal);
        ClaimAsWanted(engine, draft, transaction);
        InstallJobs(engine, draft, transaction, cause);
        engine.Book.Installed(transaction);
    }

    /// <summary>
    /// Adds the jobs of a draft to a transaction that has begun, or is on its way back.
    /// </summary>
    public static void InstallJobs(
        Engine engine, PlanDraft draft, TransactionRuntime transaction, Cause cause)
    {
        engine.Queue.IgnoreOrderOf(draft);
        foreach (string dropped in draft.Dropped)
        {
            engine.Out.Manager(RecordKind.Config,
                new Cause(cause.Kind, transaction.Seq, dropped));
        }

        var link = new List<UnitJob>(draft.Jobs.Count);
        foreach (DraftUnit unit in draft.Jobs)
        {
            if (InstallOne(engine, unit, transaction, cause) is { } job)
                link.Add(job);
        }

        foreach (UnitJob job in link)
            engine.Queue.Link(job);
    }

    /// <returns>The job when it has to be linked anew; null when a running one does the work.</returns>
    private static UnitJob? InstallOne(
        Engine engine, DraftUnit wanted, TransactionRuntime transaction, Cause cause)
    {
        UnitRuntime unit = wanted.Unit;
        var prior = new Prior(unit.GoalActive, OnItsWay(unit));
        var queued = new Cause(
            cause.Kind, transaction.IsRollingBack ? cause.Seq : transaction.Seq);
        JobKind kind = wanted.Kind;
        if (unit.Job is { } present)
        {
            JobKind? both = JobMerge.Merge(present.Kind, kind,
                unit.Active is Lifecycle.ActiveState.Active or Lifecycle.ActiveState.Reloading);
            if (both is { } merged)
            {
                Join(engine, present, transaction, wanted, prior, merged);
                bool covered = present.IsRunning && JobMerge.Covers(present.Kind, kind);
                if (covered || (!present.IsRunning && merged == present.Kind))
                {
                    // Whether a unit is to be asked for its consent depends on who wants the job.
                    engine.Queue.Offer(present);
                    return null;
                }

                return Change(engine, present, merged, transaction, queued);
            }

            engine.Runner.Displace(present, FormattableString.Invariant(
                $"displaced by transaction {transaction.Id.Value}"), queued);
        }

        var job = new UnitJob(engine.NewJobId(), unit, kind)
        {
            Queued = engine.Out.Now,
            PutsBack = transaction.IsRollingBack,
            Verb = kind == JobKind.Verb ? transaction.Action : null,
        };
        engine.Queue.Add(job);
        Join(engine, job, transaction, wanted, prior, kind);
        job.Seq = engine.Out.Job(job, "queued", JobResult.None, transaction.Id,
            queued.With(job.Verb ?? ReasonOf(wanted)));
        engine.Runner.ArmQueued(job);
        return job;
    }

    // What another's job makes of it is what there would be without this request.
    private static Lifecycle.ActiveState OnItsWay(UnitRuntime unit) => unit.Job?.Kind switch
    {
        JobKind.Start or JobKind.Restart => Lifecycle.ActiveState.Activating,
        JobKind.Stop => Lifecycle.ActiveState.Deactivating,
        _ => unit.Active,
    };

    private static UnitJob Change(
        Engine engine, UnitJob job, JobKind kind, TransactionRuntime transaction, Cause cause)
    {
        engine.Queue.Unlink(job, 0);
        engine.Queue.SetRunning(job, false);
        job.Kind = kind;
        job.AskedKind = kind;
        job.Consent = JobConsent.None;
        job.PutsBack = transaction.IsRollingBack;
        job.Seq = engine.Out.Job(job, "queued", JobResult.None, transaction.Id,
            cause.With("joined with the job that was there"));
        return job;
    }

    private static void Join(
        Engine engine,
        UnitJob job,
        TransactionRuntime transaction,
        DraftUnit wanted,
        Prior prior,
        JobKind kind)
    {
        UnitRuntime unit = job.Unit;
        var part = new TransactionJob(unit, job.Id, kind)
        {
            IsWeak = wanted.Job is { IsHard: false },
            PriorGoalActive = prior.Goal,
            PriorState = prior.State,
            IsCompensation = transaction.IsRollingBack,
        };
        job.OwnerList.Add(transaction);
        engine.Queue.Changed();
        transaction.JobList.Add(part);
        transaction.Remaining++;
        unit.Parts.Add((transaction, part));
        unit.Transaction = transaction.Id;
        if (kind is JobKind.Start or JobKind.Restart)
            unit.GoalActive = true;
        else if (kind == JobKind.Stop)
            unit.GoalActive = false;
        engine.Out.Touch(unit);
    }

    // A goal that is true already has no job, but from now on it is wanted.
    private static void SetGoal(Engine engine, PlanDraft draft, UnitRuntime goal)
    {
        if (draft.Find(goal) is { Job: not null })
            return;
        bool? wanted = draft.Request.Verb switch
        {
            RequestVerb.Start or RequestVerb.Isolate => true,
            RequestVerb.Stop => false,
            RequestVerb.Apply or RequestVerb.Undo => !draft.StopGoals.Contains(goal),
            _ => null,
        };
        if (wanted is not { } value || goal.GoalActive == value)
            return;
        goal.GoalActive = value;
        engine.Out.Touch(goal);
    }

    private static void ClaimAsWanted(
        Engine engine, PlanDraft draft, TransactionRuntime transaction)
    {
        foreach (UnitRuntime unit in draft.AsWanted)
            Claim(engine, unit, transaction);
        if (draft.Request.Verb != RequestVerb.Isolate)
            return;

        // It wants everything else down, and plans nothing for what is.
        foreach (UnitRuntime unit in engine.Units)
        {
            if (unit.Job is null && !unit.Definition.IgnoreOnIsolate
                && unit.Active is Lifecycle.ActiveState.Inactive or Lifecycle.ActiveState.Failed
                && draft.Find(unit) is not { Job: not null })
                Claim(engine, unit, transaction);
        }
    }

    // Another transaction made it so, and could still be rolled back: it is not that one's alone,
    // and is left as it is then. What a restart by itself finds is nobody's.
    private static void Claim(Engine engine, UnitRuntime unit, TransactionRuntime transaction)
    {
        if (transaction.IsByItself
            || engine.Book.Find(unit.Transaction) is not { IsOpen: true })
            return;
        unit.Transaction = transaction.Id;
        engine.Out.Touch(unit);
    }

    /// <summary>A unit before the request.</summary>
    private readonly record struct Prior(bool Goal, Lifecycle.ActiveState State);

    private static List<Units.Model.UnitName> NamesOf(PlanDraft draft)
    {
        var names = new List<Units.Model.UnitName>(draft.Goals.Count);
        foreach (UnitRuntime goal in draft.Goals)
            names.Add(goal.Name);
        return names;
    }

    // What was said with the request is in the request's row, which not everybody may read.
    private static string TextOf(TransactionRuntime transaction, PlanDraft draft) =>
        FormattableString.Invariant(
            $"{string.Join(' ', transaction.Goals)}; {draft.Jobs.Count} jobs");

    private static string? ReasonOf(DraftUnit unit) => unit.Job is { PulledBy: { } by, Edge: { } edge }
        ? $"{by.Unit.Name} {PlanText.Edge(edge)}"
        : null;
}
