using System.Text.Json;

namespace InitTx.Mutants.Tests;

/// <summary>A mutant as stryker reports it.</summary>
/// <param name="Id">Its number, which switches it on.</param>
/// <param name="File">Source file, without folders.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Kind">What is changed.</param>
/// <param name="Before">The text that is replaced.</param>
/// <param name="After">By what.</param>
internal sealed record Change(
    int Id, string File, int Line, string Kind, string Before, string After)
{
    /// <summary>The file in which stryker tells of them.</summary>
    public const string Report = "mutation-report.json";

    private const int MostText = 90;

    /// <summary>
    /// What is changed, whatever lines stand before it: the same in another version of the file.
    /// </summary>
    public string Key => $"{File} {Kind} {Before} {After}";

    /// <summary>One line for the report.</summary>
    public override string ToString() => $"{File}:{Line} {Kind}: `{Before}` as `{After}`";

    /// <summary>
    /// Those of a report that can be tried: compiled, and not left out by the configuration.
    /// </summary>
    public static List<Change> Read(string report)
    {
        using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(report));
        List<Change> changes = [];
        foreach (JsonProperty file in document.RootElement.GetProperty("files").EnumerateObject())
        {
            string[] source = file.Value.GetProperty("source").GetString()!.Split('\n');
            foreach (JsonElement mutant in file.Value.GetProperty("mutants").EnumerateArray())
            {
                if (mutant.GetProperty("status").GetString() is "CompileError" or "Ignored")
                    continue;
                JsonElement place = mutant.GetProperty("location");
                (int line, int column) = Place(place.GetProperty("start"));
                changes.Add(new Change(
                    int.Parse(mutant.GetProperty("id").GetString()!, null),
                    Path.GetFileName(file.Name), line,
                    mutant.GetProperty("mutatorName").GetString()!,
                    Text(source, line, column, Place(place.GetProperty("end"))),
                    Short(mutant.GetProperty("replacement").GetString() ?? "")));
            }
        }

        return changes;
    }

    private static (int Line, int Column) Place(JsonElement place) =>
        (place.GetProperty("line").GetInt32(), place.GetProperty("column").GetInt32());

    private static string Text(string[] source, int line, int column, (int Line, int Column) end)
    {
        string first = line == end.Line
            ? source[line - 1][(column - 1)..(end.Column - 1)]
            : string.Join(' ', source[(line - 1)..end.Line])[(column - 1)..];
        return Short(first);
    }

    private static string Short(string text)
    {
        string one = string.Join(' ', text.Split(
            [' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
        return one.Length <= MostText ? one : one[..MostText] + "...";
    }
}
