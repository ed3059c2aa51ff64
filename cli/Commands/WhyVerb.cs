using System.CommandLine;
using InitTx.Cli.History;
using InitTx.Cli.Hosting;
using InitTx.Cli.Logs;
using InitTx.Cli.Rendering;
using InitTx.Journal.History;

namespace InitTx.Cli.Commands;

/// <summary>`initx why UNIT`: from the present state back to the first cause.</summary>
internal sealed class WhyVerb : Verb
{
    private readonly Argument<string> _unit = new("UNIT") { Description = "A unit's name" };

    private readonly Option<string> _at = new("--at")
    {
        Description = "As it was at this time",
        HelpName = "TIME",
    };

    private readonly Option<string> _archive = HistoryOptions.Archive();

    public WhyVerb()
        : base("why", "Explain a unit's present state, back to the first cause")
    {
        Command.Add(_unit);
        Command.Add(_at);
        Command.Add(_archive);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        string typed = result.GetValue(_unit)!;
        if (!UnitArguments.TryComplete(typed, out string unit))
            return session.Misuse($"'{typed}' is no unit name");
        long? at = null;
        if (result.GetValue(_at) is { } time)
        {
            if (!TimeWords.TryParse(
                time, session.Host.Now(), session.Host.TimeZone(), out DateTimeOffset moment))
                return session.Misuse($"'{time}' is no time: see initx history --help");
            at = HistoryRows.Micros(moment);
        }

        using HistorySource? source = HistorySource.Open(
            session, result.GetValue(_archive), out int failure);
        if (source is null)
            return failure;
        if (!source.Fetch([], 0))
            return source.Failure;
        WhyAnswer answer = source.Store.Why(unit, at);
        source.ReportProblem();
        if (session.Json)
            WriteJson(session, answer);
        else if (!session.Quiet)
            Write(session, answer);
        return 0;
    }

    private static void Write(Session session, WhyAnswer answer)
    {
        session.Out.WriteLine(session.Paint.Strong(SafeText.Clean(answer.Summary)));
        if (answer.AwaySeconds is { } away)
        {
            session.Out.WriteLine(SafeText.Clean(
                $"  it was away for {Durations.Format(TimeSpan.FromSeconds(away))}: "
                + $"{answer.AwayBecause}; restarted as {answer.RestartedBy ?? "its file"} says"));
        }

        string lead = "because";
        var last = new LastWords(session);
        foreach (WhyStep step in answer.Chain)
        {
            session.Out.WriteLine($"  {lead} {HistoryView.Line(session, step.Row)}");
            lead = "     by";
            foreach (LogLine line in last.Of(step.Row))
                session.Out.WriteLine(
                    $"        {session.Paint.Faint("wrote")} {line.Show(session)}");
        }

        if (answer.Incomplete is { } incomplete)
            session.Out.WriteLine(session.Paint.Warn(
                $"  the first cause is not known: {SafeText.Clean(incomplete)}"));
        if (answer.Also.Count > 0)
        {
            session.Out.WriteLine($"the same request, transaction {answer.Transaction}, also did:");
            foreach (string text in answer.Also)
                session.Out.WriteLine(SafeText.Clean($"  {text}"));
        }

        if (answer.Followed.Count == 0)
            return;
        session.Out.WriteLine("what followed in other units:");
        foreach (WhyStep step in answer.Followed)
            session.Out.WriteLine($"  {HistoryView.Line(session, step.Row)}");
        if (answer.MoreFollowed)
            session.Out.WriteLine("  and more: initx history");
    }

    private static void WriteJson(Session session, WhyAnswer answer)
    {
        var last = new LastWords(session);
        JsonLines.WriteObject(session.Out, json =>
        {
            json.WriteString("unit"u8, answer.Unit);
            json.WriteString("summary"u8, answer.Summary);
            foreach ((string name, IReadOnlyList<WhyStep> steps) in
                new[] { ("chain", answer.Chain), ("followed", answer.Followed) })
            {
                json.WriteStartArray(name);
                foreach (WhyStep step in steps)
                {
                    json.WriteStartObject();
                    HistoryRows.Write(json, step.Row);
                    json.WriteString("sentence"u8, step.Sentence);
                    LogLine.WriteAll(json, "lastLog", last.Of(step.Row));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            json.WriteNumber("transaction"u8, answer.Transaction);
            json.WriteStartArray("also"u8);
            foreach (string text in answer.Also)
                json.WriteStringValue(text);
            json.WriteEndArray();
            if (answer.AwaySeconds is { } away)
                json.WriteNumber("away"u8, away);
            else
                json.WriteNull("away"u8);
            json.WriteString("awayBecause"u8, answer.AwayBecause);
            json.WriteString("restartedBy"u8, answer.RestartedBy);
            json.WriteBoolean("moreFollowed"u8, answer.MoreFollowed);
            json.WriteString("incomplete"u8, answer.Incomplete);
        });
    }
}
