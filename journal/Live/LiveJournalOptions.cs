using InitTx.Journal.Degraded;
using InitTx.Journal.Reading;

namespace InitTx.Journal.Live;

/// <summary>Where and how the live journal is kept.</summary>
public sealed record LiveJournalOptions
{
    /// <summary>The store's file in <see cref="Directory"/>.</summary>
    public const string FileName = "live.db";

    /// <summary>
    /// An existing directory, mounted by the caller, owned by <see cref="OwnerUid"/> with mode
    /// 0700.
    /// </summary>
    public required string Directory { get; init; }

    /// <summary>
    /// /proc/sys/kernel/random/boot_id: rows and states of another boot are never adopted.
    /// </summary>
    public required string BootId { get; init; }

    public required IJournalFiles Files { get; init; }
    public required IDegradedRing Ring { get; init; }

    /// <summary>
    /// What the store lies on. Disk (<c>Store=disk</c>) synchronises every commit, keeps rows over
    /// boots, and lets a dead disk stop the manager: that is its stated price.
    /// </summary>
    public RowDurability Durability { get; init; } = RowDurability.Tmpfs;

    /// <summary>
    /// <c>Store=none</c>: no database is ever opened. The newest rows are in the ring, states are
    /// nowhere.
    /// </summary>
    public bool WithoutStore { get; init; }

    /// <summary>Owner of directory and files.</summary>
    public uint OwnerUid { get; init; }

    /// <summary>
    /// Pages of 4,096 bytes that the database may have, the write-ahead log not counted (about
    /// 1 MiB). The mount must hold both and one quarantined copy.
    /// </summary>
    public int MaxPages { get; init; } = 6144;

    /// <summary>SQLite's hard heap limit for this process, bytes; 0 for none.</summary>
    public long HeapLimitBytes { get; init; } = 8 << 20;

    /// <summary>The last committed seq that the black box knows; 0 when it knows none.</summary>
    public long ExpectedHeadSeq { get; init; }

    /// <summary>
    /// True but for a start after a re-exec or crash: a boot has its own quarantine count.
    /// </summary>
    public bool FirstStartOfBoot { get; init; }

    /// <summary>Monotonic microseconds, for the pauses between retries.</summary>
    public Func<long> MonotonicUs { get; init; } = static () => Environment.TickCount64 * 1000;

    /// <summary>
    /// Told of every change of level and every quarantine, one line without newline.
    /// </summary>
    public Action<string> Report { get; init; } = static _ => { };

    /// <summary>The store's path.</summary>
    public string StorePath => $"{Directory}/{FileName}";
}
