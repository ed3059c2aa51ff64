namespace InitTx.Protocol.Calls;

/// <summary>
/// The parameters of a call, checked for type and size but not for meaning. What was not given
/// has its default; <see cref="Present"/> tells.
/// </summary>
public sealed record CallParameters
{
    /// <summary>Which parameters were given.</summary>
    public ParameterKeys Present { get; init; }

    public IReadOnlyList<string> Units { get; init; } = [];
    public string? Mode { get; init; }
    public bool NoBlock { get; init; }
    public bool NoRollback { get; init; }
    public string? PlanHash { get; init; }

    /// <summary>Microseconds, 0 for none; seconds as a number on the wire.</summary>
    public long TimeoutUs { get; init; }

    /// <summary>Microseconds, 0 for none; seconds as a number on the wire.</summary>
    public long SettleUs { get; init; }

    /// <summary>Units that shall be down.</summary>
    public IReadOnlyList<string> Stops { get; init; } = [];

    public bool Force { get; init; }
    public bool NoCheck { get; init; }
    public string? Reason { get; init; }
    public int Signal { get; init; }
    public string? Whom { get; init; }
    public long Transaction { get; init; }
    public bool CancelOnDisconnect { get; init; }
    public string? Verb { get; init; }
    public string? Action { get; init; }
    public string? After { get; init; }
    public long AfterSeq { get; init; }
    public long BeforeSeq { get; init; }
    public int Limit { get; init; }
    public IReadOnlyList<string> States { get; init; } = [];
    public IReadOnlyList<string> Types { get; init; } = [];
    public bool All { get; init; }
    public string? Interface { get; init; }
    public IReadOnlyList<string> Changes { get; init; } = [];
}

/// <summary>One call as it came: the method exists and takes these parameters.</summary>
/// <param name="More">The client takes a stream of replies.</param>
/// <param name="OneWay">The client wants no reply at all.</param>
public sealed record Call(MethodEntry Method, CallParameters Parameters, bool More, bool OneWay);

/// <summary>What is wrong with a message.</summary>
public enum CallErrorKind : byte
{
    /// <summary>
    /// Not a JSON object of the Varlink form: the connection ends after the answer.
    /// </summary>
    BadMessage,

    /// <summary>The interface is not ours; Subject names it.</summary>
    InterfaceNotFound,

    /// <summary>The interface has no such method; Subject names it.</summary>
    MethodNotFound,

    /// <summary>
    /// A parameter is unknown, missing, or of the wrong type or size; Subject names it.
    /// </summary>
    InvalidParameter,
}

/// <summary>An error value of <see cref="CallReader"/>.</summary>
/// <param name="Subject">
/// Interface, method or parameter; never more than the method limit of text.
/// </param>
/// <param name="Message">In words: what is wrong and what would be right.</param>
public sealed record CallError(CallErrorKind Kind, string Subject, string Message);
