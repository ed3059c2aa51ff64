using System.CommandLine;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Journal.History;
using Spectre.Console;

namespace InitTx.Cli.History;

/// <summary>`initx boots`: the boots that rows are kept of.</summary>
internal sealed class BootsVerb : Verb
{
    private readonly Option<string> _archive = HistoryOptions.Archive();

    public BootsVerb()
        : base("boots", "List boots") => Command.Add(_archive);

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        using HistorySource? source = HistorySource.Open(
            session, result.GetValue(_archive), out int failure);
        if (source is null)
            return failure;
        if (!source.Fetch([], 0))
            return source.Failure;
        IReadOnlyList<ArchivedBoot> boots = All(source);
        source.ReportProblem();
        if (session.Json)
        {
            for (int i = 0; i < boots.Count; i++)
                WriteJson(session, boots[i], i - boots.Count + 1);
        }
        else if (!session.Quiet)
        {
            Write(session, boots);
        }

        return 0;
    }

    /// <summary>Oldest first, with the rows that are not archived yet.</summary>
    public static IReadOnlyList<ArchivedBoot> All(HistorySource source)
    {
        var boots = new List<ArchivedBoot>(source.Archive?.Boots ?? []);
        foreach (IGrouping<string, HistoryRow> rows in source.Store.Added.GroupBy(r => r.Boot))
        {
            int at = boots.FindIndex(b => b.Boot == rows.Key);
            HistoryRow first = rows.First();
            HistoryRow last = rows.Last();
            ArchivedBoot known = at >= 0 ? boots[at] : new ArchivedBoot(
                0, rows.Key, first.Seq, 0, first.TimeUs, 0, 0, 0, 0, 0, 0, null);
            long Count(string kind) => rows.LongCount(r => r.Kind == kind);
            ArchivedBoot now = known with
            {
                LastSeq = last.Seq,
                LastUs = last.TimeUs,
                Rows = known.Rows + rows.Count(),
                Gaps = known.Gaps + Count("gap"),
                Reexecs = known.Reexecs + Count("reexec"),
                Crashes = known.Crashes + Count("crash"),
                Hangs = known.Hangs + Count("hang"),
                Text = known.Text ?? rows.FirstOrDefault(r => r.Kind == "boot")?.Text,
            };
            if (at >= 0)
                boots[at] = now;
            else
                boots.Add(now);
        }

        return boots;
    }

    private static void Write(Session session, IReadOnlyList<ArchivedBoot> boots)
    {
        Table table = Sheet.NewTable(
            "BOOT", "ID", "BEGUN", "LAST ROW", "ROWS", "GAPS", "REEXECS", "CRASHES", "HANGS");
        for (int i = 0; i < boots.Count; i++)
        {
            ArchivedBoot boot = boots[i];
            string[] cells =
            [
                Numbers.Plain(i - boots.Count + 1), boot.Boot, Stamp(session, boot.BegunUs),
                Stamp(session, boot.LastUs), Numbers.Plain(boot.Rows), Numbers.Plain(boot.Gaps),
                Numbers.Plain(boot.Reexecs), Numbers.Plain(boot.Crashes),
                Numbers.Plain(boot.Hangs),
            ];
            table.AddRow(cells.Select(c => Sheet.Cell(c)));
        }

        Sheet.Draw(session, table);
    }

    private static string Stamp(Session session, long us) => Numbers.Stamp(
        DateTimeOffset.UnixEpoch.AddTicks(us * TimeSpan.TicksPerMicrosecond),
        session.Host.TimeZone());

    private static void WriteJson(Session session, ArchivedBoot boot, int number)
    {
        JsonLines.WriteObject(session.Out, json =>
        {
            json.WriteNumber("number"u8, number);
            json.WriteString("boot"u8, boot.Boot);
            json.WriteString("begun"u8, Sentences.Time(boot.BegunUs));
            json.WriteString("last"u8, Sentences.Time(boot.LastUs));
            json.WriteNumber("firstSeq"u8, boot.FirstSeq);
            json.WriteNumber("lastSeq"u8, boot.LastSeq);
            json.WriteNumber("rows"u8, boot.Rows);
            json.WriteNumber("gaps"u8, boot.Gaps);
            json.WriteNumber("reexecs"u8, boot.Reexecs);
            json.WriteNumber("crashes"u8, boot.Crashes);
            json.WriteNumber("hangs"u8, boot.Hangs);
            json.WriteString("text"u8, boot.Text);
        });
    }
}
