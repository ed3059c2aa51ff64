namespace InitTx.Units.Parsing;

/// <summary>
/// The <c>Log*=</c> keys of initx.conf for the files of the built-in logger.
/// </summary>
public sealed record OutputSettings
{
    /// <summary>What holds without a file.</summary>
    public static readonly OutputSettings Standard = new();

    /// <summary>
    /// <c>LogDirectory=</c>: one directory a unit in it; null for initx below the logs directory.
    /// </summary>
    public string? Directory { get; init; }

    /// <summary><c>LogMaxFileSize=</c>: bytes of a file before it is rotated.</summary>
    public long MaxFileBytes { get; init; } = 8 << 20;

    /// <summary><c>LogMaxFileSec=</c>: microseconds before it is; 0 for never.</summary>
    public long MaxFileUs { get; init; } = 30L * 86_400 * 1_000_000;

    /// <summary><c>LogMaxFiles=</c>: files of a unit, the current one included.</summary>
    public int MaxFiles { get; init; } = 5;

    /// <summary><c>LogMaxAgeSec=</c>: microseconds a rotated file is kept; 0 for ever.</summary>
    public long MaxAgeUs { get; init; }

    /// <summary><c>LogRateLimitIntervalSec=</c>, microseconds; 0 for no limit.</summary>
    public long RateIntervalUs { get; init; } = 30_000_000;

    /// <summary><c>LogRateLimitBurst=</c>: lines of a unit in each interval; 0: no limit.</summary>
    public int RateBurst { get; init; } = 10_000;

    private const long SmallestFile = 4096;
    private const int MostFiles = 1000;

    /// <summary>Takes one assignment.</summary>
    /// <param name="wrong">What is wrong with its value; empty when nothing is.</param>
    /// <returns>False when it is none of these keys.</returns>
    internal bool TryTake(string key, string value, out OutputSettings with, out string wrong)
    {
        with = this;
        wrong = "";
        OutputSettings? taken = key switch
        {
            "LogDirectory" => PathText.Fault(value, absolute: true) is null
                ? this with { Directory = PathText.Collapse(value) } : null,
            "LogMaxFileSize" => ByteSizeParser.TryParse(value, out ulong bytes)
                && bytes is >= SmallestFile and <= long.MaxValue / 2
                ? this with { MaxFileBytes = (long)bytes } : null,
            "LogMaxFileSec" => Span(value) is { } us ? this with { MaxFileUs = us } : null,
            "LogMaxAgeSec" => Span(value) is { } us ? this with { MaxAgeUs = us } : null,
            "LogMaxFiles" => Numbers.TrySigned(value, 1, MostFiles, out long files)
                ? this with { MaxFiles = (int)files } : null,
            "LogRateLimitIntervalSec" =>
                Span(value) is { } us ? this with { RateIntervalUs = us } : null,
            "LogRateLimitBurst" => Numbers.TrySigned(value, 0, int.MaxValue, out long lines)
                ? this with { RateBurst = (int)lines } : null,
            _ => this,
        };
        if (taken is null)
        {
            wrong = $"'{value}' is not understood, ignored; {Example(key)}";
            return true;
        }

        with = taken;
        return !ReferenceEquals(taken, this);
    }

    private static long? Span(string value) =>
        value == "infinity" ? 0 : DurationParser.TryParse(value, out long us) ? us : null;

    private static string Example(string key) => key switch
    {
        "LogDirectory" => "write an absolute path",
        "LogMaxFileSize" => "write for example 8M; 4K is the least",
        "LogMaxFiles" => "write a number from 1 to 1000",
        "LogRateLimitBurst" => "write a number of lines, 0 for no limit",
        _ => "write for example 30s, 1week or infinity",
    };
}
