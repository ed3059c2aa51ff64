using System.Text.Json;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Calls;

namespace InitTx.Init.Control.Queries;

/// <summary>One query on its way to its one reply.</summary>
/// <param name="Privileged">The reader may see what others asked and what may be secret.</param>
internal readonly record struct QueryContext(
    CallParameters Ask,
    PeerIdentity Peer,
    bool Privileged,
    OutputQueue Output,
    ReplyWriter Writer)
{
    /// <summary>
    /// A page ends after this much output even when more entries would be allowed, so that it
    /// stays well below what a reply may be.
    /// </summary>
    public const int PageBytes = 256 * 1024;

    /// <summary>How many entries the page may have.</summary>
    public int Limit => Ask.Limit > 0 ? Ask.Limit : ProtocolLimits.PageEntries;

    /// <summary>Begins the reply.</summary>
    public Utf8JsonWriter Begin() => Writer.Begin(Output);

    /// <summary>Ends the reply.</summary>
    public void End() => Writer.End(continues: false);

    /// <summary>Answers with a refusal instead.</summary>
    public void Refuse(ExitCode code, string message) => Writer.Refused(Output, code, [message]);

    /// <summary>Answers that a parameter is wrong.</summary>
    public void Invalid(string parameter, string message) => Writer.Error(
        Output, new CallError(CallErrorKind.InvalidParameter, parameter, message));

    /// <summary>True when the page has grown enough.</summary>
    public static bool IsFull(Utf8JsonWriter json, int entries, int limit) =>
        entries >= limit || json.BytesCommitted + json.BytesPending >= PageBytes;
}
