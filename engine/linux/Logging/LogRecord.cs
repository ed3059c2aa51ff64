using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace InitTx.Linux.Logging;

/// <summary>
/// One line of the built-in logger's files, for programs and for people with grep:
/// <code>
/// 2026-11-29T14:54:40.503203Z 0b4927e88a7e 82 main 6 the text of the line
/// time (UTC)                  boot         pid role level, then + or ! or nothing
/// </code>
/// <c>+</c>: the line was longer than <see cref="LineMax"/> and goes on in the next record of the
/// process. <c>!</c>: the logger's own remark. The text is what the program wrote, byte for byte.
/// </summary>
/// <param name="TimeUs">Microseconds since 1970, when the logger read it.</param>
/// <param name="Boot">The first twelve hexadecimal digits of the boot's id.</param>
/// <param name="Level">0 (emergency) to 7 (debug), as syslog(3).</param>
/// <param name="IsCut">Goes on in the next record.</param>
/// <param name="IsRemark">Said by the logger, not by the program.</param>
public readonly record struct LogRecord(
    long TimeUs, string Boot, int Pid, string Role, byte Level, bool IsCut, bool IsRemark)
{
    /// <summary>Bytes of text in one record.</summary>
    public const int LineMax = 16 * 1024;

    /// <summary>Bytes that a record has before its text, at the most.</summary>
    public const int HeadMax = 128;

    /// <summary>Digits of <see cref="Boot"/>.</summary>
    public const int BootDigits = 12;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
    private const int TimeLength = 27;

    /// <summary>The short form of a boot's id.</summary>
    public static string ShortBoot(string boot)
    {
        string digits = boot.Replace("-", "", StringComparison.Ordinal);
        return digits.Length > BootDigits ? digits[..BootDigits] : digits;
    }

    /// <summary>Writes what comes before the text, the blank before it included.</summary>
    /// <param name="into">Room for <see cref="HeadMax"/> bytes.</param>
    public int WriteHead(Span<byte> into)
    {
        Span<char> text = stackalloc char[HeadMax];
        DateTime time = DateTime.UnixEpoch.AddTicks(TimeUs * TimeSpan.TicksPerMicrosecond);
        time.TryFormat(text, out int at, TimeFormat, CultureInfo.InvariantCulture);
        string mark = IsCut ? "+" : IsRemark ? "!" : "";
        text[at..].TryWrite(
            CultureInfo.InvariantCulture, $" {Boot} {Pid} {Role} {Level}{mark} ", out int more);
        return Encoding.UTF8.GetBytes(text[..(at + more)], into);
    }

    /// <summary>
    /// Reads a record; false for a line that is none (half of one, say, after a power cut).
    /// </summary>
    /// <param name="line">Without its newline.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> line, out LogRecord record, out ReadOnlySpan<byte> text)
    {
        record = default;
        text = default;
        if (line.Length < TimeLength + 2 || !TryTime(line[..TimeLength], out long timeUs))
            return false;
        ReadOnlySpan<byte> rest = line[(TimeLength + 1)..];
        if (line[TimeLength] != (byte)' '
            || !TakeWord(ref rest, out ReadOnlySpan<byte> boot) || boot.Length > 36
            || !Ascii.IsValid(boot)
            || !TakeWord(ref rest, out ReadOnlySpan<byte> pid)
            || !TakeWord(ref rest, out ReadOnlySpan<byte> role) || role.Length > 32
            || !Ascii.IsValid(role)
            || !TakeWord(ref rest, out ReadOnlySpan<byte> level) || level.Length > 2
            || !Utf8Parser.TryParse(pid, out int number, out int used) || used != pid.Length
            || level[0] is < (byte)'0' or > (byte)'7'
            || (level.Length == 2 && level[1] is not ((byte)'+' or (byte)'!')))
        {
            return false;
        }

        record = new LogRecord(
            timeUs, Encoding.UTF8.GetString(boot), number, Encoding.UTF8.GetString(role),
            (byte)(level[0] - '0'), level[^1] == (byte)'+', level[^1] == (byte)'!');
        text = rest;
        return true;
    }

    private static bool TakeWord(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> word)
    {
        int end = rest.IndexOf((byte)' ');
        word = end > 0 ? rest[..end] : default;
        rest = end > 0 ? rest[(end + 1)..] : default;
        return end > 0;
    }

    private static bool TryTime(ReadOnlySpan<byte> bytes, out long timeUs)
    {
        Span<char> text = stackalloc char[TimeLength];
        for (int i = 0; i < TimeLength; i++)
            text[i] = (char)bytes[i];
        bool read = DateTime.TryParseExact(
            text, TimeFormat, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime time);
        timeUs = read ? (time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond : 0;
        return read;
    }
}
