using System.Text.Encodings.Web;
using System.Text.Json;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Calls;

namespace InitTx.Init.Control;

/// <summary>
/// Writes Varlink replies into a connection's output. One writer serves all connections: the
/// server is single-threaded and a reply is written in one go.
/// </summary>
internal sealed class ReplyWriter
{
    private static readonly JsonWriterOptions Options = new()
    {
        // The reader is a program, never a browser: é stays é.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly Utf8JsonWriter _json = new(Stream.Null, Options);
    private readonly int _limit;
    private OutputQueue? _output;
    private int _begun;

    /// <param name="limit">Bytes that a connection's output may hold.</param>
    public ReplyWriter(int limit) => _limit = limit;

    /// <summary>Begins a reply; the caller writes the members of its parameters.</summary>
    public Utf8JsonWriter Begin(OutputQueue output)
    {
        _output = output;
        _begun = output.Count;
        _json.Reset(output);
        _json.WriteStartObject();
        _json.WriteStartObject("parameters"u8);
        return _json;
    }

    /// <summary>
    /// Ends the reply. One that does not fit into the limit becomes an error that says so: an
    /// answer is whole or it is none.
    /// </summary>
    /// <returns>False when it did not fit and the call is over.</returns>
    public bool End(bool continues)
    {
        _json.WriteEndObject();
        if (continues)
            _json.WriteBoolean("continues"u8, true);
        Close();
        OutputQueue output = _output!;
        if (output.Count <= _limit)
            return true;
        int size = output.Count - _begun;
        output.Truncate(_begun);
        Refused(
            output,
            ExitCode.Refused,
            [$"the answer has {size} bytes, more than {_limit}: ask for fewer units at once"]);
        return false;
    }

    /// <summary>A request that was refused before anything changed.</summary>
    public void Refused(OutputQueue output, ExitCode code, IReadOnlyList<string> messages)
    {
        BeginError(output, ManagerInterface.ErrorRefused);
        _json.WriteNumber("code"u8, (int)code);
        _json.WriteStartArray("messages"u8);
        foreach (string message in messages)
            _json.WriteStringValue(message);
        _json.WriteEndArray();
        EndError();
    }

    /// <summary>An error with one member in its parameters beside a message.</summary>
    public void Error(
        OutputQueue output, string error, string? member, string? subject, string message)
    {
        BeginError(output, error);
        if (member is not null)
            _json.WriteString(member, subject);
        if (message.Length > 0)
            _json.WriteString("message"u8, message);
        EndError();
    }

    /// <summary>What is wrong with a call.</summary>
    public void Error(OutputQueue output, CallError error)
    {
        (string name, string? member) = error.Kind switch
        {
            CallErrorKind.BadMessage => (ManagerInterface.ErrorBadMessage, null),
            CallErrorKind.InterfaceNotFound =>
                (ManagerInterface.ErrorInterfaceNotFound, "interface"),
            CallErrorKind.MethodNotFound => (ManagerInterface.ErrorMethodNotFound, "method"),
            CallErrorKind.InvalidParameter => (ManagerInterface.ErrorInvalidParameter, "parameter"),
            _ => throw new ArgumentOutOfRangeException(nameof(error)),
        };
        Error(output, name, member, error.Subject, error.Message);
    }

    private void BeginError(OutputQueue output, string error)
    {
        _output = output;
        _json.Reset(output);
        _json.WriteStartObject();
        _json.WriteString("error"u8, error);
        _json.WriteStartObject("parameters"u8);
    }

    private void EndError()
    {
        _json.WriteEndObject();
        Close();
    }

    private void Close()
    {
        _json.WriteEndObject();
        _json.Flush();
        _output!.GetSpan(1)[0] = 0;
        _output.Advance(1);
    }
}
