namespace InitTx.Linux.DBus;

/// <summary>Message types of the D-Bus specification; others are kept as numbers.</summary>
public enum DBusMessageType : byte
{
    Invalid = 0,
    MethodCall = 1,
    MethodReturn = 2,
    Error = 3,
    Signal = 4,
}

/// <summary>
/// What a client that only follows names needs of a message: header fields, and arguments as long
/// as they are texts (<c>s</c>, <c>o</c>) or, alone, a number (<c>u</c>).
/// </summary>
public sealed record DBusMessage
{
    public DBusMessageType Type { get; init; }
    public uint Serial { get; init; }

    /// <summary>False for a call whose sender wants no answer (NO_REPLY_EXPECTED).</summary>
    public bool WantsReply { get; init; }

    /// <summary>Of which call it is the answer; 0 for none.</summary>
    public uint ReplySerial { get; init; }

    public string Path { get; init; } = "";
    public string Interface { get; init; } = "";
    public string Member { get; init; } = "";
    public string ErrorName { get; init; } = "";

    /// <summary>Set by the bus, not by who sent it.</summary>
    public string Sender { get; init; } = "";

    public string Signature { get; init; } = "";

    /// <summary>The leading arguments that are texts.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>The argument of signature <c>u</c>.</summary>
    public uint Number { get; init; }
}
