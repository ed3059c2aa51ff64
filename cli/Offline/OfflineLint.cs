using System.Buffers;
using System.CommandLine;
using System.Text.Json;
using InitTx.Answers;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Units.Lint;
using InitTx.Units.Model;

namespace InitTx.Cli.Offline;

/// <summary>
/// Checks unit files without a manager: named files, or units of a path or a system.
/// </summary>
internal static class OfflineLint
{
    public static int Run(Session session, ParseResult result, IReadOnlyList<string> arguments)
    {
        var names = new List<UnitName>();
        var patterns = new List<string>();
        var directories = new List<string>();
        foreach (string argument in arguments)
        {
            if (OfflineOptions.IsFile(argument))
            {
                string path = Path.GetFullPath(argument);
                if (!UnitName.TryParse(Path.GetFileName(path), out UnitName own))
                    return session.Misuse($"{argument} is not named as a unit file is");
                names.Add(own);
                string directory = Path.GetDirectoryName(path)!;
                if (!directories.Contains(directory))
                    directories.Add(directory);
            }
            else if (GlobPattern.IsPattern(argument))
            {
                patterns.Add(UnitArguments.CompletePattern(argument));
            }
            else if (UnitArguments.TryComplete(argument, out string name))
            {
                names.Add(UnitName.Parse(name));
            }
            else
            {
                return session.Misuse($"'{argument}' is no unit name");
            }
        }

        if (OfflineOptions.Load(session, result, directories, out OfflineUnits units) is { } failed)
            return failed;
        AddFound(units, names, patterns, everything: arguments.Count == 0);
        var tally = new LintTally();
        Show(session, units, names, arguments.Count == 0, tally);
        return LintView.Finish(session, tally);
    }

    /// <summary>
    /// Units whose files the manager has not read; an exit status when they cannot be read.
    /// </summary>
    public static int? AddUnread(
        Session session, ParseResult result, IReadOnlyList<string> names, LintTally tally)
    {
        if (OfflineOptions.Load(session, result, [], out OfflineUnits units) is { } failed)
            return failed;
        Show(session, units, [.. names.Select(UnitName.Parse)], everything: false, tally);
        return null;
    }

    private static void AddFound(
        OfflineUnits units, List<UnitName> names, List<string> patterns, bool everything)
    {
        var known = new HashSet<UnitName>(names);
        foreach (UnitName name in units.Loader.Names)
        {
            bool wanted = everything
                || patterns.Exists(p => GlobPattern.Matches(p, name.Value));
            if (wanted && units.Loader.Resolve(name) == name && known.Add(name))
                names.Add(name);
        }
    }

    private static void Show(
        Session session, OfflineUnits units, List<UnitName> names, bool everything,
        LintTally tally)
    {
        var whole = new Dictionary<UnitName, List<Diagnostic>>();
        foreach ((UnitName name, Diagnostic finding) in everything
            ? TreeLinter.Lint(names.Where(n => !n.IsTemplate).Select(units.Loader.Load))
            : [])
        {
            if (!whole.TryGetValue(name, out List<Diagnostic>? list))
                whole.Add(name, list = []);
            list.Add(finding);
        }

        foreach (Diagnostic finding in units.Loader.Diagnostics)
        {
            if (!session.Quiet)
                session.Error.WriteLine(SafeText.CleanLines(DiagnosticText.Render(finding)));
        }

        foreach (UnitName name in names)
        {
            // A template says nothing without an instance: systemd-analyze verify takes one too.
            UnitDefinition unit = units.Loader.Load(
                name.IsTemplate ? name.WithInstance("instance") ?? name : name);
            var buffer = new ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(buffer, ErrorJson.Options))
            {
                DefinitionJson.WriteLint(
                    json, unit,
                    [.. Linter.Lint(unit, units.Loader),
                        .. whole.GetValueOrDefault(unit.Name, [])]);
            }

            using JsonDocument raw = JsonDocument.Parse(buffer.WrittenMemory);
            LintedUnitAnswer answer = JsonSerializer.Deserialize(
                buffer.WrittenSpan, AnswerJson.Default.LintedUnitAnswer)!;
            LintView.Write(session, answer, raw.RootElement, tally);
        }
    }
}
