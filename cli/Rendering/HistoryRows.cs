using System.Text.Json;
using InitTx.Journal.History;
using InitTx.Protocol.Answers;

namespace InitTx.Cli.Rendering;

/// <summary>Rows of the history between their three forms: wire, store, `--json`.</summary>
internal static class HistoryRows
{
    /// <summary>Microseconds since 1970.</summary>
    public static long Micros(DateTimeOffset time) =>
        (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>As the store takes it.</summary>
    public static HistoryRow Of(HistoryRowAnswer row) => new()
    {
        Boot = row.Boot,
        Seq = row.Seq,
        TimeUs = Micros(row.Time),
        MonotonicUs = row.MonotonicUs,
        Kind = row.Kind,
        Unit = row.Unit,
        From = row.From,
        To = row.To,
        Result = row.Result,
        CauseKind = row.Cause.Kind,
        CauseSeq = row.Cause.Seq,
        Transaction = row.Transaction,
        Job = row.Job,
        Pid = row.Pid,
        ExitKind = row.Exit?.Kind ?? "",
        ExitCode = row.Exit?.Code ?? 0,
        Uid = row.Uid,
        Comm = row.Comm,
        Text = row.Cause.Text,
        Durability = row.Durability,
    };

    /// <summary>The members of one `history --json` line.</summary>
    public static void Write(Utf8JsonWriter json, HistoryRow row)
    {
        json.WriteNumber("seq"u8, row.Seq);
        json.WriteString("boot"u8, row.Boot);
        json.WriteString("time"u8, Sentences.Time(row.TimeUs));
        json.WriteNumber("monotonicUs"u8, row.MonotonicUs);
        json.WriteString("kind"u8, row.Kind);
        json.WriteString("unit"u8, row.Unit);
        json.WriteString("from"u8, row.From);
        json.WriteString("to"u8, row.To);
        json.WriteString("result"u8, row.Result);
        json.WriteStartObject("cause"u8);
        json.WriteString("kind"u8, row.CauseKind);
        json.WriteNumber("seq"u8, row.CauseSeq);
        json.WriteString("text"u8, row.Text);
        json.WriteEndObject();
        json.WriteNumber("transaction"u8, row.Transaction);
        json.WriteNumber("job"u8, row.Job);
        json.WriteNumber("pid"u8, row.Pid);
        if (row.ExitKind.Length == 0)
        {
            json.WriteNull("exit"u8);
        }
        else
        {
            json.WriteStartObject("exit"u8);
            json.WriteString("kind"u8, row.ExitKind);
            json.WriteNumber("code"u8, row.ExitCode);
            json.WriteEndObject();
        }

        if (row.Uid is { } uid)
            json.WriteNumber("uid"u8, uid);
        else
            json.WriteNull("uid"u8);
        json.WriteString("comm"u8, row.Comm);
        json.WriteString("durability"u8, row.Durability);
    }
}
