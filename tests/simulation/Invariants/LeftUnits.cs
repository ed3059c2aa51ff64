using System.Globalization;
using InitTx.Core.Ports;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Reads from the rows of a transaction that is rolled back which units it left down for a later
/// one, which had stopped what they need. They are the later one's from then on, as if it had
/// stopped them itself.
/// </summary>
internal static class LeftUnits
{
    private const string Left = " is left to transaction ";

    /// <summary>Units, and the later transactions that have them.</summary>
    public static IEnumerable<(string Unit, long Later)> Of(JournalRecord r)
    {
        if (r is not { Kind: RecordKind.Transaction, To: "rollingBack" or "ended", Text: { } text }
            || !text.Contains(Left, StringComparison.Ordinal))
            yield break;
        foreach (string line in text.Split("; "))
        {
            int at = line.IndexOf(Left, StringComparison.Ordinal);
            int end = at < 0 ? -1 : line.IndexOf(": ", at, StringComparison.Ordinal);
            if (end < 0)
                continue;
            yield return (line[..at], long.Parse(
                line.AsSpan((at + Left.Length)..end), NumberStyles.None,
                CultureInfo.InvariantCulture));
        }
    }
}
