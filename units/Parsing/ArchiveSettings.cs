namespace InitTx.Units.Parsing;

/// <summary>
/// <c>Archive=</c>, <c>ArchiveMaxAgeSec=</c> and <c>ArchiveMaxSize=</c> of initx.conf: whether the
/// journal is kept on disk, for how long and how much of it.
/// </summary>
public sealed record ArchiveSettings
{
    /// <summary>What holds without a file.</summary>
    public static readonly ArchiveSettings Standard = new();

    /// <summary>No process of ours writes to a disk when it is off.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Microseconds; 0 for no limit.</summary>
    public long MaxAgeUs { get; init; } = 400L * 86_400 * 1_000_000;

    /// <summary>Bytes of the database; 0 for no limit.</summary>
    public long MaxBytes { get; init; } = 2L << 30;

    /// <summary>Takes one assignment.</summary>
    /// <param name="wrong">What is wrong with its value; empty when nothing is.</param>
    /// <returns>False when it is none of these keys.</returns>
    internal bool TryTake(string key, string value, out ArchiveSettings with, out string wrong)
    {
        with = this;
        wrong = "";
        switch (key)
        {
            case "Archive":
                if (BooleanParser.TryParse(value, out bool on))
                    with = this with { Enabled = on };
                else
                    wrong = $"'{value}' is neither yes nor no, ignored";
                return true;
            case "ArchiveMaxAgeSec":
                if (value == "infinity")
                    with = this with { MaxAgeUs = 0 };
                else if (DurationParser.TryParse(value, out long us))
                    with = this with { MaxAgeUs = us };
                else
                    wrong = $"'{value}' is no time span, ignored; write 30d or infinity";
                return true;
            case "ArchiveMaxSize":
                if (value == "infinity")
                    with = this with { MaxBytes = 0 };
                else if (ByteSizeParser.TryParse(value, out ulong bytes)
                    && bytes <= long.MaxValue / 1_000_000)
                    with = this with { MaxBytes = (long)bytes };
                else
                    wrong = $"'{value}' is no size, ignored; write for example 2G or infinity";
                return true;
            default:
                return false;
        }
    }
}
