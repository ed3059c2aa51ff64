using System.Globalization;

namespace InitTx.Cli.Rendering;

/// <summary>Numbers and times for people.</summary>
internal static class Numbers
{
    private static readonly string[] Sizes = ["B", "K", "M", "G", "T", "P"];

    public static string Plain(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Bytes in powers of 1024, as systemctl shows them: <c>2.4M</c>.</summary>
    public static string Bytes(long bytes)
    {
        double value = bytes;
        int size = 0;
        for (; value >= 1024 && size < Sizes.Length - 1; size++)
            value /= 1024;
        return value.ToString(size == 0 ? "F0" : "F1", CultureInfo.InvariantCulture) + Sizes[size];
    }

    /// <summary>A point in time in the reader's zone, to the second.</summary>
    public static string Time(DateTimeOffset time, TimeZoneInfo zone)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(time, zone);
        string name = local.Offset == TimeSpan.Zero
            ? "UTC"
            : local.ToString("zzz", CultureInfo.InvariantCulture);
        return local.ToString("ddd yyyy-MM-dd HH:mm:ss ", CultureInfo.InvariantCulture) + name;
    }

    /// <summary>A point in time for a column of times, to the millisecond.</summary>
    public static string Stamp(DateTimeOffset time, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(time, zone)
            .ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
}
