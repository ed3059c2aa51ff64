using InitTx.Cli.Hosting;
using InitTx.Protocol.Answers;
using Spectre.Console;

namespace InitTx.Cli.Rendering;

/// <summary>Transactions for people.</summary>
internal static class TransactionView
{
    private const int GoalsShown = 3;

    public static void WriteList(Session session, IReadOnlyList<TransactionAnswer> transactions)
    {
        if (transactions.Count == 0)
        {
            session.Out.WriteLine("no transactions");
            return;
        }

        Table table = Sheet.NewTable("TX", "VERB", "OUTCOME", "BEGUN", "TOOK", "BY", "GOALS");
        DateTimeOffset now = session.Host.Now();
        foreach (TransactionAnswer tx in transactions)
        {
            table.AddRow(
                Sheet.Cell(Numbers.Plain(tx.Id)),
                Sheet.Cell(tx.Verb),
                Sheet.Cell(tx.Outcome ?? "running", Sheet.OfState(tx.Outcome ?? "running")),
                Sheet.Cell(tx.Begun is { } b ? Numbers.Stamp(b, session.Host.TimeZone()) : ""),
                Sheet.Cell(Took(tx, now)),
                Sheet.Cell(By(tx.Requester)),
                Sheet.Cell(
                    Goals(tx.Goals) + (tx.Reason is { } reason ? $" ({reason})" : "")));
        }

        Sheet.Draw(session, table);
    }

    public static void Write(Session session, TransactionAnswer tx)
    {
        Paint paint = session.Paint;
        var lines = new Fields(session, "Transaction");
        string outcome = tx.Outcome ?? "running";
        lines.Add("Transaction", $"{tx.Id}: {tx.Verb} {string.Join(' ', tx.Goals)}");
        lines.AddPainted("Outcome", outcome switch
        {
            "committed" => paint.Good(outcome),
            "running" => paint.Warn(outcome),
            _ => paint.Bad(SafeText.Clean(outcome)),
        });
        if (tx.Begun is { } begun)
            lines.Add("Begun", Numbers.Time(begun, session.Host.TimeZone()));
        lines.Add("Took", Took(tx, session.Host.Now()));
        lines.Add("By", By(tx.Requester));
        lines.Add("Reason", tx.Reason);
        foreach (string message in tx.Messages)
            lines.Add("Message", message);
        foreach (string text in tx.Irreversible)
            lines.Add("Irreversible", text);
        if (tx.Jobs.Count == 0)
            return;
        session.Out.WriteLine();
        Table table = Sheet.NewTable("UNIT", "KIND", "RESULT", "TOOK");
        foreach (TransactionJobAnswer job in tx.Jobs)
            AddJob(table, job, "");
        foreach (TransactionJobAnswer job in tx.Rollback)
            AddJob(table, job, " to put back");
        Sheet.Draw(session, table);
    }

    private static void AddJob(Table table, TransactionJobAnswer job, string purpose)
    {
        string took = job is { Begun: { } b, Ended: { } e } ? Durations.Format(e - b) : "";
        table.AddRow(
            Sheet.Cell(job.Unit),
            Sheet.Cell(job.Kind + purpose),
            Sheet.Cell(job.Result.Length == 0 ? "open" : job.Result, Sheet.OfState(job.Result)),
            Sheet.Cell(took));
    }

    private static string Goals(IReadOnlyList<string> goals) => goals.Count <= GoalsShown
        ? string.Join(' ', goals)
        : $"{string.Join(' ', goals.Take(GoalsShown))} and {goals.Count - GoalsShown} more";

    private static string Took(TransactionAnswer tx, DateTimeOffset now) =>
        tx.Begun is { } begun ? Durations.Format((tx.Ended ?? now) - begun) : "";

    private static string By(RequesterAnswer? who)
    {
        if (who is null)
            return "";
        string tty = who.Tty.Length > 0 ? $" on {who.Tty}" : "";
        string verified = who.Verified ? "" : " (unverified)";
        return $"uid {who.Uid}, {who.Comm}[{who.Pid}]{tty}{verified}";
    }
}
