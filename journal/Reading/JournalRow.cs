using InitTx.Core.Ports;

namespace InitTx.Journal.Reading;

/// <summary>Where a row lies now; the words of CONTRACT "durability".</summary>
public enum RowDurability : byte
{
    /// <summary>
    /// Only in memory: lost with power, and with a crash unless the black box holds it.
    /// </summary>
    Ram,

    /// <summary>In a store on tmpfs: survives the manager, not the machine.</summary>
    Tmpfs,

    /// <summary>In a store on a disk, synchronised.</summary>
    Disk,
}

/// <summary>
/// A row as readers get it: the record, the boot that it belongs to and where it lies.
/// </summary>
/// <param name="Boot">The kernel's boot id, lower-case with dashes.</param>
public readonly record struct JournalRow(
    JournalRecord Record, string Boot, RowDurability Durability)
{
    /// <summary>The stable word for a durability.</summary>
    public static string WordOf(RowDurability durability) => durability switch
    {
        RowDurability.Ram => "ram",
        RowDurability.Tmpfs => "tmpfs",
        RowDurability.Disk => "disk",
        _ => throw new ArgumentOutOfRangeException(nameof(durability)),
    };

    /// <summary>Reads the stable word.</summary>
    public static bool TryParseDurability(string word, out RowDurability durability)
    {
        durability = word switch
        {
            "disk" => RowDurability.Disk,
            "tmpfs" => RowDurability.Tmpfs,
            _ => RowDurability.Ram,
        };
        return word is "ram" or "tmpfs" or "disk";
    }
}

/// <summary>Which rows a reader wants, and who it is.</summary>
public sealed record RowFilter
{
    /// <summary>Everything, seen as the manager's own user.</summary>
    public static readonly RowFilter All = new();

    /// <summary>Only rows of these units; empty for all. At most <see cref="MaxUnits"/>.</summary>
    public IReadOnlyList<string> Units { get; init; } = [];

    /// <summary>Only rows of this transaction; 0 for all.</summary>
    public long Transaction { get; init; }

    /// <summary>
    /// The reader's uid; -1 and 0 see everything. To others, another's requests come without pid,
    /// uid, comm and text: unit, state and outcome are for all, who asked and why is not.
    /// </summary>
    public int ViewerUid { get; init; } = -1;

    /// <summary>The most units that a filter takes.</summary>
    public const int MaxUnits = 256;
}

/// <summary>One answer to "rows since" or "rows before".</summary>
/// <param name="Rows">In the order asked for.</param>
/// <param name="Cursor">Ask with this seq for what comes next; it moves on even when no row
/// matched.</param>
/// <param name="More">True when rows may follow the cursor now.</param>
/// <param name="Problem">What could not be read, for a person; null when all could.</param>
public sealed record RowPage(
    IReadOnlyList<JournalRow> Rows,
    long Cursor,
    bool More,
    string? Problem);
