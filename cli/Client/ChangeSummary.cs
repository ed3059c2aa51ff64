using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Protocol.Answers;
using Spectre.Console;

namespace InitTx.Cli.Client;

/// <summary>What became of each job of a change that was followed: the table at its end.</summary>
internal sealed class ChangeSummary
{
    /// <summary>Of more jobs than this only those that were not done are shown.</summary>
    private const int MostRows = 60;

    /// <summary>In a pipe the lines of a small change say it all.</summary>
    private const int FromJobsInPipe = 10;

    private readonly Dictionary<long, long> _begun = [];
    private readonly List<(ChangeAnswer Job, long TookMs)> _ended = [];

    /// <summary>Takes one answer of the stream.</summary>
    public void Add(ChangeAnswer answer, long nowMs)
    {
        if (answer.Event != "progress")
            return;
        if (answer.State == "running")
            _begun.TryAdd(answer.Job, nowMs);
        else if (answer.State == "ended")
            _ended.Add((answer, nowMs - _begun.GetValueOrDefault(answer.Job, nowMs)));
    }

    /// <summary>Draws it where there was more than one job, in a pipe more than a few.</summary>
    public void Write(Session session, ChangeAnswer end, long tookMs)
    {
        int least = session.Out.IsTerminal ? 2 : FromJobsInPipe;
        if (_ended.Count < least || session.Json || session.Quiet || end.Event != "finished")
            return;
        Table table = Sheet.NewTable("UNIT", "JOB", "RESULT", "TOOK");
        int rows = 0;
        foreach ((ChangeAnswer job, long took) in
            _ended.OrderBy(e => e.Job.Unit, StringComparer.Ordinal))
        {
            if (_ended.Count > MostRows && job.Result == "done")
                continue;
            rows++;
            string result = job.Result ?? "";
            table.AddRow(
                Sheet.Cell(job.Unit), Sheet.Cell(job.Kind),
                Sheet.Cell(result, Sheet.OfState(result)),
                Sheet.Cell(took < 1
                    ? "<1ms"
                    : Durations.Format(TimeSpan.FromMilliseconds(took))));
        }

        if (rows > 0)
            Sheet.Draw(session, table);
        int done = _ended.Count(e => e.Job.Result == "done");
        string others = done == _ended.Count ? "" : $" of {_ended.Count}";
        session.Out.WriteLine(
            $"{done}{others} jobs done in {Durations.Format(TimeSpan.FromMilliseconds(tookMs))}");
    }
}
