using InitTx.Core.Ports;
using InitTx.Journal.Degraded;
using InitTx.Units.Model;

namespace InitTx.Journal.OnDisk;

/// <summary>
/// A record in the one form in which it is stored, hashed and read back, and the numbers of its
/// words. Numbers of a newer version show as numbers.
/// </summary>
internal static class StoredRow
{
    private const int MaxText = 4096;

    public static string KindWord(long kind) => kind is >= 0 and <= (long)RecordKind.Rejected
        ? RecordWords.Of((RecordKind)kind) : $"?{kind}";

    public static string CauseWord(long cause) => cause is >= 0 and <= (long)CauseKind.Shutdown
        ? RecordWords.Of((CauseKind)cause) : $"?{cause}";

    public static string ExitWord(long exit) => exit is >= 0 and <= (long)ExitKind.Dumped
        ? RecordWords.Of((ExitKind)exit) : $"?{exit}";

    /// <summary>The kind that a word of CONTRACT stands for.</summary>
    public static RecordKind KindOf(string word)
    {
        for (RecordKind kind = 0; kind <= RecordKind.Rejected; kind++)
        {
            if (RecordWords.Of(kind) == word)
                return kind;
        }

        throw new ArgumentException($"'{word}' is no kind of row", nameof(word));
    }

    /// <summary>Whether it is such a word.</summary>
    public static bool IsKind(string word)
    {
        for (RecordKind kind = 0; kind <= RecordKind.Rejected; kind++)
        {
            if (RecordWords.Of(kind) == word)
                return true;
        }

        return false;
    }

    /// <summary>Empty text is no text; NUL, which SQLite ends text at, is a blank.</summary>
    public static JournalRecord Normal(in JournalRecord r) => r with
    {
        Unit = Clean(r.Unit),
        From = Clean(r.From),
        To = Clean(r.To),
        Result = Clean(r.Result),
        Comm = Clean(r.Comm),
        Text = Clean(r.Text),
    };

    /// <summary>What a row counts as in the index of special rows.</summary>
    public static int FlagOf(in JournalRecord r) => r.Kind switch
    {
        RecordKind.Gap => ArchiveSchema.FlagGap,
        RecordKind.Crash or RecordKind.Hang => ArchiveSchema.FlagFailed,
        RecordKind.Rejected => ArchiveSchema.FlagRefused,
        RecordKind.Transition => r.To == "failed" ? ArchiveSchema.FlagFailed : 0,
        RecordKind.Job => r.Result is "failed" or "timeout" or "dependency" or "assert"
            ? ArchiveSchema.FlagFailed : 0,
        RecordKind.Process => r.To is "failed" or "lost"
            || r.ExitKind is ExitKind.Killed or ExitKind.Dumped
            || (r.ExitKind == ExitKind.Exited && r.ExitCode != 0) ? ArchiveSchema.FlagFailed : 0,
        RecordKind.Request => r.Result == "refused" ? ArchiveSchema.FlagRefused : 0,
        RecordKind.Transaction => r.Result switch
        {
            "refused" => ArchiveSchema.FlagRefused,
            "failed" or "rolledBack" or "rollbackFailed" or "timedOut" => ArchiveSchema.FlagFailed,
            _ => 0,
        },
        RecordKind.Config or RecordKind.Boot or RecordKind.Reexec or RecordKind.Signal => 0,
        _ => 0,
    };

    /// <summary>Adds a row to a digest: its boot's name is added once, by the caller.</summary>
    public static void Hash(Sha256Digest digest, in JournalRecord record, byte[] buffer) =>
        digest.Append(buffer.AsSpan(0, RecordCodec.Encode(record, buffer)));

    private static string? Clean(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        if (text.Length > MaxText / 3)
            text = Cut(text);
        return text.Replace('\0', ' ');
    }

    private static string Cut(string text)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(text) <= MaxText)
            return text;
        int length = MaxText / 3;
        return text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)] + "…";
    }
}
