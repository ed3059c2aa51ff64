namespace InitTx.Journal.Asking;

/// <summary>
/// Limits of the archive's socket. A frame is a length of 32 bits and that many bytes; one answer
/// frame follows each request frame.
/// </summary>
public static class AskLimits
{
    /// <summary>The longest request, bytes.</summary>
    public const int Request = 128 * 1024;

    /// <summary>The longest answer, bytes.</summary>
    public const int Answer = 2 << 20;

    /// <summary>An answer of rows ends here, bytes; the rest is asked for again.</summary>
    public const int Page = 256 * 1024;

    /// <summary>Rows of an answer.</summary>
    public const int PageRows = 512;

    /// <summary>Rows of a statement's answer.</summary>
    public const int SqlRows = 10_000;

    /// <summary>Milliseconds that a request may take.</summary>
    public const long Milliseconds = 2_000;

    /// <summary>Connections, of which one is kept for root.</summary>
    public const int Connections = 32;

    /// <summary>Connections of one user.</summary>
    public const int ConnectionsPerUid = 4;

    /// <summary>Requests of one connection.</summary>
    public const int Requests = 100_000;

    /// <summary>A frame that has begun must be whole, an answer must be read, by then.</summary>
    public const long FrameUs = 5_000_000;

    /// <summary>A connection that asks nothing is closed by then.</summary>
    public const long IdleUs = 10_000_000;

    internal const int Name = 256;
    internal const int Word = 32;
    internal const int Units = 256;
    internal const int Kinds = 16;
    internal const int Statement = 64 * 1024;
    internal const int TextMost = 64 * 1024;
    internal const int Entries = 200_000;
    internal const long Most = long.MaxValue / 2;
}
