using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>
/// What is said when a change is over: nothing for success in a pipe, why for failure.
/// </summary>
internal static class ChangeEnd
{
    public static void Report(Session session, Call call, ChangeAnswer? last, int code)
    {
        if (last is null || session.Json)
            return;
        if (last.Event == "accepted")
        {
            if (!session.Quiet && session.Out.IsTerminal)
                session.Out.WriteLine(
                    $"transaction {last.Transaction} accepted, {Jobs(last.Jobs)}");
            return;
        }

        if (code == 0)
        {
            // Done, but not all as the files now say, or nothing was there to undo.
            if (!session.Quiet
                && call.Method.Method is ManagerMethod.DaemonReload or ManagerMethod.Undo)
            {
                foreach (string note in last.Messages ?? [])
                    session.Error.WriteLine(SafeText.Clean($"{session.Program}: {note}"));
            }

            if (!session.Quiet && session.Out.IsTerminal && last.Transaction > 0)
            {
                session.Out.WriteLine(
                    session.Paint.Good($"transaction {last.Transaction} {last.Outcome}"));
            }

            return;
        }

        session.Out.Flush();
        IReadOnlyList<string> messages = last.Messages ?? [];
        string subject = call.Parameters.Units.Count == 1 ? $" {call.Parameters.Units[0]}" : "";
        session.Error.WriteLine(SafeText.Clean(
            $"{session.Program} {session.Verb}{subject}: {Words(last.Outcome)}"));
        foreach (string message in messages)
            session.Error.WriteLine($"  {SafeText.Clean(message)}");
        if (last.Transaction > 0)
            session.Error.WriteLine($"  see: initx tx {last.Transaction}");
    }

    private static string Jobs(int count) => count == 1 ? "1 job" : $"{count} jobs";

    private static string Words(string? outcome) => outcome switch
    {
        "rolledBack" => "failed, what was there before is restored",
        "rollbackFailed" => "failed, and what was there before could not be restored",
        "timedOut" => "timed out",
        "cancelled" => "cancelled",
        "refused" => "refused",
        "failed" => "failed",
        null or "" => nameof(ExitCode.Failed).ToLowerInvariant(),
        _ => outcome,
    };
}
