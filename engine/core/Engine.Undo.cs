using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// <c>undo N</c>: a transaction that puts back what a committed one changed. Units that it took
/// down come up again, units that it brought up go down; nothing else moves. What others have
/// changed since, and what would have to change along with it, is refused by name, or done too
/// with --force (docs/decisions/0014).
/// </summary>
public sealed partial class Engine
{
    private void Undo(ControlRequest request)
    {
        if (Book.Undoable.Find(request.Transaction) is not { } entry)
        {
            (ExitCode code, string why) = NotUndoable(request);
            Answer(request, code, [why]);
            return;
        }

        var starts = new List<UnitName>();
        var stops = new List<UnitName>();
        var changedSince = new List<string>();
        foreach (UndoFact fact in entry.Facts)
        {
            UnitRuntime unit = GetOrLoad(fact.Unit);
            bool isUp = unit.Active is ActiveState.Active or ActiveState.Reloading
                or ActiveState.Activating;
            if (fact.WasUp == isUp || !Moves(fact))
                continue;
            if (ChangedSince(request.Transaction, unit) is { } later && !request.Force)
                changedSince.Add(later);
            (fact.WasUp ? starts : stops).Add(unit.Name);
        }

        if (changedSince.Count > 0)
            Answer(request, ExitCode.Refused, changedSince);
        else if (starts.Count + stops.Count > 0)
            Transact(request with { Units = starts, Stops = stops });
        else if (request.DryRun)
            Reply(request.Id, new EngineReply.Planned(NoPlan([], ExitCode.Done)));
        else
            NothingToUndo(request);
    }

    // A restart, a reload: it was up before and is up now.
    private static bool Moves(UndoFact fact) => fact.WasUp
        ? fact.Kind is JobKind.Stop or JobKind.Restart
        : fact.Kind is JobKind.Start or JobKind.Restart;

    private string? ChangedSince(TransactionId undone, UnitRuntime unit)
    {
        TransactionId last = unit.Transaction;
        if (last.Value <= undone.Value)
            return null;
        TransactionRuntime? later = Book.Find(last);
        if (later is { CauseKind: CauseKind.Timer })
            return null;
        string what = later is null ? "" : $" ({TransactionWords.Of(later.Verb)})";
        return FormattableString.Invariant(
            $"{unit.Name} was changed since by transaction {last.Value}{what}; ")
            + "--force puts it back all the same";
    }

    private (ExitCode Code, string Why) NotUndoable(ControlRequest request)
    {
        TransactionId id = request.Transaction;
        if (Book.Find(id) is not { } transaction)
            return (ExitCode.Usage, UnknownTransaction(request));
        if (transaction.IsOpen)
        {
            return (ExitCode.Refused, FormattableString.Invariant(
                $"transaction {id.Value} has not ended; see: initx tx cancel {id.Value}"));
        }

        return (ExitCode.Refused, transaction switch
        {
            { Outcome: not TransactionOutcome.Committed } => FormattableString.Invariant(
                $"transaction {id.Value} did not commit ")
                + $"({TransactionWords.Of(transaction.Outcome)}): there is nothing to undo",
            { CauseKind: not CauseKind.Request } => FormattableString.Invariant(
                $"transaction {id.Value} is the manager's own: only requests are undone"),
            { Jobs.Count: 0 } => FormattableString.Invariant(
                $"transaction {id.Value} changed no unit"),
            _ => FormattableString.Invariant(
                $"what transaction {id.Value} changed is not remembered any more ")
                + FormattableString.Invariant($"(limit UndoJobs: {Limits.UndoJobs} jobs)"),
        });
    }

    private void NothingToUndo(ControlRequest request)
    {
        Out.Request(request, accepted: true, FormattableString.Invariant(
            $"transaction {request.Transaction.Value}: nothing to undo"));
        Reply(request.Id, new EngineReply.Finished(
            default, TransactionWords.Of(TransactionOutcome.Committed), ExitCode.Done,
            [FormattableString.Invariant(
                $"nothing to undo: every unit is as before transaction {request.Transaction.Value}")
                + " (restarts and reloads are not undone)"]));
    }

    // Only what the undone transaction touched may move, and only back, unless it was asked for:
    // what it restarted was up before, and would stop with what it brought up.
    private void CheckUndo(ControlRequest request, PlanDraft draft)
    {
        if (request is not { Verb: RequestVerb.Undo, Force: false } || draft.IsRefused
            || Book.Undoable.Find(request.Transaction) is not { } entry)
        {
            return;
        }

        var wasUp = new Dictionary<UnitName, bool>();
        foreach (UndoFact fact in entry.Facts)
            wasUp[fact.Unit] = fact.WasUp;
        foreach (DraftUnit unit in draft.Jobs)
        {
            bool stops = unit.Kind == JobKind.Stop;
            bool isTouched = wasUp.TryGetValue(unit.Unit.Name, out bool up);
            if (unit.Kind is JobKind.VerifyActive or JobKind.Nop || (isTouched && up != stops))
                continue;
            string how = isTouched ? up ? "was up before" : "was down before" : "is no part of";
            draft.Refuse(ExitCode.Refused, FormattableString.Invariant(
                $"{unit.Unit.Name} would have to {JobWords.Of(unit.Kind)} as well, and {how} ")
                + FormattableString.Invariant($"transaction {request.Transaction.Value}: ")
                + $"{PlanText.Chain(unit, unit.Job!)}; --force does that too");
        }
    }

    /// <summary>Refuses a request, or says of a dry run that there is no plan.</summary>
    private void Answer(ControlRequest request, ExitCode code, IReadOnlyList<string> why)
    {
        if (!request.DryRun)
        {
            Refuse(request, code, why);
            return;
        }

        Reply(request.Id, new EngineReply.Planned(NoPlan(why, code)));
    }

    private static TransactionPlan NoPlan(IReadOnlyList<string> why, ExitCode code) => new()
    {
        Goals = [],
        Jobs = [],
        Edges = [],
        Refused = why,
        RefusedCode = code,
    };
}
