using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>`initx tx`, `tx N`, `tx wait N`, `tx cancel N`.</summary>
internal sealed class TxVerb : Verb
{
    private readonly Argument<string[]> _words = new("N")
    {
        Description = "A transaction's number; wait N to follow it, cancel N to cancel it",
        Arity = new ArgumentArity(0, 2),
    };

    private readonly Option<bool> _noRollback =
        new("--no-rollback") { Description = "With cancel: keep what is done already" };

    private readonly Option<string> _reason =
        new("--reason") { Description = "With cancel: put this text on record", HelpName = "TEXT" };

    public TxVerb()
        : base("tx", "List transactions, show one, wait for one or cancel one") =>
            AddAll(Command, _words, _noRollback, _reason);

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        string[] words = result.GetValue(_words)!;
        if (words.Length == 0)
            return List(session);
        if (!long.TryParse(words[^1], NumberStyles.None, CultureInfo.InvariantCulture, out long id)
            || id <= 0)
        {
            return session.Misuse($"'{words[^1]}' is no transaction's number");
        }

        if (words.Length == 1)
            return Show(session, id);
        return words[0] switch
        {
            "wait" => Change.Follow(
                session, Calls.OfTransaction(ManagerMethod.WaitTransaction, id, more: true)),
            "cancel" => Change.Follow(
                session,
                CancelCall(id, result.GetValue(_noRollback), result.GetValue(_reason))),
            _ => session.Misuse($"tx takes wait or cancel before a number, not '{words[0]}'"),
        };
    }

    /// <summary>The call that cancels a transaction.</summary>
    public static Call CancelCall(long id, bool noRollback, string? reason)
    {
        var parameters = new CallParameters
        {
            Present = ParameterKeys.Transaction,
            Transaction = id,
        };
        if (noRollback)
        {
            parameters = parameters with
            {
                NoRollback = true,
                Present = parameters.Present | ParameterKeys.NoRollback,
            };
        }

        if (reason is not null)
        {
            parameters = parameters with
            {
                Reason = reason,
                Present = parameters.Present | ParameterKeys.Reason,
            };
        }

        return Calls.Of(ManagerMethod.CancelTransaction, parameters, more: true);
    }

    private static void AddAll(
        Command command, Argument words, params ReadOnlySpan<Option> options)
    {
        command.Add(words);
        foreach (Option option in options)
            command.Add(option);
    }

    private static int Show(Session session, long id)
    {
        using var manager = new Manager(session);
        if (!manager.Ask(Calls.OfTransaction(ManagerMethod.GetTransaction, id)))
            return manager.Failure;
        if (session.Json)
        {
            using JsonDocument document = JsonDocument.Parse(manager.Answer.ToArray());
            session.Out.WriteLine(document.RootElement.GetProperty("transaction").GetRawText());
            return 0;
        }

        if (!manager.TryRead(
            AnswerJson.Default.OneTransactionAnswer, out OneTransactionAnswer answer))
            return manager.Failure;
        if (!session.Quiet)
            TransactionView.Write(session, answer.Transaction);
        return 0;
    }

    // The list has the jobs that the manager still holds; those of a transaction that ended before
    // it was replaced it looks up in its rows, for one at a time.
    private static int? WriteLines(Session session, byte[] listed)
    {
        using JsonDocument document = JsonDocument.Parse(listed);
        foreach (JsonElement tx in
            document.RootElement.GetProperty("transactions").EnumerateArray())
        {
            bool looked = tx.GetProperty("jobs").GetArrayLength() > 0
                || tx.GetProperty("ended").ValueKind == JsonValueKind.Null;
            if (looked)
                session.Out.WriteLine(tx.GetRawText());
            else if (Show(session, tx.GetProperty("id").GetInt64()) is var failed and not 0)
                return failed;
        }

        return null;
    }

    private static int List(Session session)
    {
        using var manager = new Manager(session);
        var all = new List<TransactionAnswer>();
        long after = 0;
        while (true)
        {
            var page = new CallParameters { Present = ParameterKeys.AfterSeq, AfterSeq = after };
            if (!manager.Ask(Calls.Of(ManagerMethod.ListTransactions, page)))
                return manager.Failure;
            if (session.Json)
            {
                byte[] listed = manager.Answer.ToArray();
                if (WriteLines(session, listed) is { } failed)
                    return failed;
                using JsonDocument again = JsonDocument.Parse(listed);
                if (!again.RootElement.TryGetProperty("next", out JsonElement from)
                    || from.ValueKind != JsonValueKind.Number)
                    return 0;
                after = from.GetInt64();
                continue;
            }

            if (!manager.TryRead(
                AnswerJson.Default.TransactionListAnswer, out TransactionListAnswer answer))
            {
                return manager.Failure;
            }

            all.AddRange(answer.Transactions);
            if (answer.Next is not { } next)
                break;
            after = next;
        }

        if (!session.Json && !session.Quiet)
            TransactionView.WriteList(session, all);
        return 0;
    }
}
