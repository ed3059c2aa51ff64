using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Questions;

/// <summary>A question with the answer that it got.</summary>
internal sealed record Answer(Question Question, string Command, CommandResult Text, string Json)
{
    /// <summary>The keys of the JSON form, of its first object.</summary>
    public string Keys()
    {
        string first = Json.Split('\n', 2)[0];
        if (first.Length == 0)
            return "";
        using JsonDocument document = JsonDocument.Parse(first);
        return string.Join(", ", document.RootElement.EnumerateObject().Select(p => $"`{p.Name}`"));
    }
}

/// <summary>
/// docs/questions.md: written from real answers, and compared with others but for what differs from
/// run to run: times, durations, numbers, pids, ids, and the order of lines.
/// </summary>
internal static partial class QuestionDocument
{
    public static string Path { get; } =
        System.IO.Path.Combine(Repository.Root, "docs", "questions.md");

    private const string Head =
        """
        # What an administrator asks

        Each question is answered by one command, for people and with `--json`, from durable
        records: also after a reboot (`--boot=-1`), also without the manager (`--archive=FILE`).

        The answers below are real: `tests/namespaces/Questions` boots a Debian system, lets all of
        this happen, asks, and compares with this page. `INITX_DOCS=write ./test ns` writes it anew.

        """;

    public static string Write(IEnumerable<Answer> answers)
    {
        var text = new StringBuilder(Head);
        foreach (Answer answer in answers.OrderBy(a => a.Question.Number))
        {
            text.Append("\n## ").Append(answer.Question).Append("\n\n```console\n# ")
                .Append(answer.Command).Append('\n');
            string[] lines = answer.Text.Out.TrimEnd('\n').Split('\n');
            int shown = answer.Question.Lines is > 0 and int most ? most : lines.Length;
            if (answer.Question.Until is { } end
                && Array.FindIndex(lines, l => l.Contains(end)) is >= 0 and int at)
                lines = string.Join('\n', lines.Take(shown = at)).TrimEnd('\n').Split('\n');
            foreach (string line in lines.Take(shown))
                text.Append(line.TrimEnd()).Append('\n');
            if (shown < lines.Length)
                text.Append("…\n");
            text.Append("```\n");
            if (answer.Question.Note.Length > 0)
                text.Append('\n').Append(answer.Question.Note).Append('\n');
            if (answer.Keys() is { Length: > 0 } keys)
                text.Append("\n`--json`: ").Append(keys).Append(".\n");
        }

        return text.ToString();
    }

    /// <summary>What has to be the same in every run, sorted by line within each section.</summary>
    public static string Normal(string document)
    {
        var sections = new StringBuilder();
        foreach (string section in document.Split("\n## "))
        {
            IEnumerable<string> lines = section.Split('\n').Select(NormalLine)
                .Where(l => l.Length > 0).Order(StringComparer.Ordinal);
            sections.AppendJoin('\n', lines).Append("\n\n");
        }

        return sections.ToString();
    }

    private static string NormalLine(string line)
    {
        line = Hex().Replace(line, "ID");
        line = Span().Replace(line, "SPAN");
        line = Number().Replace(line, "N");
        return Blank().Replace(line, " ").Trim();
    }

    [GeneratedRegex(@"\b[0-9a-f]{8}(-?[0-9a-f]{4,}){0,8}\b")]
    private static partial Regex Hex();

    [GeneratedRegex(@"\+?\d+(\.\d+)?\s?(µs|us|ms|min|s|h|days?)\b( \d+(s|min|h))?")]
    private static partial Regex Span();

    [GeneratedRegex(@"0x[0-9a-f]+|\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();
}
