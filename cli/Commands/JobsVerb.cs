using System.CommandLine;
using System.Text.Json;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;
using Spectre.Console;

namespace InitTx.Cli.Commands;

/// <summary>`initx jobs`: what waits and what runs.</summary>
internal sealed class JobsVerb : Verb
{
    public JobsVerb()
        : base("jobs", "List jobs that wait or run, and what they wait for")
    {
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        using var manager = new Manager(session);
        var jobs = new List<JobAnswer>();
        long after = 0;
        while (true)
        {
            var page = new CallParameters { Present = ParameterKeys.AfterSeq, AfterSeq = after };
            if (!manager.Ask(Calls.Of(ManagerMethod.ListJobs, page)))
                return manager.Failure;
            if (session.Json)
            {
                using JsonDocument document = JsonDocument.Parse(manager.Answer.ToArray());
                JsonLines.Write(session.Out, document.RootElement.GetProperty("jobs"));
            }

            if (!manager.TryRead(AnswerJson.Default.JobListAnswer, out JobListAnswer answer))
                return manager.Failure;
            jobs.AddRange(answer.Jobs);
            if (answer.Next is not { } next)
                break;
            after = next;
        }

        if (!session.Json && !session.Quiet)
            Write(session, jobs);
        return 0;
    }

    /// <summary>How long it may still take: <c>in 1min 20s</c>, <c>no limit</c>.</summary>
    public static string Until(JobAnswer job, DateTimeOffset now) => job.Until is { } until
        ? $"in {Durations.Format(until - now)}"
        : "no limit";

    private static void Write(Session session, List<JobAnswer> jobs)
    {
        if (jobs.Count == 0)
        {
            session.Out.WriteLine("no jobs");
            return;
        }

        Table table = Sheet.NewTable(
            "JOB", "UNIT", "KIND", "STATE", "TRANSACTION", "SINCE", "UNTIL", "WAITS FOR");
        DateTimeOffset now = session.Host.Now();
        foreach (JobAnswer job in jobs)
        {
            table.AddRow(
                Sheet.Cell(Numbers.Plain(job.Job)),
                Sheet.Cell(job.Unit),
                Sheet.Cell(job.Kind),
                Sheet.Cell(job.State, Sheet.OfState(job.State)),
                Sheet.Cell(Numbers.Plain(job.Transaction)),
                Sheet.Cell(job.Begun is { } begun ? Durations.Format(now - begun) : ""),
                Sheet.Cell(Until(job, now)),
                Sheet.Cell(job.WaitsFor));
        }

        Sheet.Draw(session, table);
    }
}
