using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Supervision;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// What clients ask for. Each request is one row, accepted or refused, and one final reply.
/// </summary>
public sealed partial class Engine
{
    private void Requested(ControlRequest request)
    {
        if (request.Reason is { } reason && reason.Length > Limits.ReasonText)
        {
            Refuse(request, ExitCode.Usage, FormattableString.Invariant(
                $"the reason has {reason.Length} characters (limit {Limits.ReasonText})"));
            return;
        }

        if (SettleProblem(request) is { } settle)
        {
            Refuse(request, ExitCode.Usage, settle);
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
            case RequestVerb.Reexec when IsLeaving:
                Refuse(request, ExitCode.Refused, "the system is going down");
                break;
            case RequestVerb.Reexec:
                Out.Request(request, accepted: true, request.Reason);
                Out.Emit(new Effect.Reexec(request.Id));
                break;
            case RequestVerb.DaemonReload:
                Out.Request(request, accepted: true, request.Reason);
                Out.Emit(new Effect.ReloadCatalog(request.Id));
                break;
            case RequestVerb.UnitFiles:
                RecordUnitFiles(request);
                break;
            case RequestVerb.Kill:
                Kill(request);
                break;
            case RequestVerb.ResetFailed:
                ResetFailed(request);
                break;
            case RequestVerb.Freeze or RequestVerb.Thaw:
                Freezer(request);
                break;
            case RequestVerb.Poweroff or RequestVerb.Reboot or RequestVerb.Halt or RequestVerb.Kexec:
                RequestShutdown(request, KindOf(request.Verb));
                break;
            case RequestVerb.Start or RequestVerb.Stop or RequestVerb.Restart
                or RequestVerb.TryRestart or RequestVerb.Reload or RequestVerb.ReloadOrRestart
                or RequestVerb.Isolate or RequestVerb.Apply or RequestVerb.Do:
                Transact(request);
                break;
            case RequestVerb.Undo:
                Undo(request);
                break;
            default:
                throw Invariant.Unreachable("request verb");
        }
    }

    /// <param name="queued">The transaction that the request became when it had to wait.</param>
    private void Transact(ControlRequest request, TransactionRuntime? queued = null)
    {
        if (IsStopping)
        {
            Decline(request, queued, ExitCode.Refused, "the system is going down");
            return;
        }

        if (queued is null && ShutdownTargetOf(request) is { } shutdown && !request.DryRun)
        {
            if (request.PlanHash is not null)
            {
                Decline(request, queued, ExitCode.Refused,
                    "a shutdown stops whatever is up when it begins: it has no plan to hold to");
                return;
            }

            RequestShutdown(request, shutdown);
            return;
        }

        PlanDraft draft = TransactionPlanner.Plan(this, RequestOf(request));
        CheckUndo(request, draft);
        if (request.DryRun)
            Reply(request.Id, new EngineReply.Planned(PlanWriter.Write(draft, request)));
        else if (draft.IsRefused)
            Decline(request, queued, draft.Code, [.. draft.Refused]);
        else if (request.PlanHash is { } hash && PlanWriter.Write(draft, request).Hash != hash)
            Decline(request, queued, ExitCode.Refused,
                "the plan is not the one with this hash any more: plan again");
        else if (IsFull(queued))
            Decline(request, queued, ExitCode.Refused, FormattableString.Invariant(
                $"{Limits.Transactions} transactions are open (limit Transactions)"));
        else if (request.Mode != JobMode.Queue || !draft.HasDestructive)
            Begin(request, queued, draft);
        else if (queued is null)
            Enqueue(request);
    }

    private void Begin(ControlRequest request, TransactionRuntime? queued, PlanDraft draft)
    {
        long seq = Out.Request(request, accepted: true, TextOf(request));
        TransactionRuntime transaction = queued ?? Book.New(request.Verb);
        transaction.Irreversible = PlanWriter.Irreversible(draft);
        if (queued is null)
            Accept(request, transaction, draft.Jobs.Count);
        else
            Book.Begin(queued);
        TransactionInstaller.Install(this, draft, transaction, new Cause(CauseKind.Request, seq));
    }

    private string? SettleProblem(ControlRequest request)
    {
        if (request.SettleUs > Limits.SettleUs)
        {
            return FormattableString.Invariant(
                $"--settle is at most {Limits.SettleUs / 1_000_000} s (limit SettleUs)");
        }

        return request.TimeoutUs > 0 && request.SettleUs >= request.TimeoutUs
            ? "--timeout counts the time to settle as well: it has to be longer than --settle"
            : null;
    }

    // What a client is told at once, and what of the request outlives its connection.
    private void Accept(ControlRequest request, TransactionRuntime transaction, int jobs)
    {
        transaction.Requester = request.Requester;
        transaction.Reason = request.Reason;
        transaction.CancelsWithClient = request is { CancelOnDisconnect: true, NoBlock: false };
        transaction.IsAtomic = !request.NoRollback && CanGoBack(request.Verb);
        transaction.Action = request.Action;
        transaction.SkipsChecks = request.NoCheck;
        transaction.SettleUs = request.SettleUs;
        transaction.TimeoutUs = request.TimeoutUs;
        transaction.Stops = request.Stops;
        if (request.Verb == RequestVerb.Undo)
            transaction.Undoes = request.Transaction;
        Reply(request.Id, new EngineReply.Accepted(transaction.Id, jobs));
        if (!request.NoBlock)
            transaction.Watchers.Add(new Watcher(request.Id, request.CancelOnDisconnect));
        if (request.TimeoutUs > 0)
        {
            transaction.Deadline = new Deadline(DeadlineKind.Transaction, transaction);
            Deadlines.Set(transaction.Deadline, AfterNow(request.TimeoutUs));
        }
    }

    // What only tells running services something leaves nothing to put back.
    private static bool CanGoBack(RequestVerb verb) =>
        verb is not (RequestVerb.Reload or RequestVerb.Do);

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
            transaction.Watchers.Add(
                new Watcher(request.Id, CancelsWhenGone: ComesBack(request, transaction)));
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
        else if (transaction.IsRollingBack)
        {
            Refuse(request, ExitCode.Refused, FormattableString.Invariant(
                $"transaction {transaction.Id.Value} is rolling back: that cannot be cancelled"));
        }
        else if (_shutdownTransaction == transaction.Id)
        {
            Refuse(request, ExitCode.Refused, "a shutdown cannot be cancelled");
        }
        else
        {
            long seq = Out.Request(request, accepted: true,
                FormattableString.Invariant($"transaction {transaction.Id.Value}"));
            if (request.NoRollback)
                transaction.IsAtomic = false;
            CancelOpen(transaction, new Cause(CauseKind.Request, seq));
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
        if (request.Action is { } action)
            units = $"{action}: {units}";
        if (request.Stops.Count > 0)
            units = $"{units}; down: {string.Join(' ', request.Stops)}";
        return request.Reason is { } reason ? $"{units}; {reason}" : units;
    }

    private static string UnknownTransaction(ControlRequest request) =>
        FormattableString.Invariant($"transaction {request.Transaction.Value} is not known any more")
        + "; see: initx history";
}
