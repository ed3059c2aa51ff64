using System.Globalization;
using InitTx.Linux.Logging;

namespace InitTx.Exec.Logging;

/// <summary>What <c>initx-exec --logger</c> is told on its command line.</summary>
internal sealed record LogOptions
{
    /// <summary>The socket to PID 1.</summary>
    public int Socket { get; private init; }

    /// <summary>Where the files are, one directory a unit.</summary>
    public string Directory { get; private init; } = "/var/log/initx";

    /// <summary>Where they are while the other one cannot be written: in memory.</summary>
    public string VolatileDirectory { get; private init; } = "/run/initx/log";

    /// <summary>Only the volatile one: a logger before this one hangs in a write.</summary>
    public bool VolatileOnly { get; private init; }

    /// <summary>Lines go to /dev/log, and to files when nobody listens there.</summary>
    public bool ToSyslog { get; private init; }

    /// <summary>The boot that records name (<see cref="LogRecord.ShortBoot"/>).</summary>
    public string Boot { get; private init; } = "";

    /// <summary>Bytes of a file before it is rotated.</summary>
    public long MaxFileSize { get; private init; } = 8 << 20;

    /// <summary>Microseconds after which a file is rotated; 0 for never.</summary>
    public long MaxFileUs { get; private init; }

    /// <summary>Files of a unit, the current one included.</summary>
    public int MaxFiles { get; private init; } = 5;

    /// <summary>Microseconds after which a rotated file is removed; 0 for never.</summary>
    public long MaxAgeUs { get; private init; }

    /// <summary>Lines of a unit in each interval; 0 for no limit.</summary>
    public int RateBurst { get; private init; } = 10_000;

    /// <summary>Microseconds of that interval; 0 for no limit.</summary>
    public long RateIntervalUs { get; private init; } = 30_000_000;

    /// <summary>Null for arguments that are not understood.</summary>
    public static LogOptions? Parse(IReadOnlyList<string> arguments)
    {
        var options = new LogOptions();
        for (int i = 0; i < arguments.Count; i++)
        {
            int equals = arguments[i].IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? arguments[i] : arguments[i][..equals];
            string value = equals < 0 ? "" : arguments[i][(equals + 1)..];
            if (options.With(key, value) is not { } next)
                return null;
            options = next;
        }

        return options.Socket > 0 && options.Boot.Length > 0 ? options : null;
    }

    private LogOptions? With(string key, string value) => key switch
    {
        "--socket" when Number(value) is > 2 and < int.MaxValue and var n =>
            this with { Socket = (int)n },
        "--dir" when value.StartsWith('/') => this with { Directory = value },
        "--volatile-dir" when value.StartsWith('/') => this with { VolatileDirectory = value },
        "--volatile-only" when value.Length == 0 => this with { VolatileOnly = true },
        "--to" when value is "files" or "syslog" => this with { ToSyslog = value == "syslog" },
        "--boot" when IsBoot(value) => this with { Boot = value },
        "--max-file-size" when Number(value) is >= 4096 and var n => this with { MaxFileSize = n },
        "--max-file-us" when Number(value) is >= 0 and var n => this with { MaxFileUs = n },
        "--max-files" when Number(value) is >= 1 and <= 1000 and var n =>
            this with { MaxFiles = (int)n },
        "--max-age-us" when Number(value) is >= 0 and var n => this with { MaxAgeUs = n },
        "--rate-interval-us" when Number(value) is >= 0 and var n =>
            this with { RateIntervalUs = n },
        "--rate-burst" when Number(value) is >= 0 and <= int.MaxValue and var n =>
            this with { RateBurst = (int)n },
        _ => null,
    };

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : -1;

    private static bool IsBoot(string text)
    {
        bool digits = text.Length is > 0 and <= LogRecord.BootDigits;
        foreach (char c in text)
            digits &= char.IsAsciiHexDigitLower(c);
        return digits;
    }
}
