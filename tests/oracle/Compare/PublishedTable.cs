using InitTx.Oracle.Tests.Judge;

namespace InitTx.Oracle.Tests.Compare;

/// <summary>
/// docs/generated/directives.md as an administrator reads it: what is done with each directive.
/// </summary>
internal static class PublishedTable
{
    /// <summary>Class and treatment by section and key.</summary>
    public static Dictionary<(string Section, string Key), (string Class, string Treatment)> Read()
    {
        Dictionary<(string, string), (string, string)> rows = [];
        string section = "";
        foreach (string line in File.ReadLines(
            Path.Combine(SystemdRoot.Source, "docs/generated/directives.md")))
        {
            if (line.StartsWith("## [", StringComparison.Ordinal))
                section = line[4..^1];
            string[] cells = [.. line.Split('|').Select(static c => c.Trim())];
            if (section.Length > 0 && cells.Length == 6 && cells[1] is not ("Directive" or "---"))
                rows.Add((section, cells[1]), (cells[2].Trim('*'), cells[3]));
        }

        return rows;
    }
}
