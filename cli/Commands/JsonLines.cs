using System.Text.Json;
using InitTx.Cli.Rendering;

namespace InitTx.Cli.Commands;

/// <summary>Passing the manager's JSON on without reading more of it than needed.</summary>
internal static class JsonLines
{
    /// <summary>Each element of an array on its own line, as it came.</summary>
    public static void Write(Output output, JsonElement array)
    {
        foreach (JsonElement element in array.EnumerateArray())
        {
            output.Write(element.GetRawText());
            output.WriteLine();
        }
    }

    /// <summary>One object on its own line.</summary>
    public static void WriteObject(Output output, Action<Utf8JsonWriter> members)
    {
        using (var json = new Utf8JsonWriter(output, ErrorJson.Options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        output.WriteLine();
    }

    /// <summary>A member's text; null when it is missing or null.</summary>
    public static string? Text(JsonElement from, string name) =>
        from.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
