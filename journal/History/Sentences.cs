using System.Globalization;
using InitTx.Units.Parsing;

namespace InitTx.Journal.History;

/// <summary>What a row says, for a person: one line without its time.</summary>
public static class Sentences
{
    /// <summary>The sentence for any row, of a kind that is known or not.</summary>
    public static string Of(HistoryRow row)
    {
        string sentence = row.Kind switch
        {
            "transition" => Transition(row),
            "process" => Process(row),
            "job" => Job(row),
            "transaction" => Transaction(row),
            "request" => Request(row),
            "rejected" => $"{row.Unit} took no {row.To} while {row.From}",
            "boot" => "the machine booted",
            "reexec" => "the manager replaced its own image",
            "crash" => "the manager crashed and came back",
            "hang" => "the manager hung and was restarted in place",
            "signal" => $"the manager got {row.Text}",
            "config" when row.Uid is not (null or -1) || row.Pid != 0 =>
                $"{Who(row)} changed unit files" + (row.Unit is null ? "" : $" of {row.Unit}"),
            "config" => "the configuration was read",
            "gap" => row.Text ?? "rows are missing",
            _ => $"{row.Kind} {row.Unit} {row.From} {row.To} {row.Result}".Trim(),
        };
        return row.Kind is "gap" or "signal" or "transaction" or "request" || row.Text is null
            ? sentence
            : $"{sentence}: {row.Text}";
    }

    /// <summary>RFC 3339, UTC, microseconds.</summary>
    public static string Time(long timeUs) =>
        DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(timeUs, 0, 253_402_300_799_000_000) * 10)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The name of a signal, <c>SIGKILL</c>; one that is none by its number.</summary>
    public static string SignalName(int number)
    {
        string name = SignalNames.Name(number);
        return char.IsAsciiLetterUpper(name[0]) ? $"SIG{name}" : $"signal {name}";
    }

    private static string Transition(HistoryRow row) =>
        $"{row.Unit} went from {row.From} to {row.To}"
        + (row.Result is null or "success" ? "" : $" ({row.Result})");

    private static string Process(HistoryRow row)
    {
        string process = $"the {row.From} process"
            + (row.Pid == 0 ? "" : $" {row.Pid}") + $" of {row.Unit}";
        return row.To switch
        {
            "intended" => $"{process} was about to be made",
            "started" => $"{process} was made",
            "executed" => $"{process} executed its program",
            "exited" => $"{process} {Exit(row)}",
            "failed" => $"{process} could not be started",
            "adopted" => $"{process} was found alive",
            "lost" => $"{process} is gone and left no exit status",
            _ => $"{process}: {row.To}",
        };
    }

    private static string Exit(HistoryRow row) => row.ExitKind switch
    {
        "exited" => $"exited with status {row.ExitCode}",
        "killed" => $"was killed by {SignalName(row.ExitCode)}",
        "dumped" => $"dumped core on {SignalName(row.ExitCode)}",
        _ => "ended",
    };

    private static string Job(HistoryRow row) => row.To switch
    {
        "queued" => $"a {row.From} job for {row.Unit} was queued",
        "running" => $"the {row.From} job for {row.Unit} began",
        "ended" => $"the {row.From} job for {row.Unit} ended: {row.Result}",
        _ => $"the {row.From} job for {row.Unit}: {row.To}",
    };

    private static string Transaction(HistoryRow row)
    {
        string goals = row.Text is null ? "" : $" {row.Text}";
        string transaction = $"transaction {row.Transaction} ({row.From}{goals})";
        return row.To switch
        {
            "ended" => $"{transaction} ended: {row.Result}",
            "rollingBack" => $"{transaction} puts back what was there before",
            _ => $"{transaction} began",
        };
    }

    private static string Request(HistoryRow row)
    {
        string who = Who(row);
        return row.Result == "refused"
            ? $"{who} asked for {row.From} and was refused: {row.Text}"
            : $"{who} asked for {row.From} {row.Text}".TrimEnd();
    }

    private static string Who(HistoryRow row)
    {
        string who = row.Uid switch
        {
            null => "another user",
            -1 => "the manager",
            0 => "root",
            int uid => $"uid {uid}",
        };
        return row.Comm is null ? who : $"{who} with {row.Comm}"
            + (row.Pid == 0 ? "" : $" (pid {row.Pid})");
    }
}
