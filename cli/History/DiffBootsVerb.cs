using System.CommandLine;
using System.Globalization;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using Spectre.Console;

namespace InitTx.Cli.History;

/// <summary>
/// `initx diff-boots A B`: what differs between two boots: units that one of them did not start,
/// results, failures, durations and the order in which starts ended. Exit status 0 when both could
/// be read, whether they differ or not.
/// </summary>
internal sealed class DiffBootsVerb : Verb
{
    private const int MostSlower = 20;

    private readonly Argument<string[]> _boots = new("BOOT")
    {
        Description = "Two boots: 0 this one, -1 the one before, or ids (default -1 and 0)",
        Arity = new ArgumentArity(0, 2),
    };

    private readonly Option<string> _by = new("--by")
    {
        Description = "A duration differs when it changed by so much (default 50ms and a fifth)",
        HelpName = "TIME",
    };

    private readonly Option<string> _archive = HistoryOptions.Archive();

    public DiffBootsVerb()
        : base("diff-boots", "Compare two boots")
    {
        Command.Add(_boots);
        Command.Add(_by);
        Command.Add(_archive);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        string[] typed = result.GetValue(_boots)!;
        typed = typed switch
        {
            [] => ["-1", "0"],
            [var one] => [one, "0"],
            _ => typed,
        };
        long? by = null;
        if (result.GetValue(_by) is { } span)
        {
            if (!Durations.TryParse(span, out long us))
                return session.Misuse($"'{span}' is no time span");
            by = us;
        }

        using HistorySource? source = HistorySource.Open(
            session, result.GetValue(_archive), out int failure);
        if (source is null)
            return failure;
        if (!source.Fetch([], 0))
            return source.Failure;
        var stories = new List<BootStory>();
        foreach (string word in typed)
        {
            if (source.Store.ResolveBoot(word) is not { } boot)
            {
                return session.Fail(
                    ExitCode.Failed, $"no rows of boot {word} are kept",
                    "initx boots lists those that are");
            }

            if (BootStory.Of(source.Store, boot) is not { } story)
            {
                source.ReportProblem();
                return session.Fail(
                    ExitCode.Failed, $"the beginning of boot {boot} is not kept",
                    "initx boots lists what is");
            }

            stories.Add(story);
        }

        source.ReportProblem();
        var difference = new BootDifference(stories[0], stories[1], by);
        if (session.Json)
            WriteJson(session, difference);
        else if (!session.Quiet)
            Write(session, difference);
        return 0;
    }

    private static void Write(Session session, BootDifference difference)
    {
        (BootStory a, BootStory b) = (difference.A, difference.B);
        session.Out.WriteLine($"A  {SafeText.Clean(a.Boot)}  {a.Starts.Count} starts, "
            + $"{Numbers.Plain(a.Failures.Count)} units failed, up after {Seconds(a.Us)}");
        session.Out.WriteLine($"B  {SafeText.Clean(b.Boot)}  {b.Starts.Count} starts, "
            + $"{Numbers.Plain(b.Failures.Count)} units failed, up after {Seconds(b.Us)}");
        if (difference.IsEmpty)
        {
            session.Out.WriteLine("they do not differ");
            return;
        }

        Section(session, "failures", difference.Failures.Select(
            f => (f.Unit, $"{f.A} times", $"{f.B} times", "")));
        Section(session, "results of starts", difference.Results.Select(
            r => (r.Unit, r.A, r.B, "")));
        Section(session, "started in one of them only", difference.Only.Select(
            r => (r.Unit, r.A, r.B, "")));
        Section(
            session, "durations",
            difference.Durations.Take(MostSlower).Select(d => (
                d.Unit, Seconds(d.A), Seconds(d.B),
                (d.B >= d.A ? "+" : "-") + Seconds(Math.Abs(d.B - d.A)))));
        if (difference.Durations.Count > MostSlower)
            session.Out.WriteLine(
                $"  and {difference.Durations.Count - MostSlower} less: --json has all");
        Section(session, "order in which starts ended", difference.Order.Select(
            o => (o.Unit, $"{o.A}.", $"{o.B}.", "")));
    }

    private static void Section(
        Session session, string title,
        IEnumerable<(string Unit, string A, string B, string Change)> rows)
    {
        Table table = Sheet.NewTable("  UNIT", "A", "B", "");
        int count = 0;
        foreach ((string unit, string a, string b, string change) in rows)
        {
            table.AddRow(
                Sheet.Cell("  " + unit), Sheet.Cell(a), Sheet.Cell(b), Sheet.Cell(change));
            count++;
        }

        if (count == 0)
            return;
        session.Out.WriteLine();
        session.Out.WriteLine(session.Paint.Strong(title));
        Sheet.Draw(session, table);
    }

    private static string Seconds(long us) =>
        (us / 1_000.0).ToString("F1", CultureInfo.InvariantCulture) + "ms";

    private static void WriteJson(Session session, BootDifference difference)
    {
        JsonLines.WriteObject(session.Out, json =>
        {
            foreach ((string name, BootStory story) in
                new[] { ("a", difference.A), ("b", difference.B) })
            {
                json.WriteStartObject(name);
                json.WriteString("boot"u8, story.Boot);
                json.WriteNumber("starts"u8, story.Starts.Count);
                json.WriteNumber("failedUnits"u8, story.Failures.Count);
                json.WriteNumber("seconds"u8, story.Us / 1e6);
                json.WriteEndObject();
            }

            json.WriteBoolean("same"u8, difference.IsEmpty);
            Pairs("failures", difference.Failures, static v => v);
            Words("results", difference.Results);
            Words("only", difference.Only);
            Pairs("durations", difference.Durations, static us => us / 1e6);
            Pairs("order", difference.Order, static v => v);

            void Pairs(
                string name, IReadOnlyList<Changed<long>> changes, Func<long, double> value)
            {
                json.WriteStartArray(name);
                foreach (Changed<long> change in changes)
                {
                    json.WriteStartObject();
                    json.WriteString("unit"u8, change.Unit);
                    json.WriteNumber("a"u8, value(change.A));
                    json.WriteNumber("b"u8, value(change.B));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            void Words(string name, IReadOnlyList<Changed<string>> changes)
            {
                json.WriteStartArray(name);
                foreach (Changed<string> change in changes)
                {
                    json.WriteStartObject();
                    json.WriteString("unit"u8, change.Unit);
                    json.WriteString("a"u8, change.A.Length == 0 ? null : change.A);
                    json.WriteString("b"u8, change.B.Length == 0 ? null : change.B);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }
        });
    }
}
