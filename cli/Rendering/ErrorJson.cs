using System.Text.Encodings.Web;
using System.Text.Json;

namespace InitTx.Cli.Rendering;

/// <summary>
/// The shape of a failure under --json: <c>error</c>, <c>code</c>, <c>messages</c>.
/// </summary>
internal static class ErrorJson
{
    /// <summary>How all our JSON is written: é stays é, one document a line.</summary>
    public static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(Output output, int code, string what, IReadOnlyList<string> details)
    {
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            json.WriteString("error"u8, what);
            json.WriteNumber("code"u8, code);
            json.WriteStartArray("messages"u8);
            foreach (string detail in details)
                json.WriteStringValue(detail);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine();
    }
}
