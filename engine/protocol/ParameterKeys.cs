namespace InitTx.Protocol;

/// <summary>
/// The parameters that calls take; each is named on the wire as here in camelCase.
/// </summary>
[Flags]
public enum ParameterKeys
{
    None = 0,

    /// <summary>Unit names, or patterns where a query takes them.</summary>
    Units = 1 << 0,

    /// <summary>fail, replace or queue.</summary>
    Mode = 1 << 1,

    /// <summary>The reply ends with the acceptance.</summary>
    NoBlock = 1 << 2,

    /// <summary>What works is kept when something fails.</summary>
    NoRollback = 1 << 3,

    /// <summary>64 hexadecimal digits: run exactly this plan or refuse.</summary>
    PlanHash = 1 << 4,

    /// <summary>Seconds.</summary>
    Timeout = 1 << 5,

    /// <summary>Free text for the record.</summary>
    Reason = 1 << 6,

    /// <summary>A signal number, 1 to 64.</summary>
    Signal = 1 << 7,

    /// <summary>all, main or control.</summary>
    Whom = 1 << 8,

    /// <summary>A transaction's number.</summary>
    Transaction = 1 << 9,

    /// <summary>The client's going away cancels the transaction.</summary>
    CancelOnDisconnect = 1 << 10,

    /// <summary>The verb that Plan plans.</summary>
    Verb = 1 << 11,

    /// <summary>The page's cursor: the name after which it begins.</summary>
    After = 1 << 12,

    /// <summary>The history page's cursor: the sequence number after which it begins.</summary>
    AfterSeq = 1 << 13,

    /// <summary>How many entries at most.</summary>
    Limit = 1 << 14,

    /// <summary>State words to filter by.</summary>
    States = 1 << 15,

    /// <summary>Unit types to filter by.</summary>
    Types = 1 << 16,

    /// <summary>Include what is inactive.</summary>
    All = 1 << 17,

    /// <summary>The interface of GetInterfaceDescription.</summary>
    Interface = 1 << 18,

    /// <summary>
    /// The history page's cursor towards the past: the number before which it begins.
    /// </summary>
    BeforeSeq = 1 << 19,

    /// <summary>What a client did to unit files: a sentence each, for the record.</summary>
    Changes = 1 << 20,

    /// <summary>Seconds for which the commit is held.</summary>
    Settle = 1 << 21,

    /// <summary>Unit names that shall be down, of Apply.</summary>
    Stops = 1 << 22,

    /// <summary>Undo what others changed since as well.</summary>
    Force = 1 << 23,

    /// <summary>The name of a verb that units define themselves.</summary>
    Action = 1 << 24,

    /// <summary>Units are not asked whether they consent (ExecCheck=).</summary>
    NoCheck = 1 << 25,
}
