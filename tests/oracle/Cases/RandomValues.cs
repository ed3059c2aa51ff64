namespace InitTx.Oracle.Tests.Cases;

/// <summary>Texts that look like values: most of them are good, some nearly so.</summary>
internal static class RandomValues
{
    private static readonly string[] Units =
    [
        "", "s", "sec", "second", "seconds", "m", "min", "minute", "minutes", "h", "hr", "hour",
        "hours", "d", "day", "days", "w", "week", "weeks", "M", "month", "months", "y", "year",
        "years", "ms", "msec", "us", "usec", "µs", "μs", "x", "S",
    ];

    private static readonly string[] Days =
        ["Mon", "tue", "Wednesday", "THU", "Fri", "saturday", "Sun", "Mo"];

    public static string Span(Random random)
    {
        string text = "";
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            text += random.Next(30) == 0 ? "-" : random.Next(20) == 0 ? "+" : "";
            text += random.Next(4) == 0 ? $"{random.NextInt64(1L << random.Next(1, 40))}"
                : $"{random.Next(100)}";
            text += random.Next(5) == 0 ? $".{random.Next(100000)}" : "";
            text += random.Next(3) == 0 ? " " : "";
            text += Units[random.Next(Units.Length)];
            text += random.Next(3) == 0 ? " " : "";
        }

        return text;
    }

    public static string Calendar(Random random)
    {
        string text = "";
        if (random.Next(3) == 0)
        {
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                text += Day(random);
                text += random.Next(3) == 0 ? ".." + Day(random) : "";
                text += i > 1 ? "," : "";
            }

            text += " ";
        }

        if (random.Next(4) > 0)
        {
            text += random.Next(3) > 0 ? Items(random, 2020, 2040, 1) + "-" : "";
            text += Items(random, 1, 13, 2) + (random.Next(5) == 0 ? "~" : "-");
            text += Items(random, 1, 32, 2) + " ";
        }

        text += Items(random, 0, 24, 2) + ":" + Items(random, 0, 60, 2);
        text += random.Next(2) == 0 ? ":" + Items(random, 0, 60, 2) : "";
        return text + (random.Next(8) == 0 ? " UTC" : "");
    }

    private static string Day(Random random) =>
        Days[random.Next(random.Next(20) == 0 ? Days.Length : Days.Length - 1)];

    private static string Items(Random random, int from, int to, int width)
    {
        if (random.Next(3) == 0)
            return "*";
        string text = "";
        for (int i = random.Next(4) == 0 ? random.Next(2, 4) : 1; i > 0; i--)
        {
            text += $"{random.Next(from, to)}".PadLeft(random.Next(2) == 0 ? width : 1, '0');
            text += random.Next(4) == 0 ? $"..{random.Next(from, to)}" : "";
            text += random.Next(4) == 0 ? $"/{random.Next(1, Math.Min(to - from, 20))}" : "";
            text += i > 1 ? "," : "";
        }

        return text;
    }
}
