using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;

namespace InitTx.Core.Transaction;

/// <summary>What a transaction came to, from its parts, once none of them is open.</summary>
internal static class TransactionVerdict
{
    /// <summary>Writes outcome, exit code and messages.</summary>
    public static void Give(TransactionRuntime transaction)
    {
        var messages = new List<string>();
        bool failed = false;
        bool putBack = false;
        bool lost = transaction.HasRollbackFailed;
        foreach (TransactionJob part in transaction.JobList)
        {
            putBack |= part.IsCompensation;
            bool isLost = part.IsCompensation && (part.HasFailed || CameToNothing(part));
            lost |= isLost;
            if (!part.HasFailed && !isLost)
                continue;
            failed |= !part.IsWeak;
            if (part.IsCompensation || part.Result != JobResult.Canceled
                || part.Text != TransactionBook.GivenUp)
                messages.Add(Message(part));
        }

        failed |= transaction.Fallen.Count > 0;
        foreach (FallenUnit fallen in transaction.Fallen)
            messages.Add($"{fallen.Why}; see: initx why {fallen.Unit}");
        messages.AddRange(transaction.Unrestored);
        messages.AddRange(transaction.Left);
        (transaction.Outcome, transaction.Code) = transaction switch
        {
            _ when lost => (TransactionOutcome.RollbackFailed, ExitCode.RollbackFailed),
            { WasCancelled: true } => (TransactionOutcome.Cancelled, ExitCode.Failed),
            { WasTimedOut: true } => (TransactionOutcome.TimedOut, ExitCode.TimedOut),
            { Unrestored.Count: 0 } when failed && putBack =>
                (TransactionOutcome.RolledBack, ExitCode.Failed),
            _ when failed => (TransactionOutcome.Failed, ExitCode.Failed),
            _ => (TransactionOutcome.Committed, ExitCode.Done),
        };
        transaction.Messages = messages;
    }

    // Skipped by its conditions now, or gone again at once: done, and yet not up as it was.
    private static bool CameToNothing(TransactionJob part) =>
        part.Kind is JobKind.Start or JobKind.Restart
        && part.Runtime.Active is not (ActiveState.Active or ActiveState.Reloading);

    private static string Message(TransactionJob part)
    {
        string why = part.Text is null ? "" : $" ({part.Text})";
        string weak = part switch
        {
            { IsCompensation: true } => ", it is not as it was before",
            { IsWeak: true } => ", only wanted",
            _ => "",
        };
        return $"{part.Unit}: {JobWords.Of(part.Kind)} {JobWords.Of(part.Result)}{weak}{why}; "
            + $"see: initx why {part.Unit}";
    }
}
