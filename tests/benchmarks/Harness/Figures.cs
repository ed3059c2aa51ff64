using System.Globalization;
using System.Text.Json;

namespace InitTx.Benchmarks.Harness;

/// <summary>One measured row: values by name, each with its unit in the name.</summary>
internal sealed record Figure(string Name, IReadOnlyList<KeyValuePair<string, double>> Values, string Note = "");

/// <summary>
/// Collects figures and prints them as they come. A figure whose floor was measured in the same
/// run shows the ratio; nothing here judges.
/// </summary>
internal sealed class Figures(string? jsonFile, IReadOnlyDictionary<string, double> floors)
{
    public void Add(string name, string note, params IReadOnlyList<(string Name, double Value)> values)
    {
        string text = string.Join("  ", values.Select(
            v => string.Create(CultureInfo.InvariantCulture, $"{v.Name} {v.Value:0.###}")));
        Console.WriteLine($"    {name,-34} {text}{(note.Length > 0 ? "   " + note : "")}");
        if (jsonFile is null)
            return;
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            foreach ((string key, double value) in values)
                json.WriteNumber(key, Math.Round(value, 4));
            if (note.Length > 0)
                json.WriteString("note", note);
            json.WriteEndObject();
        }

        File.AppendAllText(jsonFile, System.Text.Encoding.UTF8.GetString(stream.ToArray()) + "\n");
    }

    /// <summary>In words: how many times the floor; empty when it was not measured.</summary>
    public string Ratio(string floor, double milliseconds) =>
        floors.TryGetValue(floor, out double least) && least > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds / least:0.00} x floor ({floor} {least:0.##} ms)")
            : "floor not measured";

    /// <summary>Reads the floors that ./bench measured before.</summary>
    public static Dictionary<string, double> ReadFloors(string? file)
    {
        var floors = new Dictionary<string, double>(StringComparer.Ordinal);
        if (file is null || !File.Exists(file))
            return floors;
        foreach (string line in File.ReadLines(file))
        {
            using JsonDocument row = JsonDocument.Parse(line);
            JsonElement root = row.RootElement;
            if (root.TryGetProperty("wallMs", out JsonElement wall))
                floors[FloorName(root)] = wall.GetDouble();
            else if (root.TryGetProperty("medianUs", out JsonElement median))
                floors[FloorName(root)] = median.GetDouble() / 1000;
        }

        return floors;
    }

    private static string FloorName(JsonElement row) => row.EnumerateObject().First().Value.ToString();
}
