namespace InitTx.Units.Model;

/// <summary>A change of a zone's distance from UTC.</summary>
/// <param name="AtUs">When, microseconds since 1970.</param>
/// <param name="OffsetUs">Local time less UTC from then on, microseconds.</param>
public readonly record struct TimeZoneChange(long AtUs, long OffsetUs);

/// <summary>
/// A time zone over the years that matter, as plain data: who may read zone files makes it, who
/// decides only calculates with it. Immutable.
/// </summary>
public sealed record TimeZoneTable
{
    /// <summary>More changes than this are no zone: two a year for a thousand years.</summary>
    public const int MaxChanges = 2_048;

    /// <summary>No zone is further from UTC than this, microseconds.</summary>
    public const long MaxOffsetUs = 26L * 3_600 * 1_000_000;

    public static readonly TimeZoneTable Utc = new() { FirstOffsetUs = 0 };

    /// <summary>The distance before the first change, microseconds.</summary>
    public required long FirstOffsetUs { get; init; }

    /// <summary>Ascending by time, at most <see cref="MaxChanges"/>.</summary>
    public IReadOnlyList<TimeZoneChange> Changes { get; init; } = [];

    /// <summary>Local time less UTC at an instant, microseconds.</summary>
    public long OffsetAt(long utcUs)
    {
        int at = LastChangeBefore(utcUs);
        return at < 0 ? FirstOffsetUs : Changes[at].OffsetUs;
    }

    /// <summary>
    /// The first instant after another at which clocks show a local time; null when they never do
    /// because they are put forward over it.
    /// </summary>
    public long? ToUtc(long localUs, long afterUs)
    {
        long? best = null;

        // Whatever instant it is, it lies within a day's reach of the same number taken as UTC.
        for (int i = LastChangeBefore(localUs - MaxOffsetUs); i < Changes.Count; i++)
        {
            if (i >= 0 && Changes[i].AtUs > localUs + MaxOffsetUs)
                break;
            long offset = i < 0 ? FirstOffsetUs : Changes[i].OffsetUs;
            long utc = localUs - offset;
            if (utc > afterUs && OffsetAt(utc) == offset && (best is null || utc < best))
                best = utc;
        }

        return best;
    }

    /// <summary>Both have the same changes.</summary>
    public bool IsSame(TimeZoneTable other)
    {
        if (FirstOffsetUs != other.FirstOffsetUs || Changes.Count != other.Changes.Count)
            return false;
        for (int i = 0; i < Changes.Count; i++)
        {
            if (Changes[i] != other.Changes[i])
                return false;
        }

        return true;
    }

    // -1 when all changes come later.
    private int LastChangeBefore(long utcUs)
    {
        int low = 0;
        int high = Changes.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Changes[middle].AtUs <= utcUs)
                low = middle + 1;
            else
                high = middle;
        }

        return low - 1;
    }
}
