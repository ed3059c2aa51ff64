namespace InitTx.Style.Tests;

/// <summary>What a reader should not have to say in a review.</summary>
[TestFixture]
public sealed class TidyTests
{
    private const int LongestLine = 100;
    private const int LongFile = 400;

    // Split, so that this file may stay in the search.
    private static readonly string[] ForbiddenWords =
        ["TO" + "DO", "FIX" + "ME", "HA" + "CK", "NotImplemented" + "Exception",
            "Assert." + "Pass("];

    private static IEnumerable<string> Code => SourceTree.Files.Where(path =>
        !SourceTree.IsCorpus(path)
        && (Path.GetExtension(path) is ".cs" or ".c" or ".h" || SourceTree.IsShell(path)));

    private static IEnumerable<string> Text => SourceTree.Files.Where(path =>
        !SourceTree.IsCorpus(path)
        && (Path.GetExtension(path) is ".cs" or ".c" or ".h" or ".md" or ".csproj" or ".props"
            or ".targets" or ".service" or ".socket" or ".target" || SourceTree.IsShell(path)));

    [Test]
    public void Lines_fit_a_hundred_columns() => AtMost(
        "tests/style.tests/long-lines.txt", 0, "lines over 100 columns",
        path => SourceTree.Lines(path).Count(line =>
            // Tabs, which only C has here, are drawn four wide.
            line.Replace("\t", "    ", StringComparison.Ordinal).Length > LongestLine));

    [Test]
    public void Files_stay_short() => AtMost(
        "tests/style.tests/long-files.txt", LongFile, "lines",
        path => SourceTree.Lines(path).Length);

    [Test]
    public void No_line_ends_in_blanks_and_no_indent_is_mixed() => Report(
        Text, (path, lines, complain) =>
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
            bool one = content.EndsWith('\n')
                && !content.EndsWith("\n\n", StringComparison.Ordinal);
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

    // A ratchet: what is over the limit is listed with its figure, which may only go down.
    private static void AtMost(string ratchet, int limit, string what, Func<string, int> measure)
    {
        Dictionary<string, int> known = SourceTree.Lines(ratchet)
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' '))
            .ToDictionary(
                fields => fields[0],
                fields => int.Parse(fields[1], System.Globalization.CultureInfo.InvariantCulture),
                StringComparer.Ordinal);
        List<string> complaints = [];
        foreach (string path in Code)
        {
            int measured = measure(path);
            if (measured > known.GetValueOrDefault(path, limit))
                complaints.Add($"{path}: {measured} {what}");
            if (known.Remove(path, out int listed) && measured < listed)
                complaints.Add($"{path}: only {measured} {what} now: lower it in {ratchet}");
        }
        complaints.AddRange(known.Keys.Select(path => $"{path}: gone; drop its line in {ratchet}"));
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
