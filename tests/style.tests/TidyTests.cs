namespace InitTx.Style.Tests;

/// <summary>What a reader should not have to say in a review.</summary>
[TestFixture]
public sealed class TidyTests
{
    private const int LongestLine = 100;
    private const int LongFile = 400;
    private const string Ratchet = "tests/style.tests/long-files.txt";

    // Split, so that this file may stay in the search.
    private static readonly string[] ForbiddenWords =
        ["TO" + "DO", "FIX" + "ME", "HA" + "CK", "NotImplemented" + "Exception",
            "Assert." + "Ignore", "Assert." + "Pass(", "[Ig" + "nore"];

    private static IEnumerable<string> Code => SourceTree.Files.Where(path =>
        !SourceTree.IsCorpus(path)
        && (Path.GetExtension(path) is ".cs" or ".c" or ".h" || SourceTree.IsShell(path)));

    private static IEnumerable<string> Text => SourceTree.Files.Where(path =>
        !SourceTree.IsCorpus(path)
        && (Path.GetExtension(path) is ".cs" or ".c" or ".h" or ".md" or ".csproj" or ".props"
            or ".targets" or ".service" or ".socket" or ".target" || SourceTree.IsShell(path)));

    [Test]
    public void Lines_fit_a_hundred_columns() => Report(Code, (path, lines, complain) =>
    {
        for (int i = 0; i < lines.Length; i++)
        {
            // Tabs, which only C has here, are drawn four wide.
            int width = lines[i].Replace("\t", "    ", StringComparison.Ordinal).Length;
            if (width > LongestLine)
                complain($"{path}:{i + 1}: {width} columns");
        }
    });

    [Test]
    public void No_line_ends_in_blanks_and_no_indent_is_mixed() => Report(Text, (path, lines, complain) =>
    {
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i] != lines[i].TrimEnd())
                complain($"{path}:{i + 1}: blanks at the end");
            if (lines[i].StartsWith('\t') && Path.GetExtension(path) is not (".c" or ".h"))
                complain($"{path}:{i + 1}: a tab");
        }
    });

    [Test]
    public void Files_end_with_one_newline()
    {
        List<string> complaints = [];
        foreach (string path in Text)
        {
            string content = SourceTree.Read(path);
            bool one = content.EndsWith('\n') && !content.EndsWith("\n\n", StringComparison.Ordinal);
            if (content.Length > 0 && !one)
                complaints.Add(path);
        }
        Complaints.AreNone(complaints);
    }

    [Test]
    public void Nothing_is_left_for_later() => Report(Code, (path, lines, complain) =>
    {
        for (int i = 0; i < lines.Length; i++)
        {
            foreach (string word in ForbiddenWords)
            {
                if (lines[i].Contains(word, StringComparison.Ordinal))
                    complain($"{path}:{i + 1}: {word}");
            }
        }
    });

    [Test]
    public void Long_files_are_known_and_get_shorter()
    {
        Dictionary<string, int> known = SourceTree.Lines(Ratchet)
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' '))
            .ToDictionary(
                fields => fields[0],
                fields => int.Parse(fields[1], System.Globalization.CultureInfo.InvariantCulture),
                StringComparer.Ordinal);
        List<string> complaints = [];
        foreach (string path in Code)
        {
            int length = SourceTree.Lines(path).Length;
            int limit = known.GetValueOrDefault(path, LongFile);
            if (length > limit)
                complaints.Add($"{path}: {length} lines, at most {limit}: split it by duty");
            if (known.Remove(path, out int listed) && length < listed)
                complaints.Add($"{path}: now {length} lines: lower or remove its line in {Ratchet}");
        }
        complaints.AddRange(known.Keys.Select(path => $"{path}: gone; remove its line in {Ratchet}"));
        Complaints.AreNone(complaints);
    }

    private static void Report(
        IEnumerable<string> paths, Action<string, string[], Action<string>> look)
    {
        List<string> complaints = [];
        foreach (string path in paths)
            look(path, SourceTree.Lines(path), complaints.Add);
        Complaints.AreNone(complaints);
    }
}
