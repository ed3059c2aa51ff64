using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Protocol;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Client;

/// <summary>
/// Ctrl-C while a transaction is followed. On a terminal it asks what shall become of the
/// transaction; a second Ctrl-C, or no terminal, detaches: the manager goes on alone, and how to
/// come back is said.
/// </summary>
internal sealed class InterruptedChange(Session session, ProgressView view, IInterrupts interrupts)
{
    /// <summary>128 + SIGINT, as shells have it: the outcome is not known to the caller.</summary>
    public const int ExitStatus = 130;

    /// <summary>The exit status when the client leaves; null when it waits on.</summary>
    public int? Handle(long transaction, ManagerMethod method)
    {
        view.Clear();
        bool isOurs = transaction > 0 && method is not (ManagerMethod.WaitTransaction
            or ManagerMethod.CancelTransaction or ManagerMethod.Poweroff or ManagerMethod.Reboot
            or ManagerMethod.Halt);
        if (!isOurs || !session.Out.IsTerminal || !session.Host.IsInputTerminal() || session.Json)
            return Detach(transaction);
        while (true)
        {
            switch (Ask(transaction))
            {
                case "w" or "wait":
                    return null;
                case "k" or "keep":
                    return Cancel(transaction, keep: true);
                case "r" or "roll back" or "rollback":
                    return Cancel(transaction, keep: false);
                case null or "d" or "detach":
                    return Detach(transaction);
                default:
                    break;
            }
        }
    }

    private string? Ask(long transaction)
    {
        Output to = session.Error;
        to.WriteLine("");
        to.WriteLine($"Transaction {transaction} goes on. What now?");
        to.WriteLine("  w  wait on");
        to.WriteLine("  k  keep what is done, cancel the rest");
        to.WriteLine("  r  roll back: everything as before");
        to.WriteLine("  d  detach: leave it to the manager (so does Ctrl-C)");
        to.Write("[w, k, r, d] ");
        session.Host.Flush();
        string? answer = session.Host.ReadAnswer(interrupts);
        if (answer is null)
            to.WriteLine("");
        return answer?.Trim().ToLowerInvariant();
    }

    // The end still comes over the connection that follows the transaction.
    private int? Cancel(long transaction, bool keep)
    {
        Call call = TxVerb.CancelCall(transaction, keep, "Ctrl-C");
        using var manager = new Manager(session);
        if (!manager.Ask(call) && session.Host.Out.IsTerminal)
            session.Error.WriteLine($"  if it has committed: initx undo {transaction}");
        return null;
    }

    private int Detach(long transaction)
    {
        session.Out.Flush();
        session.Error.WriteLine(transaction > 0
            ? $"{session.Program}: interrupted; transaction {transaction} goes on"
            : $"{session.Program}: interrupted; what was accepted goes on");
        session.Error.WriteLine(transaction > 0
            ? $"  follow it: initx tx wait {transaction}; roll it back: "
                + $"initx tx cancel {transaction}"
            : "  what was done is on record: initx tx, initx history");
        return ExitStatus;
    }
}
