using System.Buffers.Text;
using System.Text.Json;
using InitTx.Core;

namespace InitTx.Answers;

/// <summary>RFC 3339 in UTC with microseconds, without an allocation.</summary>
public static class JsonTime
{
    private const int Length = 27;

    /// <summary>Writes a time; null for the default instant.</summary>
    public static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, Instant time)
    {
        if (time == default)
        {
            json.WriteNull(name);
            return;
        }

        Span<byte> text = stackalloc byte[Length];
        Format(time.RealtimeUs, text);
        json.WriteString(name, text);
    }

    /// <summary>
    /// Formats microseconds since 1970; a clock before 1970 or after 9999 is shown at its bound.
    /// </summary>
    public static void Format(long realtimeUs, Span<byte> text)
    {
        long clamped = Math.Clamp(realtimeUs, 0, 253_402_300_799_999_999);
        DateTime utc = DateTime.UnixEpoch.AddTicks(clamped * TimeSpan.TicksPerMicrosecond);
        Put(text, 0, 4, utc.Year);
        text[4] = (byte)'-';
        Put(text, 5, 2, utc.Month);
        text[7] = (byte)'-';
        Put(text, 8, 2, utc.Day);
        text[10] = (byte)'T';
        Put(text, 11, 2, utc.Hour);
        text[13] = (byte)':';
        Put(text, 14, 2, utc.Minute);
        text[16] = (byte)':';
        Put(text, 17, 2, utc.Second);
        text[19] = (byte)'.';
        Put(text, 20, 6, (int)(clamped % 1_000_000));
        text[26] = (byte)'Z';
    }

    private static void Put(Span<byte> text, int at, int digits, int value) =>
        Utf8Formatter.TryFormat(value, text.Slice(at, digits), out _, new('D', (byte)digits));
}
