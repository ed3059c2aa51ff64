namespace InitTx.Units.Model;

/// <summary>Where a setting or an edge was written: file, 1-based line and column.</summary>
/// <param name="Path">The file's path as it was found; empty for what no file says.</param>
/// <param name="Line">1-based line, 0 when unknown.</param>
/// <param name="Column">1-based column of the first character in question, 0 when unknown.</param>
public sealed record SourceLocation(string Path, int Line, int Column = 0)
{
    /// <summary>What InitTx adds itself: implicit and default dependencies.</summary>
    public static readonly SourceLocation BuiltIn = new("", 0);

    /// <inheritdoc/>
    public override string ToString() =>
        Path.Length == 0 ? "built-in" : Line == 0 ? Path : $"{Path}:{Line}";
}

/// <summary>How bad a finding is.</summary>
public enum DiagnosticSeverity : byte
{
    /// <summary>Worth knowing; nothing is lost.</summary>
    Note,

    /// <summary>The assignment is ignored; the unit still works.</summary>
    Warning,

    /// <summary>The unit cannot be used.</summary>
    Error,
}

/// <summary>
/// A finding in a unit file, with what to do about it. Parsers return these and never throw.
/// </summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Location">Where it is.</param>
/// <param name="Directive">The key in question, or empty.</param>
/// <param name="Message">What is wrong and what to write instead.</param>
/// <param name="SourceLine">The offending line, for a caret under the column; may be empty.</param>
public sealed record Diagnostic(
    DiagnosticSeverity Severity,
    SourceLocation Location,
    string Directive,
    string Message,
    string SourceLine = "");
