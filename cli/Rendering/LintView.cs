using System.Text.Json;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Protocol.Answers;

namespace InitTx.Cli.Rendering;

/// <summary>Findings with the line and a caret, as compilers show them.</summary>
internal static class LintView
{
    /// <summary>Counts and shows one unit; one without findings says nothing.</summary>
    public static void Write(
        Session session, LintedUnitAnswer unit, JsonElement raw, LintTally tally)
    {
        Count(unit, tally);
        if (session.Json)
        {
            session.Out.WriteLine(raw.GetRawText());
            return;
        }

        bool clean = unit.LoadError is null && unit.Findings.Count + unit.Unhonoured.Count == 0;
        if (session.Quiet || clean)
            return;
        session.Out.WriteLine(session.Paint.Strong(SafeText.Clean(unit.Unit)));
        if (unit.LoadError is { } error)
            session.Out.WriteLine(
                $"  {session.Paint.Bad(SafeText.Clean($"{unit.LoadState}: {error}"))}");
        foreach (FindingAnswer finding in unit.Findings)
            WriteFinding(session, finding);
        foreach (UnhonouredAnswer directive in unit.Unhonoured)
            WriteUnhonoured(session, directive);
    }

    /// <summary>The closing line and the exit status.</summary>
    public static int Finish(Session session, LintTally tally)
    {
        if (!session.Json && !session.Quiet)
        {
            session.Out.WriteLine(
                $"{Plural(tally.Units, "unit")}: {Plural(tally.Errors, "error")}, "
                + $"{Plural(tally.Warnings, "warning")}, {Plural(tally.Unhonoured, "directive")} "
                + $"not fully honoured, {tally.Security} of them for security");
        }

        return (int)tally.Code;
    }

    private static void Count(LintedUnitAnswer unit, LintTally tally)
    {
        tally.Units++;
        tally.NotFound += unit.LoadState == "not-found" ? 1 : 0;
        bool reported = false;
        foreach (FindingAnswer finding in unit.Findings)
        {
            tally.Errors += finding.Severity == "error" ? 1 : 0;
            tally.Warnings += finding.Severity == "warning" ? 1 : 0;
            reported |= finding.Severity == "error";
        }

        if (!reported && unit.LoadState is "bad-setting" or "error")
            tally.Errors++;
        foreach (UnhonouredAnswer directive in unit.Unhonoured)
        {
            tally.Unhonoured++;
            bool open = directive is { Security: true, Treatment: not "approximated" };
            tally.Security += open ? 1 : 0;
        }
    }

    private static void WriteFinding(Session session, FindingAnswer finding)
    {
        string severity = finding.Severity switch
        {
            "error" => session.Paint.Bad("error"),
            "warning" => session.Paint.Warn("warning"),
            _ => SafeText.Clean(finding.Severity),
        };
        string column = finding.Column > 0 ? $":{finding.Column}" : "";
        string key = finding.Directive.Length > 0 ? $"{finding.Directive}: " : "";
        session.Out.WriteLine(
            $"  {SafeText.Clean(finding.Source)}{column}: {severity}: "
            + SafeText.Clean(key + finding.Message));
        if (finding.SourceLine.Length == 0)
            return;
        session.Out.WriteLine($"      {SafeText.Clean(finding.SourceLine)}");
        if (finding.Column > 0 && finding.Column <= finding.SourceLine.Length + 1)
            session.Out.WriteLine(
                $"      {new string(' ', finding.Column - 1)}{session.Paint.Good("^")}");
    }

    private static void WriteUnhonoured(Session session, UnhonouredAnswer directive)
    {
        string security = directive.Security ? session.Paint.Warn(" (security)") : "";
        session.Out.WriteLine(
            $"  {SafeText.Clean($"{directive.Source}: {directive.Key} is {directive.Treatment}")}"
            + $"{security}: {SafeText.Clean(directive.Reason)}");
    }

    private static string Plural(int count, string noun) =>
        count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
