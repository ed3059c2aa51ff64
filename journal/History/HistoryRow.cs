using InitTx.Core.Ports;
using InitTx.Journal.Reading;

namespace InitTx.Journal.History;

/// <summary>
/// A row as a reader's side holds it: words instead of enumerations, so that rows of a newer
/// manager keep their meaning. The fields are those of <see cref="JournalRecord"/>.
/// </summary>
public sealed record HistoryRow
{
    public required string Boot { get; init; }
    public required long Seq { get; init; }

    /// <summary>Microseconds since 1970 UTC.</summary>
    public required long TimeUs { get; init; }

    public required long MonotonicUs { get; init; }
    public required string Kind { get; init; }
    public string? Unit { get; init; }
    public string? From { get; init; }
    public string? To { get; init; }
    public string? Result { get; init; }
    public string CauseKind { get; init; } = "";

    /// <summary>The row that caused this one, 0 for none.</summary>
    public long CauseSeq { get; init; }

    public long Transaction { get; init; }
    public long Job { get; init; }
    public int Pid { get; init; }

    /// <summary>Empty where no process ended.</summary>
    public string ExitKind { get; init; } = "";

    public int ExitCode { get; init; }

    /// <summary>-1 for none; null when it is withheld from this reader.</summary>
    public int? Uid { get; init; }

    public string? Comm { get; init; }
    public string? Text { get; init; }
    public required string Durability { get; init; }

    /// <summary>Sorts rows of one store by boot and number.</summary>
    internal long Order { get; init; }

    /// <summary>The words for a row that was read from a store.</summary>
    public static HistoryRow Of(in JournalRow row)
    {
        JournalRecord r = row.Record;
        return new HistoryRow
        {
            Boot = row.Boot,
            Seq = r.Seq,
            TimeUs = r.Time.RealtimeUs,
            MonotonicUs = r.Time.MonotonicUs,
            Kind = RecordWords.Of(r.Kind),
            Unit = r.Unit,
            From = r.From,
            To = r.To,
            Result = r.Result,
            CauseKind = RecordWords.Of(r.Cause),
            CauseSeq = r.CauseSeq,
            Transaction = r.Transaction,
            Job = r.Job,
            Pid = r.Pid,
            ExitKind = RecordWords.Of(r.ExitKind),
            ExitCode = r.ExitCode,
            Uid = r.Uid,
            Comm = r.Comm,
            Text = r.Text,
            Durability = JournalRow.WordOf(row.Durability),
        };
    }
}
