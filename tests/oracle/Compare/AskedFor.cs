namespace InitTx.Oracle.Tests.Compare;

/// <summary>
/// What the files of a unit ask for, read with as little as will do: lines, sections,
/// <c>Key=value</c>. None of the project's own reading is in it.
/// </summary>
internal sealed class AskedFor
{
    private static readonly string[] No = ["no", "false", "off", "n", "f", "0"];

    /// <summary>The last assignment of each key: its value and where it stands.</summary>
    public Dictionary<(string Section, string Key), (string Value, string Place)> Last { get; } =
        [];

    /// <summary>Reads one file over those before it.</summary>
    public void Read(string path)
    {
        string section = "";
        string[] lines = File.ReadAllLines(path);
        for (int i = 0; i < lines.Length; i++)
        {
            int first = i;
            string text = lines[i].Trim();
            if (text.Length == 0 || text[0] is '#' or ';')
                continue;
            while (text.EndsWith('\\') && i + 1 < lines.Length)
            {
                string more = lines[++i];
                if (more.TrimStart() is not ['#' or ';', ..])
                    text = text[..^1] + " " + more.Trim();
            }

            if (text[0] == '[')
                section = text.Trim('[', ']');
            else if (text.Split('=', 2) is [string key, string value])
                Last[(section, key.Trim())] = (value.Trim(), $"{path}:{first + 1}");
        }
    }

    /// <summary>
    /// Whether an assignment asks for something: an empty one takes back what was said before, and
    /// "no" and "infinity" of a protection or a limit are what there is without. An empty bounding
    /// set takes everything away.
    /// </summary>
    public static bool Asks(string key, string kind, string value) => value.Length == 0
        ? key == "CapabilityBoundingSet"
        : kind switch
        {
            "security" => value != "infinity" && !No.Contains(value.ToLowerInvariant()),
            "resource" => value != "infinity"
                && (value == "0" || !No.Contains(value.ToLowerInvariant())),
            _ => true,
        };
}
