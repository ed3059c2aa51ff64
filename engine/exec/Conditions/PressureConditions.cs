using System.Globalization;

namespace InitTx.Exec.Conditions;

/// <summary>
/// <c>ConditionMemoryPressure=</c>, <c>ConditionCPUPressure=</c>, <c>ConditionIOPressure=</c>:
/// <c>[SLICE:]PERCENT[/TIME]</c>; holds while the share of time stalled is at or below the limit,
/// and where the kernel does not measure it.
/// </summary>
internal sealed class PressureConditions(SystemFiles system)
{
    public ConditionResult Test(string resource, string argument)
    {
        if (!TryParse(argument, out string? slice, out decimal limit, out string window))
            return ConditionResult.Unknown;
        string? text = slice is null
            ? system.Read($"/proc/pressure/{resource}")
            : system.Read($"/sys/fs/cgroup{PathOf(slice)}/{resource}.pressure");
        if (text is null)
        {
            bool isMeasured = slice is not null && system.Exists("/proc/pressure");
            return isMeasured ? ConditionResult.Unknown : ConditionResult.Yes;
        }

        // CPU has no meaningful "full" for the whole machine.
        string row = resource == "cpu" ? "some " : "full ";
        foreach (string line in text.Split('\n'))
        {
            if (!line.StartsWith(row, StringComparison.Ordinal))
                continue;
            foreach (string field in line.Split(' '))
            {
                if (field.StartsWith(window + "=", StringComparison.Ordinal)
                    && decimal.TryParse(
                        field[(window.Length + 1)..], NumberStyles.AllowDecimalPoint,
                        CultureInfo.InvariantCulture, out decimal value))
                    return Words.Of(value <= limit);
            }
        }

        return ConditionResult.Unknown;
    }

    private static bool TryParse(
        string argument, out string? slice, out decimal limit, out string window)
    {
        slice = null;
        window = "avg300";
        string rest = argument;
        int colon = rest.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
        {
            slice = rest[..colon];
            rest = rest[(colon + 1)..];
        }

        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            window = rest[(slash + 1)..].Trim() switch
            {
                "10sec" or "10s" or "10" => "avg10",
                "1min" or "1m" or "60s" or "60" => "avg60",
                "5min" or "5m" or "300s" or "300" => "avg300",
                _ => "",
            };
            rest = rest[..slash];
        }

        bool number = decimal.TryParse(rest.Trim().TrimEnd('%'), NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out limit);
        return number && limit <= 100 && window.Length > 0
            && (slice is null || slice.EndsWith(".slice", StringComparison.Ordinal))
            && slice?.Contains('/', StringComparison.Ordinal) != true;
    }

    // a-b.slice lies in a.slice.
    private static string PathOf(string slice)
    {
        if (slice == "-.slice")
            return "";
        string stem = slice[..^".slice".Length];
        var path = new System.Text.StringBuilder();
        for (int at = stem.IndexOf('-'); at > 0; at = stem.IndexOf('-', at + 1))
            path.Append('/').Append(stem.AsSpan(0, at)).Append(".slice");
        return path.Append('/').Append(slice).ToString();
    }
}
