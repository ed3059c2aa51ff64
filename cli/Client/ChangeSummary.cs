using System.Text.Json;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Protocol;
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

    /// <summary>How long the manager may take to say how long jobs took.</summary>
    private const int AnswerMs = 1_000;

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

    // Progress is told in bunches: how long each job took the manager knows better. Without its
    // answer the client's own times stand.
    private static Dictionary<(string Unit, string Kind), TimeSpan> Recorded(
        Session session, long transaction)
    {
        var times = new Dictionary<(string, string), TimeSpan>();
        using ControlClient? client = ControlClient.Connect(session.SocketPath, out _);
        bool told = client is not null
            && client.Send(Calls.OfTransaction(ManagerMethod.GetTransaction, transaction))
            && client.Read(AnswerMs) == ReadStatus.Reply && client.Reply.Error is null;
        if (!told)
            return times;
        OneTransactionAnswer? answer;
        try
        {
            answer = JsonSerializer.Deserialize(
                client!.Parameters, AnswerJson.Default.OneTransactionAnswer);
        }
        catch (JsonException)
        {
            return times;
        }

        foreach (TransactionJobAnswer job in
            answer?.Transaction.Rollback.Concat(answer.Transaction.Jobs) ?? [])
        {
            if (job is { Begun: { } begun, Ended: { } ended })
                times[(job.Unit, job.Kind)] = ended - begun;
        }

        return times;
    }

    /// <summary>Draws it where there was more than one job, in a pipe more than a few.</summary>
    public void Write(Session session, ChangeAnswer end, long tookMs)
    {
        int least = session.Out.IsTerminal ? 2 : FromJobsInPipe;
        if (_ended.Count < least || session.Json || session.Quiet || end.Event != "finished")
            return;
        Table table = Sheet.NewTable("UNIT", "JOB", "RESULT", "TOOK");
        int rows = 0;
        Dictionary<(string Unit, string Kind), TimeSpan> exact = Recorded(session, end.Transaction);
        foreach ((ChangeAnswer job, long took) in
            _ended.OrderBy(e => e.Job.Unit, StringComparer.Ordinal))
        {
            if (_ended.Count > MostRows && job.Result == "done")
                continue;
            rows++;
            string result = job.Result ?? "";
            TimeSpan span = exact.TryGetValue((job.Unit ?? "", job.Kind ?? ""), out TimeSpan known)
                ? known
                : TimeSpan.FromMilliseconds(took);
            table.AddRow(
                Sheet.Cell(job.Unit), Sheet.Cell(job.Kind),
                Sheet.Cell(result, Sheet.OfState(result)),
                Sheet.Cell(span < TimeSpan.FromMilliseconds(1) ? "<1ms" : Durations.Format(span)));
        }

        if (rows > 0)
            Sheet.Draw(session, table);
        int done = _ended.Count(e => e.Job.Result == "done");
        string others = done == _ended.Count ? "" : $" of {_ended.Count}";
        session.Out.WriteLine(
            $"{done}{others} jobs done in {Durations.Format(TimeSpan.FromMilliseconds(tookMs))}");
    }
}
