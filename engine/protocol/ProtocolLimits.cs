namespace InitTx.Protocol;

/// <summary>
/// What one peer may ask of the other on the control socket. A message beyond a limit is refused
/// by name; nothing is cut silently. Deadlines belong to the server, which has the clock.
/// </summary>
public static class ProtocolLimits
{
    /// <summary>Bytes of one request, its terminating NUL not counted.</summary>
    public const int RequestBytes = 256 * 1024;

    /// <summary>
    /// Bytes of one reply that a client takes; longer answers come in pages or streams.
    /// </summary>
    public const int ReplyBytes = 1024 * 1024;

    /// <summary>Nesting of arrays and objects.</summary>
    public const int Depth = 32;

    /// <summary>Unit names in one request; equal to the engine's limit on goals.</summary>
    public const int Units = 1_024;

    /// <summary>Words in a filter list (states, types).</summary>
    public const int FilterWords = 64;

    /// <summary>UTF-16 characters of one unit name or pattern.</summary>
    public const int NameChars = 255;

    /// <summary>UTF-16 characters of a method name.</summary>
    public const int MethodChars = 128;

    /// <summary>UTF-16 characters of a request's reason.</summary>
    public const int ReasonChars = 512;

    /// <summary>Changes to unit files that one request reports.</summary>
    public const int Changes = 1_024;

    /// <summary>UTF-16 characters of one such change: two paths and some words.</summary>
    public const int ChangeChars = 1_024;

    /// <summary>Rows in one page of the history.</summary>
    public const int HistoryRows = 256;

    /// <summary>Entries in one page of a list.</summary>
    public const int PageEntries = 256;

    /// <summary>The longest time-out that can be asked for: ten years, in seconds.</summary>
    public const double TimeoutSeconds = 10 * 365.25 * 86_400;
}
