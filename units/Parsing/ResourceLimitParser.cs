using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>
/// The <c>LimitX=</c> settings (systemd.exec(5), "Process Properties"; setrlimit(2)).
/// </summary>
public static class ResourceLimitParser
{
    private enum Unit : byte
    {
        Count,
        Bytes,
        Seconds,
        Microseconds,
        Nice,
    }

    // Numbers of include/uapi/asm-generic/resource.h.
    private static readonly (string Key, int Resource, Unit Unit)[] Known =
    [
        ("LimitCPU", 0, Unit.Seconds), ("LimitFSIZE", 1, Unit.Bytes), ("LimitDATA", 2, Unit.Bytes),
        ("LimitSTACK", 3, Unit.Bytes), ("LimitCORE", 4, Unit.Bytes), ("LimitRSS", 5, Unit.Bytes),
        ("LimitNPROC", 6, Unit.Count), ("LimitNOFILE", 7, Unit.Count),
        ("LimitMEMLOCK", 8, Unit.Bytes), ("LimitAS", 9, Unit.Bytes), ("LimitLOCKS", 10, Unit.Count),
        ("LimitSIGPENDING", 11, Unit.Count), ("LimitMSGQUEUE", 12, Unit.Bytes),
        ("LimitNICE", 13, Unit.Nice), ("LimitRTPRIO", 14, Unit.Count),
        ("LimitRTTIME", 15, Unit.Microseconds),
    ];

    /// <summary>The resource's number for a key such as <c>LimitNOFILE</c>, or null.</summary>
    public static int? Resource(string key) => Find(key) is { } known ? known.Resource : null;

    /// <summary>Reads <c>value</c> or <c>soft:hard</c>; false when it is neither.</summary>
    public static bool TryParse(string key, string text, out ResourceLimit limit)
    {
        limit = default;
        if (Find(key) is not { } known)
            return false;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string softText = colon < 0 ? text : text[..colon];
        if (!TryValue(softText, known.Unit, out ulong soft))
            return false;
        ulong hard = soft;
        if (colon >= 0 && !TryValue(text[(colon + 1)..], known.Unit, out hard))
            return false;
        limit = new ResourceLimit(known.Resource, soft, hard);
        return soft <= hard;
    }

    private static (int Resource, Unit Unit)? Find(string key)
    {
        foreach ((string name, int resource, Unit unit) in Known)
        {
            if (string.Equals(name, key, StringComparison.Ordinal))
                return (resource, unit);
        }

        return null;
    }

    private static bool TryValue(string text, Unit unit, out ulong value)
    {
        value = ulong.MaxValue;
        return text == "infinity" || unit switch
        {
            Unit.Count => Numbers.TryUnsigned(text, out value),
            Unit.Bytes => ByteSizeParser.TryParse(text, out value),
            Unit.Seconds => TryTime(text, 1_000_000, 1_000_000, out value),
            Unit.Microseconds => TryTime(text, 1, 1, out value),
            Unit.Nice => TryNice(text, out value),
            _ => false,
        };
    }

    private static bool TryTime(string text, long defaultUnit, ulong divisor, out ulong value)
    {
        value = 0;
        if (!DurationParser.TryParse(text, out long us, defaultUnit))
            return false;
        value = us == ServiceSettings.Infinity ? ulong.MaxValue
            : ((ulong)us + divisor - 1) / divisor;
        return true;
    }

    // "+5" and "-5" are nice levels, which the kernel stores as 20 - level; "5" is stored as it is.
    private static bool TryNice(string text, out ulong value)
    {
        value = 0;
        if (text.Length > 1 && (text[0] is '+' or '-'))
        {
            if (!Numbers.TrySigned(text, -20, 19, out long nice))
                return false;
            value = (ulong)(20 - nice);
            return true;
        }

        return Numbers.TryUnsigned(text, out value) && value is >= 1 and <= 40;
    }
}
