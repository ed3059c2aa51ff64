using System.Globalization;

namespace InitTx.Cli.History.Charts;

/// <summary>The time axis: round ticks, few enough to be read.</summary>
internal static class ChartAxis
{
    private const int FewestTicks = 6;

    /// <summary>1, 2 or 5 times a power of ten, microseconds; seconds and minutes above.</summary>
    public static long Step(long lengthUs)
    {
        long step = 1;
        while (true)
        {
            foreach (int factor in (ReadOnlySpan<int>)[1, 2, 5])
            {
                if (lengthUs / (step * factor) <= FewestTicks * 2)
                    return step * factor;
            }

            step *= 10;
        }
    }

    /// <summary>A tick's label in the unit that the step asks for.</summary>
    public static string Label(long us, long stepUs) => stepUs switch
    {
        >= 1_000_000 => Number(us / 1e6, 0) + " s",
        >= 100_000 => Number(us / 1e6, 1) + " s",
        >= 1_000 => Number(us / 1e3, 0) + " ms",
        _ => Number(us / 1e3, 2) + " ms",
    };

    /// <summary>A duration in three digits or so: <c>12.3 ms</c>, <c>1.24 s</c>.</summary>
    public static string Span(long us) => us switch
    {
        < 1_000 => FormattableString.Invariant($"{us} µs"),
        < 10_000 => Number(us / 1e3, 2) + " ms",
        < 100_000 => Number(us / 1e3, 1) + " ms",
        < 1_000_000 => Number(us / 1e3, 0) + " ms",
        < 10_000_000 => Number(us / 1e6, 2) + " s",
        < 100_000_000 => Number(us / 1e6, 1) + " s",
        _ => Number(us / 1e6, 0) + " s",
    };

    private static string Number(double value, int digits) =>
        value.ToString("F" + digits, CultureInfo.InvariantCulture);
}
