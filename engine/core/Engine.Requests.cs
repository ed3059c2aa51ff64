using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Supervision;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>What clients ask for. Each request is one row, accepted or refused, and one final reply.</summary>
public sealed partial class Engine
{
    // Requests with --job-mode=queue that wait for other transactions. They are not recorded: after
    // a crash their clients, which have no transaction yet, ask again.
    private readonly List<QueuedRequest> _waiting = [];

    private void Requested(ControlRequest request)
    {
        if (request.Reason is { } reason && reason.Length > Limits.ReasonText)
        {
            Refuse(request, ExitCode.Usage, FormattableString.Invariant(
                $"the reason has {reason.Length} characters (limit {Limits.ReasonText})"));
            return;
        }

        switch (request.Verb)
        {
            case RequestVerb.WaitTransaction:
                Wait(request);
                break;
            case RequestVerb.CancelTransaction:
                Cancel(request);
                break;
            case RequestVerb.Reexec:
                Out.Request(request, accepted: true, request.Reason);
                Out.Emit(new Effect.Reexec(request.Id));
                break;
            case RequestVerb.DaemonReload:
                Out.Request(request, accepted: true, request.Reason);
                Out.Emit(new Effect.ReloadCatalog(request.Id));
                break;
            case RequestVerb.Kill:
                Kill(request);
                break;
            case RequestVerb.ResetFailed:
                ResetFailed(request);
                break;
            case RequestVerb.Poweroff or RequestVerb.Reboot or RequestVerb.Halt or RequestVerb.Kexec:
                RequestShutdown(request, KindOf(request.Verb));
                break;
            case RequestVerb.Start or RequestVerb.Stop or RequestVerb.Restart
                or RequestVerb.TryRestart or RequestVerb.Reload or RequestVerb.ReloadOrRestart
                or RequestVerb.Isolate:
                Transact(request);
                break;
            default:
                throw Invariant.Unreachable("request verb");
        }
    }

    private void Transact(ControlRequest request)
    {
        if (IsStopping)
        {
            Refuse(request, ExitCode.Refused, "the system is going down");
            return;
        }

        if (ShutdownTargetOf(request) is { } shutdown && !request.DryRun)
        {
            RequestShutdown(request, shutdown);
            return;
        }

        PlanRequest wanted = RequestOf(request);
        bool queues = request.Mode == JobMode.Queue;
        PlanDraft draft = TransactionPlanner.Plan(this, wanted);
        if (request.DryRun)
        {
            Reply(request.Id, new EngineReply.Planned(PlanWriter.Write(draft, request)));
            return;
        }

        if (draft.IsRefused)
        {
            Refuse(request, draft.Code, draft.Refused);
        }
        else if (request.PlanHash is { } hash && PlanWriter.Write(draft, request).Hash != hash)
        {
            Refuse(request, ExitCode.Refused,
                "the plan is not the one with this hash any more: plan again");
        }
        else if (Book.Open.Count + _waiting.Count >= Limits.Transactions)
        {
            Refuse(request, ExitCode.Refused, FormattableString.Invariant(
                $"{Limits.Transactions} transactions are open (limit Transactions)"));
        }
        else if (queues && draft.HasDestructive)
        {
            Enqueue(request);
        }
        else
        {
            Begin(request, draft);
        }
    }

    private void Begin(ControlRequest request, PlanDraft draft)
    {
        long seq = Out.Request(request, accepted: true, TextOf(request));
        TransactionRuntime transaction = Book.New(request.Verb);
        transaction.Requester = request.Requester;
        transaction.Reason = request.Reason;
        transaction.Irreversible = PlanWriter.Irreversible(draft);
        Reply(request.Id, new EngineReply.Accepted(transaction.Id, draft.Jobs.Count));
        if (!request.NoBlock)
            transaction.Watchers.Add(new Watcher(request.Id, request.CancelOnDisconnect));
        if (request.TimeoutUs > 0)
        {
            transaction.Deadline = new Deadline(DeadlineKind.Transaction, transaction);
            Deadlines.Set(transaction.Deadline, AfterNow(request.TimeoutUs));
        }

        TransactionInstaller.Install(this, draft, transaction, new Cause(CauseKind.Request, seq));
    }

    /// <summary>A transaction ended: requests that waited for it are planned anew.</summary>
    internal void TransactionEnded(TransactionRuntime transaction)
    {
        EndOfBoot(transaction);
        EndOfUnitStage(transaction);
        if (Book.Open.Count == 0)
            Queue.ClearIgnoredOrder();
        if (_waiting.Count == 0)
            return;
        QueuedRequest[] again = [.. _waiting];
        _waiting.Clear();
        foreach (QueuedRequest queued in again)
        {
            Deadlines.Disarm(queued.Deadline);
            Transact(queued.Request with { TimeoutUs = Left(queued) });
        }
    }

    private void Enqueue(ControlRequest request)
    {
        var queued = new QueuedRequest(request);
        _waiting.Add(queued);
        if (request.TimeoutUs > 0)
            Deadlines.Set(queued.Deadline, AfterNow(request.TimeoutUs));
        queued.DueUs = queued.Deadline.DueUs;
    }

    private void QueueTimedOut(QueuedRequest queued)
    {
        _waiting.Remove(queued);
        Refuse(queued.Request, ExitCode.TimedOut, "the transactions it waits for took too long");
    }

    private void ClientGone(RequestId request)
    {
        int at = _waiting.FindIndex(q => q.Request.Id == request);
        if (at >= 0 && _waiting[at].Request.CancelOnDisconnect)
        {
            Deadlines.Disarm(_waiting[at].Deadline);
            _waiting.RemoveAt(at);
        }

        Book.ClientGone(request);
    }

    // The time a request may take counts from its arrival, however long it was queued.
    private long Left(QueuedRequest queued) => queued.DueUs == Deadline.Never
        ? 0
        : Math.Max(1, queued.DueUs - Out.Now.MonotonicUs);

    private sealed class QueuedRequest
    {
        public QueuedRequest(ControlRequest request)
        {
            Request = request;
            Deadline = new Deadline(DeadlineKind.Manager, this);
        }

        public ControlRequest Request { get; }
        public Deadline Deadline { get; }
        public long DueUs { get; set; } = Core.Deadline.Never;
    }

    private void Wait(ControlRequest request)
    {
        TransactionRuntime? transaction = Book.Find(request.Transaction);
        if (transaction is null)
        {
            Reply(request.Id, new EngineReply.Refused(ExitCode.Usage, [UnknownTransaction(request)]));
        }
        else if (!transaction.IsOpen)
        {
            Reply(request.Id, TransactionBook.FinalOf(transaction));
        }
        else if (transaction.Watchers.Count >= Limits.WatchersPerTransaction)
        {
            Reply(request.Id, new EngineReply.Refused(ExitCode.Refused, [FormattableString.Invariant(
                $"{Limits.WatchersPerTransaction} clients wait for it (limit WatchersPerTransaction)")]));
        }
        else
        {
            Reply(request.Id, new EngineReply.Accepted(transaction.Id, transaction.Jobs.Count));
            transaction.Watchers.Add(new Watcher(request.Id, CancelsWhenGone: false));
        }
    }

    private void Cancel(ControlRequest request)
    {
        TransactionRuntime? transaction = Book.Find(request.Transaction);
        if (transaction is null)
        {
            Refuse(request, ExitCode.Usage, UnknownTransaction(request));
        }
        else if (!transaction.IsOpen)
        {
            Refuse(request, ExitCode.Refused, FormattableString.Invariant(
                $"transaction {transaction.Id.Value} has ended: ")
                + TransactionWords.Of(transaction.Outcome));
        }
        else if (_shutdownTransaction == transaction.Id)
        {
            Refuse(request, ExitCode.Refused, "a shutdown cannot be cancelled");
        }
        else
        {
            long seq = Out.Request(request, accepted: true,
                FormattableString.Invariant($"transaction {transaction.Id.Value}"));
            Book.Cancel(transaction, new Cause(CauseKind.Request, seq));
            Reply(request.Id, Done(transaction.Id));
        }
    }

    private void Kill(ControlRequest request)
    {
        foreach (UnitName name in request.Units)
        {
            UnitRuntime? unit = Find(name);
            if (unit is null || unit.Name.Kind != UnitKind.Service || !HasTarget(unit, request.Whom))
            {
                Refuse(request, unit is null ? ExitCode.NoSuchUnit : ExitCode.NotActive,
                    $"{name} has no process to signal");
                return;
            }
        }

        if (request.Units.Count == 0 || request.Signal is < 1 or > 64)
        {
            Refuse(request, ExitCode.Usage, "kill needs a unit and a signal from 1 to 64");
            return;
        }

        Out.Request(request, accepted: true,
            $"SIG{SignalNames.Of(request.Signal)} to {request.Whom}: {TextOf(request)}");
        foreach (UnitName name in request.Units)
        {
            UnitRuntime unit = Find(name)!;
            (SignalScope scope, ProcessIdentity process) = request.Whom switch
            {
                KillWhom.All => (SignalScope.Unit, default(ProcessIdentity)),
                KillWhom.Main => (SignalScope.Process, unit.MainProcess),
                KillWhom.Control => (SignalScope.Process, unit.ControlProcess),
                _ => throw Invariant.Unreachable("kill whom"),
            };
            Out.Emit(new Effect.Signal(unit.Id, scope, process, request.Signal, ThenContinue: false));
        }

        Reply(request.Id, Done(default));
    }

    private static bool HasTarget(UnitRuntime unit, KillWhom whom) => whom switch
    {
        KillWhom.All => unit.HasMain || unit.HasControl || unit.Leftovers == Leftovers.Some,
        KillWhom.Main => !unit.MainProcess.IsNone,
        KillWhom.Control => !unit.ControlProcess.IsNone,
        _ => throw Invariant.Unreachable("kill whom"),
    };

    private void ResetFailed(ControlRequest request)
    {
        foreach (UnitName name in request.Units)
        {
            if (Find(name) is null)
            {
                Refuse(request, ExitCode.NoSuchUnit, $"{name} is not loaded");
                return;
            }
        }

        long seq = Out.Request(request, accepted: true, TextOf(request));
        var cause = new Cause(CauseKind.Request, seq);
        if (request.Units.Count == 0)
        {
            for (int i = 0; i < _units.Count; i++)
            {
                if (_units[i].Sub == SubState.Failed)
                    SupervisorOf(_units[i]).ResetFailed(_units[i], cause);
            }
        }

        foreach (UnitName name in request.Units)
            SupervisorOf(Find(name)!).ResetFailed(Find(name)!, cause);
        Reply(request.Id, Done(default));
    }

    private void Refuse(ControlRequest request, ExitCode code, string why) =>
        Refuse(request, code, [why]);

    private void Refuse(ControlRequest request, ExitCode code, IReadOnlyList<string> why)
    {
        Out.Request(request, accepted: false, $"{TextOf(request)}: {string.Join("; ", why)}");
        Reply(request.Id, new EngineReply.Refused(code, why));
    }

    private void Reply(RequestId request, EngineReply body) =>
        Out.Emit(new Effect.Reply(request, body));

    private static EngineReply.Finished Done(TransactionId transaction) => new(
        transaction, TransactionWords.Of(TransactionOutcome.Committed), ExitCode.Done, []);

    private long AfterNow(long spanUs) => spanUs >= Deadline.Never - Out.Now.MonotonicUs
        ? Deadline.Never
        : Out.Now.MonotonicUs + spanUs;

    private static string TextOf(ControlRequest request)
    {
        string units = string.Join(' ', request.Units);
        return request.Reason is { } reason ? $"{units}; {reason}" : units;
    }

    private static string UnknownTransaction(ControlRequest request) =>
        FormattableString.Invariant($"transaction {request.Transaction.Value} is not known any more")
        + "; see: initx history";
}
