using InitTx.Core;
using InitTx.Core.Ports;

namespace InitTx.Journal.Live;

/// <summary>Why rows are missing: the result word of a gap row.</summary>
internal static class GapWords
{
    public const string Trimmed = "trimmed";
    public const string Ring = "ring-overflow";
    public const string Head = "head-check";
    public const string Quarantine = "quarantine";
    public const string Unknown = "unknown";

    /// <summary>
    /// The row that stands for missing ones. It takes the last missing number, so it needs none of
    /// its own and the sequence has no hole.
    /// </summary>
    public static JournalRecord Row(long first, long last, string why, Instant time) => new()
    {
        Seq = last,
        Time = time,
        Kind = RecordKind.Gap,
        Cause = CauseKind.Recovery,
        From = first.ToString(System.Globalization.CultureInfo.InvariantCulture),
        To = last.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Result = why,
        Uid = -1,
        Text = $"{last - first + 1} row(s), {first} to {last}, are missing: {Sentence(why)}",
    };

    private static string Sentence(string why) => why switch
    {
        Trimmed => "the live journal was full and no archive had taken them",
        Ring => "the store was not available and the ring was too small",
        Head => "the store lost rows that had been committed",
        Quarantine => "the store was damaged and was put aside",
        _ => "they never reached the store",
    };
}
