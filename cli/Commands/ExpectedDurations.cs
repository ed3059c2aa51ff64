using System.Text.Json;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>
/// How long the jobs of a plan took before: for each the median of the last times that the same
/// job of the same unit was done, from the rows that the manager has.
/// </summary>
internal static class ExpectedDurations
{
    /// <summary>The latest times that count.</summary>
    private const int Sample = 9;

    /// <summary>Units asked for at once; the filter takes 256.</summary>
    private const int UnitsAtOnce = 128;

    /// <summary>How far back to look: pages of 256 rows.</summary>
    private const int Pages = 6;

    /// <summary>
    /// Looks them up and puts them into the plan. What is not known is left out; rows that could
    /// not be read make no plan worse, and the plan says why there is no time in it.
    /// </summary>
    public static void AddTo(Session session, PlanDocument plan)
    {
        if (plan.Jobs.Count == 0)
            return;
        using ControlClient? client =
            ControlClient.Connect(session.SocketPath, out string problem);
        if (client is null)
        {
            plan.ExpectedProblem = $"the manager is not reachable: {problem}";
            return;
        }

        var took = new Dictionary<(string Unit, string Kind), List<double>>();
        foreach (PlannedJobAnswer[] part in plan.Jobs.Chunk(UnitsAtOnce))
        {
            plan.ExpectedProblem = Read(client, [.. part.Select(j => j.Unit)], took);
            if (plan.ExpectedProblem is not null)
                return;
        }

        foreach (PlannedJobAnswer job in plan.Jobs)
        {
            if (took.TryGetValue((job.Unit, job.Kind), out List<double>? times))
                plan.Expected[job.Unit] = Median(times);
        }
    }

    // Newest first: the end of a job comes before its beginning. What went wrong, in words.
    private static string? Read(
        ControlClient client,
        string[] units,
        Dictionary<(string Unit, string Kind), List<double>> took)
    {
        var ends = new Dictionary<(string Boot, long Job), HistoryRowAnswer>();
        long before = long.MaxValue;
        for (int page = 0; page < Pages; page++)
        {
            var ask = new CallParameters
            {
                Present = ParameterKeys.Units | ParameterKeys.BeforeSeq,
                Units = units,
                BeforeSeq = before,
            };
            if (!client.Send(Calls.Of(ManagerMethod.ReadHistory, ask)))
                return "the manager closed the connection";
            ReadStatus status = client.Read(Manager.QueryTimeoutMs);
            if (status != ReadStatus.Reply)
            {
                return status == ReadStatus.TimedOut
                    ? "the manager's rows did not come in time"
                    : "the manager closed the connection";
            }

            if (client.Reply.Error is { } error)
                return $"the manager's rows cannot be read: {error}";
            if (Parse(client.Parameters) is not { } answer)
                return "the manager's rows are not understood";
            foreach (HistoryRowAnswer row in answer.Rows)
                Take(row, ends, took);
            if (answer.Problem is { } unread)
                return $"the manager's rows cannot be read: {unread}";
            if (!answer.More || answer.Cursor <= 1)
                break;
            before = answer.Cursor;
        }

        return null;
    }

    private static HistoryAnswer? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, AnswerJson.Default.HistoryAnswer);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Take(
        HistoryRowAnswer row,
        Dictionary<(string Boot, long Job), HistoryRowAnswer> ends,
        Dictionary<(string Unit, string Kind), List<double>> took)
    {
        if (row is not { Kind: "job", Unit: { } unit, From: { } kind })
            return;
        if (row is { To: "ended", Result: "done" })
        {
            ends[(row.Boot, row.Job)] = row;
        }
        else if (row.To == "running" && ends.Remove((row.Boot, row.Job), out HistoryRowAnswer? end))
        {
            if (!took.TryGetValue((unit, kind), out List<double>? times))
                took.Add((unit, kind), times = []);
            if (times.Count < Sample)
                times.Add((end.MonotonicUs - row.MonotonicUs) / 1e6);
        }
    }

    private static double Median(List<double> times)
    {
        times.Sort();
        return times[times.Count / 2];
    }
}
