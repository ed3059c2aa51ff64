using System.Globalization;
using System.Text;
using System.Text.Json;

namespace InitTx.Benchmarks.Harness;

/// <summary>
/// Collects figures and prints them as they come. A figure with a budget says whether it is kept; a
/// budget that is a multiple of a floor needs that floor from the same run. Nothing here fails: a
/// benchmark tells, it does not judge.
/// </summary>
internal sealed class Figures(string? jsonFile, IReadOnlyDictionary<string, double> floors)
{
    private readonly List<string> _missed = [];

    /// <summary>What missed its budget so far, in words.</summary>
    public IReadOnlyList<string> Missed => _missed;

    /// <summary>Values without a budget, each with its unit in the name.</summary>
    public void Add(string name, string note, params IReadOnlyList<(string Name, double Value)> values)
    {
        string text = string.Join("  ", values.Select(
            v => string.Create(CultureInfo.InvariantCulture, $"{v.Name} {v.Value:0.###}")));
        Console.WriteLine($"      {name,-44} {text}{(note.Length > 0 ? "   " + note : "")}");
        Write(name, note, values);
    }

    /// <summary>A value that should be at most this.</summary>
    public void AtMost(string name, double value, string unit, double budget, string note = "") =>
        Judge(name, value, unit, budget, Text($"budget {budget:0.###} {unit}"), note, null);

    /// <summary>A value that should be at most so many times a floor of this run.</summary>
    public void AtMostTimes(string name, double value, string unit, double times, string floor)
    {
        if (!floors.TryGetValue(floor, out double least) || least <= 0)
        {
            Add(name, $"its floor '{floor}' was not measured", (unit, value));
            return;
        }

        Judge(
            name, value, unit, least * times,
            Text($"{value / least:0.00} x floor ({least:0.###} {unit}), budget {times:0.##} x"),
            floor, least);
    }

    /// <summary>
    /// Reads the floors that ./bench measured before: milliseconds, by name; CPU as "NAME CPU".
    /// </summary>
    public static Dictionary<string, double> ReadFloors(string? file)
    {
        var floors = new Dictionary<string, double>(StringComparer.Ordinal);
        if (file is null || !File.Exists(file))
            return floors;
        foreach (string line in File.ReadLines(file))
        {
            using JsonDocument row = JsonDocument.Parse(line);
            JsonElement root = row.RootElement;
            string name = root.GetProperty("floor").GetString()!;
            if (root.TryGetProperty("wallMs", out JsonElement wall))
                floors[name] = wall.GetDouble();
            if (root.TryGetProperty("cpuMs", out JsonElement cpu))
                floors[name + " CPU"] = cpu.GetDouble();
            if (root.TryGetProperty("medianUs", out JsonElement median))
                floors[name] = median.GetDouble() / 1000;
        }

        return floors;
    }

    private void Judge(
        string name, double value, string unit, double budget, string words, string note, double? floor)
    {
        bool kept = value <= budget;
        string text = Text($"{value:0.###} {unit}");
        Console.WriteLine($"{(kept ? "  ok" : "MISS")}  {name,-44} {text,-14} {words}{(note.Length > 0 ? "   " + note : "")}");
        if (!kept)
            _missed.Add($"{name}: {text} ({words})");
        List<(string, double)> values = [(unit, value), ("budget", budget), ("kept", kept ? 1 : 0)];
        if (floor is { } least)
            values.Add(("floor", least));
        Write(name, note, values);
    }

    private void Write(string name, string note, IReadOnlyList<(string Name, double Value)> values)
    {
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

        File.AppendAllText(jsonFile, Encoding.UTF8.GetString(stream.ToArray()) + "\n");
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
