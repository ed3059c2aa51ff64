namespace InitTx.Archive;

/// <summary>How much is kept: whichever is reached first.</summary>
/// <param name="MaxAgeUs">Rows older than this go; 0 for no limit.</param>
/// <param name="MaxBytes">Bytes in use, the write-ahead log not counted; 0 for no limit.</param>
internal readonly record struct ArchiveLimits(long MaxAgeUs, long MaxBytes)
{
    public static readonly ArchiveLimits Default = new(400L * 86_400 * 1_000_000, 2L << 30);
}
