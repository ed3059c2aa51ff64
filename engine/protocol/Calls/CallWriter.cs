using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace InitTx.Protocol.Calls;

/// <summary>Writes what <see cref="CallReader"/> reads: the client's side.</summary>
public static class CallWriter
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes one message with its NUL; only the parameters that are present.</summary>
    public static void Write(IBufferWriter<byte> output, Call call)
    {
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            json.WriteString("method"u8, call.Method.WireName);
            if (call.More)
                json.WriteBoolean("more"u8, true);
            if (call.OneWay)
                json.WriteBoolean("oneway"u8, true);
            if (call.Parameters.Present != ParameterKeys.None)
            {
                json.WriteStartObject("parameters"u8);
                foreach ((ParameterKeys key, string name) in ParameterNames.All)
                {
                    if ((call.Parameters.Present & key) != 0)
                        WriteParameter(json, key, name, call.Parameters);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        output.GetSpan(1)[0] = 0;
        output.Advance(1);
    }

    private static void WriteParameter(
        Utf8JsonWriter json, ParameterKeys key, string name, CallParameters from)
    {
        switch (key)
        {
            case ParameterKeys.Units:
                WriteList(json, name, from.Units);
                break;
            case ParameterKeys.States:
                WriteList(json, name, from.States);
                break;
            case ParameterKeys.Types:
                WriteList(json, name, from.Types);
                break;
            case ParameterKeys.Changes:
                WriteList(json, name, from.Changes);
                break;
            case ParameterKeys.Stops:
                WriteList(json, name, from.Stops);
                break;
            case ParameterKeys.NoBlock:
                json.WriteBoolean(name, from.NoBlock);
                break;
            case ParameterKeys.NoRollback:
                json.WriteBoolean(name, from.NoRollback);
                break;
            case ParameterKeys.CancelOnDisconnect:
                json.WriteBoolean(name, from.CancelOnDisconnect);
                break;
            case ParameterKeys.Force:
                json.WriteBoolean(name, from.Force);
                break;
            case ParameterKeys.NoCheck:
                json.WriteBoolean(name, from.NoCheck);
                break;
            case ParameterKeys.All:
                json.WriteBoolean(name, from.All);
                break;
            case ParameterKeys.Timeout:
                json.WriteNumber(name, from.TimeoutUs / 1e6);
                break;
            case ParameterKeys.Settle:
                json.WriteNumber(name, from.SettleUs / 1e6);
                break;
            case ParameterKeys.Signal:
                json.WriteNumber(name, from.Signal);
                break;
            case ParameterKeys.Transaction:
                json.WriteNumber(name, from.Transaction);
                break;
            case ParameterKeys.AfterSeq:
                json.WriteNumber(name, from.AfterSeq);
                break;
            case ParameterKeys.BeforeSeq:
                json.WriteNumber(name, from.BeforeSeq);
                break;
            case ParameterKeys.Limit:
                json.WriteNumber(name, from.Limit);
                break;
            case ParameterKeys.None:
                break;
            default:
                json.WriteString(name, Text(key, from));
                break;
        }
    }

    private static string? Text(ParameterKeys key, CallParameters from) => key switch
    {
        ParameterKeys.Mode => from.Mode,
        ParameterKeys.PlanHash => from.PlanHash,
        ParameterKeys.Reason => from.Reason,
        ParameterKeys.Whom => from.Whom,
        ParameterKeys.Verb => from.Verb,
        ParameterKeys.Action => from.Action,
        ParameterKeys.After => from.After,
        ParameterKeys.Interface => from.Interface,
        _ => throw new ArgumentOutOfRangeException(nameof(key)),
    };

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> items)
    {
        json.WriteStartArray(name);
        foreach (string item in items)
            json.WriteStringValue(item);
        json.WriteEndArray();
    }
}
