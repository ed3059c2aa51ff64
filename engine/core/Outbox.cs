using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;

namespace InitTx.Core;

/// <summary>
/// The only writer of an <see cref="EngineStep"/>: numbers rows, collects effects, marks what has
/// to be committed. Every row's number is returned so that what follows can name its cause.
/// </summary>
internal sealed class Outbox
{
    private EngineStep? _step;

    /// <summary>The instant of the event in hand.</summary>
    public Instant Now { get; private set; }

    /// <summary>The number that the next row gets.</summary>
    public long NextSeq { get; set; } = 1;

    /// <summary>The number of the event's first row.</summary>
    public long FirstSeq { get; private set; } = 1;

    public void Open(EngineStep step, Instant now)
    {
        Invariant.Require(_step is null, "one event is handled at a time");
        _step = step;
        FirstSeq = NextSeq;

        // A clock that goes back is not ours to repeat: rows and deadlines keep their order.
        Now = now.MonotonicUs >= Now.MonotonicUs ? now : now with { MonotonicUs = Now.MonotonicUs };
    }

    public void Close() => _step = null;

    private EngineStep Step
    {
        get
        {
            Invariant.Require(_step is not null, "rows and effects arise only within Handle");
            return _step;
        }
    }

    public void Emit(Effect effect) => Step.Effects.Add(effect);

    /// <summary>The unit's recorded state differs from now on.</summary>
    public void Touch(UnitRuntime unit)
    {
        unit.IsRecorded = true;
        Step.Touch(unit.Id);
    }

    /// <summary>The engine's recorded state differs from now on.</summary>
    public void TouchEngine() => Step.EngineChanged = true;

    public long Transition(UnitRuntime unit, SubState from, SubState to, Cause cause)
    {
        bool tellsResult = unit.Result != UnitResult.Success
            || StateWords.ActiveOf(to) is ActiveState.Inactive or ActiveState.Failed;
        return Write(new JournalRecord
        {
            Seq = 0,
            Time = Now,
            Kind = RecordKind.Transition,
            Unit = unit.Name.Value,
            From = StateWords.Of(from),
            To = StateWords.Of(to),
            Result = tellsResult ? StateWords.Of(unit.Result) : null,
            Cause = cause.Kind,
            CauseSeq = cause.Seq,
            Transaction = unit.Transaction.Value,
            Job = unit.Job?.Id.Value ?? 0,
            Pid = unit.MainProcess.Pid,
            Uid = -1,
            Text = cause.Text,
        });
    }

    /// <summary>A trigger that the machine did not take.</summary>
    public long Rejected(UnitRuntime unit, string state, string trigger, Cause cause) =>
        Write(new JournalRecord
        {
            Seq = 0,
            Time = Now,
            Kind = RecordKind.Rejected,
            Unit = unit.Name.Value,
            From = state,
            To = trigger,
            Cause = cause.Kind,
            CauseSeq = cause.Seq,
            Transaction = unit.Transaction.Value,
            Uid = -1,
            Text = cause.Text,
        });

    public long Process(
        UnitRuntime unit,
        ExecRole role,
        string what,
        int pid,
        Cause cause,
        ExitKind exit = ExitKind.None,
        int code = 0) =>
        Write(new JournalRecord
        {
            Seq = 0,
            Time = Now,
            Kind = RecordKind.Process,
            Unit = unit.Name.Value,
            From = ExecRoles.Word(role),
            To = what,
            Cause = cause.Kind,
            CauseSeq = cause.Seq,
            Transaction = unit.Transaction.Value,
            Job = unit.Job?.Id.Value ?? 0,
            Pid = pid,
            ExitKind = exit,
            ExitCode = code,
            Uid = -1,
            Text = cause.Text,
        });

    public long Job(
        UnitJob job, string what, JobResult result, TransactionId transaction, Cause cause) =>
        Write(new JournalRecord
        {
            Seq = 0,
            Time = Now,
            Kind = RecordKind.Job,
            Unit = job.Unit.Name.Value,
            From = JobWords.Of(job.AskedKind),
            To = what,
            Result = result == JobResult.None ? null : JobWords.Of(result),
            Cause = cause.Kind,
            CauseSeq = cause.Seq,
            Transaction = transaction.Value,
            Job = job.Id.Value,
            Uid = -1,
            Text = cause.Text,
        });

    public long Transaction(TransactionRuntime transaction, string what, Cause cause)
    {
        TouchEngine();
        return Write(new JournalRecord
        {
            Seq = 0,
            Time = Now,
            Kind = RecordKind.Transaction,
            From = TransactionWords.Of(transaction.Verb),
            To = what,
            Result = transaction.IsOpen ? null : TransactionWords.Of(transaction.Outcome),
            Cause = cause.Kind,
            CauseSeq = cause.Seq,
            Transaction = transaction.Id.Value,
            Pid = transaction.Requester.Pid,
            Uid = transaction.Requester.Uid,
            Comm = transaction.Requester.Comm,
            Text = cause.Text,
        });
    }

    public long Request(ControlRequest request, bool accepted, string? text)
    {
        TouchEngine();
        return Write(new JournalRecord
        {
            Seq = 0,
            Time = Now,
            Kind = RecordKind.Request,
            From = TransactionWords.Of(request.Verb),
            Result = accepted ? "accepted" : "refused",
            Cause = CauseKind.Request,
            Pid = request.Requester.Pid,
            Uid = request.Requester.Uid,
            Comm = request.Requester.Comm,
            Text = Origin(request.Requester) is { } origin ? $"{text} {origin}" : text,
        });
    }

    // Shown to those only who may see who asked.
    private static string? Origin(Requester who)
    {
        bool isLoggedIn = who.LoginUid is not -1;
        if (who.Tty.Length == 0 && !isLoggedIn)
            return null;
        string login = isLoggedIn ? FormattableString.Invariant($"login uid {who.LoginUid}") : "";
        string separator = who.Tty.Length > 0 && isLoggedIn ? ", " : "";
        return $"[{(who.Tty.Length > 0 ? $"on {who.Tty}" : "")}{separator}{login}]";
    }

    /// <summary>A row about the manager itself.</summary>
    public long Manager(RecordKind kind, Cause cause, int pid = 0, int uid = -1)
    {
        TouchEngine();
        return Write(new JournalRecord
        {
            Seq = 0,
            Time = Now,
            Kind = kind,
            Cause = cause.Kind,
            CauseSeq = cause.Seq,
            Pid = pid,
            Uid = uid,
            Text = cause.Text,
        });
    }

    /// <summary>
    /// What a client changed in unit files; about its unit where the request is about one.
    /// </summary>
    public long UnitFiles(ControlRequest request, Cause cause)
    {
        TouchEngine();
        return Write(new JournalRecord
        {
            Seq = 0,
            Time = Now,
            Kind = RecordKind.Config,
            Unit = request.Units.Count == 1 ? request.Units[0].Value : null,
            Cause = cause.Kind,
            CauseSeq = cause.Seq,
            Pid = request.Requester.Pid,
            Uid = request.Requester.Uid,
            Comm = request.Requester.Comm,
            Text = cause.Text,
        });
    }

    /// <summary>What a unit asks for and does not get, which is no reason to refuse it.</summary>
    public long NotApplied(UnitRuntime unit, string text) =>
        Remark(unit, new Cause(unit.Why.Kind, unit.SinceSeq, "not applied: " + text));

    /// <summary>A row about a unit that changes nothing by itself.</summary>
    public long Remark(UnitRuntime unit, Cause cause) =>
        Write(new JournalRecord
        {
            Seq = 0,
            Time = Now,
            Kind = RecordKind.Config,
            Unit = unit.Name.Value,
            Cause = cause.Kind,
            CauseSeq = cause.Seq,
            Transaction = unit.Transaction.Value,
            Uid = -1,
            Text = cause.Text,
        });

    private long Write(in JournalRecord row)
    {
        long seq = NextSeq++;
        Step.Records.Add(row with { Seq = seq });
        return seq;
    }
}
