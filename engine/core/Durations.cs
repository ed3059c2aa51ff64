using System.Globalization;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>Microseconds in words, for messages.</summary>
internal static class Durations
{
    public static string Words(long us)
    {
        if (us == ServiceSettings.Infinity)
            return "infinity";
        return us % 1_000_000 == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{us / 1_000_000} s")
            : string.Create(CultureInfo.InvariantCulture, $"{us / 1_000_000m:0.######} s");
    }
}
