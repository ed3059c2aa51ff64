using System.Text;
using InitTx.Units.Model;

namespace InitTx.Units.Lint;

/// <summary>Findings as text, the way compilers print them.</summary>
public static class DiagnosticText
{
    private const int MaxLine = 160;

    /// <summary>
    /// <c>file:line:column: severity: Key=: message</c>, then the line and a caret under the
    /// column where both are known. Control characters are shown as <c>?</c>. No line break at the
    /// end.
    /// </summary>
    public static string Render(Diagnostic finding)
    {
        var text = new StringBuilder();
        if (finding.Location.Path.Length > 0)
        {
            text.Append(finding.Location);
            if (finding.Location.Column > 0)
                text.Append(':').Append(finding.Location.Column);
            text.Append(": ");
        }

        text.Append(Word(finding.Severity)).Append(": ");
        if (finding.Directive.Length > 0)
            text.Append(finding.Directive).Append("=: ");
        text.Append(finding.Message);
        Clean(text, 0);
        if (finding.SourceLine.Length > 0)
            AppendLine(text, finding);
        return text.ToString();
    }

    /// <summary>The word for a severity.</summary>
    public static string Word(DiagnosticSeverity severity) => severity switch
    {
        DiagnosticSeverity.Note => "note",
        DiagnosticSeverity.Warning => "warning",
        DiagnosticSeverity.Error => "error",
        _ => throw new ArgumentOutOfRangeException(nameof(severity)),
    };

    private static void AppendLine(StringBuilder text, Diagnostic finding)
    {
        string line = finding.SourceLine;
        int column = finding.Location.Column;

        // A long line is shown around its column.
        int from = column > MaxLine * 3 / 4 ? column - (MaxLine / 2) : 0;
        from = Math.Min(from, Math.Max(line.Length - MaxLine, 0));
        text.Append("\n    ");
        int start = text.Length;
        text.Append(line, from, Math.Min(line.Length - from, MaxLine));
        Clean(text, start);
        if (column > 0 && column <= line.Length + 1 && column - from <= MaxLine + 1)
            text.Append("\n    ").Append(' ', column - 1 - from).Append('^');
    }

    // A tab becomes one blank, so that the caret stays below its character.
    private static void Clean(StringBuilder text, int from)
    {
        for (int i = from; i < text.Length; i++)
        {
            if (text[i] == '\t')
                text[i] = ' ';
            else if (char.IsControl(text[i]) || char.IsSurrogate(text[i]))
                text[i] = '?';
        }
    }
}
