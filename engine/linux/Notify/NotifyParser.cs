using System.Buffers.Text;
using System.Text;
using InitTx.Core;

namespace InitTx.Linux.Notify;

/// <summary>
/// sd_notify(3) text to <see cref="NotifyMessage"/>. Pure and total: any bytes give a message
/// without what is malformed or unknown; nothing is longer than its limit. Each assignment counts
/// the first time it stands there. The text ends at the first NUL.
/// </summary>
public static class NotifyParser
{
    /// <summary>
    /// Bytes of the longest datagram that is read, as in systemd; a longer one is dropped.
    /// </summary>
    public const int DatagramMax = 4096;

    private const int LinesMax = 64;
    private const int NameMax = 255;
    private static readonly NotifyMessage ReadyOnly = new() { Ready = true };
    private static readonly NotifyMessage PingOnly = new() { WatchdogPing = true };
    private static readonly NotifyMessage Nothing = new();

    /// <summary>Parses one datagram.</summary>
    /// <param name="statusMax">Characters kept of STATUS
    /// (<see cref="EngineLimits.StatusText"/>).</param>
    /// <param name="barrier">BARRIER=1 stood alone, as sd_notify_barrier(3) sends it.</param>
    /// <returns>
    /// The message; <see cref="NotifyMessage.MainPid"/> has no start time yet. The two frequent
    /// messages, and the empty one, are shared instances: a watchdog ping allocates nothing.
    /// </returns>
    public static NotifyMessage Parse(ReadOnlySpan<byte> text, int statusMax, out bool barrier)
    {
        barrier = false;
        int end = text.IndexOf((byte)0);
        if (end >= 0)
            text = text[..end];
        if (text.Length > DatagramMax)
            return Nothing;
        var only = text.TrimEnd((byte)'\n');
        if (only.SequenceEqual("WATCHDOG=1"u8))
            return PingOnly;
        if (only.SequenceEqual("READY=1"u8))
            return ReadyOnly;
        barrier = only.SequenceEqual("BARRIER=1"u8);
        return barrier || only.IsEmpty ? Nothing : ParseLines(only, statusMax);
    }

    private static NotifyMessage ParseLines(ReadOnlySpan<byte> text, int statusMax)
    {
        var message = Nothing;
        for (int lines = 0; lines < LinesMax && !text.IsEmpty; lines++)
        {
            int end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            int equals = line.IndexOf((byte)'=');
            if (equals > 0)
                message = Apply(message, line[..equals], line[(equals + 1)..], statusMax);
        }

        return message;
    }

    private static NotifyMessage Apply(
        NotifyMessage message, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, int statusMax)
    {
        bool isOne = value.SequenceEqual("1"u8);
        if (key.SequenceEqual("READY"u8))
            return isOne ? message with { Ready = true } : message;
        if (key.SequenceEqual("RELOADING"u8))
            return isOne ? message with { Reloading = true } : message;
        if (key.SequenceEqual("STOPPING"u8))
            return isOne ? message with { Stopping = true } : message;
        if (key.SequenceEqual("WATCHDOG"u8))
        {
            if (value.SequenceEqual("trigger"u8))
                return message with { WatchdogTrigger = true };
            return isOne ? message with { WatchdogPing = true } : message;
        }

        if (key.SequenceEqual("STATUS"u8))
            return message.Status is null
                ? message with { Status = CleanText(value, statusMax) }
                : message;
        if (key.StartsWith("FD"u8))
            return ApplyStore(message, key, value, isOne);
        if (key.SequenceEqual("BUSERROR"u8))
            return message.BusError is null
                ? message with { BusError = CleanText(value, NameMax) }
                : message;
        if (!TryNumber(value, out long number))
            return message;
        if (key.SequenceEqual("MONOTONIC_USEC"u8))
            return message.MonotonicUs is null ? message with { MonotonicUs = number } : message;
        if (key.SequenceEqual("EXIT_STATUS"u8))
            return message.ExitStatus is null && number <= 255
                ? message with { ExitStatus = (int)number }
                : message;
        if (key.SequenceEqual("MAINPID"u8))
            return message.MainPid.IsNone && number is > 0 and <= int.MaxValue
                ? message with { MainPid = new ProcessIdentity((int)number, 0) }
                : message;
        if (key.SequenceEqual("ERRNO"u8))
            return message.Errno is null && number <= 4095
                ? message with { Errno = (int)number }
                : message;
        if (key.SequenceEqual("EXTEND_TIMEOUT_USEC"u8))
            return message.ExtendTimeoutUs is null
                ? message with { ExtendTimeoutUs = number }
                : message;
        if (key.SequenceEqual("WATCHDOG_USEC"u8))
            return message.WatchdogUs is null && number > 0
                ? message with { WatchdogUs = number }
                : message;
        return message;
    }

    private static NotifyMessage ApplyStore(
        NotifyMessage message, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isOne)
    {
        if (key.SequenceEqual("FDSTORE"u8))
            return isOne ? message with { StoresDescriptors = true } : message;
        if (key.SequenceEqual("FDSTOREREMOVE"u8))
            return isOne ? message with { RemovesDescriptors = true } : message;
        if (key.SequenceEqual("FDPOLL"u8))
            return value.SequenceEqual("0"u8) ? message with { KeepsBroken = true } : message;
        return key.SequenceEqual("FDNAME"u8) && message.DescriptorName is null && IsName(value)
            ? message with { DescriptorName = Encoding.ASCII.GetString(value) }
            : message;
    }

    // Names stand between colons in LISTEN_FDNAMES (sd_listen_fds(3)).
    private static bool IsName(ReadOnlySpan<byte> value)
    {
        if (value.Length is 0 or > NameMax)
            return false;
        foreach (byte b in value)
        {
            if (b is <= (byte)' ' or >= 127 or (byte)':')
                return false;
        }

        return true;
    }

    /// <summary>Decimal digits only, at most what fits a long.</summary>
    private static bool TryNumber(ReadOnlySpan<byte> text, out long number)
    {
        number = 0;
        return !text.IsEmpty && char.IsAsciiDigit((char)text[0])
            && Utf8Parser.TryParse(text, out number, out int used) && used == text.Length;
    }

    /// <summary>
    /// Valid UTF-16 without control characters, at most <paramref name="max"/> long.
    /// </summary>
    private static string CleanText(ReadOnlySpan<byte> text, int max)
    {
        string decoded = Encoding.UTF8.GetString(text);
        int length = Math.Min(decoded.Length, max);
        if (length > 0 && length < decoded.Length && char.IsHighSurrogate(decoded[length - 1]))
            length--;
        return string.Create(length, decoded, static (into, source) =>
        {
            for (int i = 0; i < into.Length; i++)
                into[i] = char.IsControl(source[i]) ? '\uFFFD' : source[i];
        });
    }
}
