using System.CommandLine;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Units.Install;
using InitTx.Units.Model;
using Spectre.Console;

namespace InitTx.Cli.Install;

/// <summary>
/// `initx is-enabled`: systemctl(1)'s word a unit; status 0 when one counts as enabled.
/// </summary>
internal sealed class IsEnabledVerb : Verb
{
    private readonly Argument<string[]> _units = new("UNIT")
    {
        Description = "Unit names",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly InstallOptions _where;

    public IsEnabledVerb()
        : base("is-enabled", "Print whether units are started at boot; 0 when one is")
    {
        Command.Add(_units);
        _where = new InstallOptions(Command, writes: false);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        if (_where.Root(result, session, out string root) is { } noRoot)
            return noRoot;
        var names = new List<UnitName>();
        foreach (string text in result.GetValue(_units)!)
        {
            if (!UnitArguments.TryComplete(text, out string name))
                return session.Misuse($"'{text}' is no unit name");
            names.Add(UnitName.Parse(name));
        }

        InstallPlanner planner = new InstallFiles(session, root).Read(false, false, []);
        bool any = false;
        foreach (UnitName name in names)
        {
            if (planner.StateOf(name) is not { } state)
            {
                // systemctl(1) stops at the first that is not there.
                session.Out.Flush();
                session.Error.WriteLine(
                    $"Failed to get unit file state for {name}: No such file or directory");
                if (session.Json)
                    StateWord.Write(session, name.Value, "not-found");
                return (int)ExitCode.Failed;
            }

            any |= UnitFileStates.CountsAsEnabled(state);
            StateWord.Write(session, name.Value, UnitFileStates.Word(state));
        }

        return any ? 0 : (int)ExitCode.Failed;
    }
}

/// <summary>`initx list-unit-files`: every unit file, its state, what presets want.</summary>
internal sealed class ListUnitFilesVerb : Verb
{
    private readonly Argument<string[]> _patterns = new("PATTERN")
    {
        Description = "Only names that match",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string> _type =
        new("--type", "-t") { Description = "Only these types", HelpName = "TYPE[,TYPE…]" };

    private readonly Option<string> _state =
        new("--state") { Description = "Only these states", HelpName = "STATE[,STATE…]" };

    private readonly Option<bool> _noLegend =
        new("--no-legend") { Description = "No header and no count" };

    private readonly InstallOptions _where;

    public ListUnitFilesVerb()
        : base("list-unit-files", "List unit files and whether they are started at boot")
    {
        Command.Add(_patterns);
        Command.Add(_type);
        Command.Add(_state);
        Command.Add(_noLegend);
        _where = new InstallOptions(Command, writes: false);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        if (_where.Root(result, session, out string root) is { } noRoot)
            return noRoot;
        string[] patterns = result.GetValue(_patterns)!;
        string[]? types = result.GetValue(_type)?.Split(',');
        string[]? states = result.GetValue(_state)?.Split(',');
        var files = new InstallFiles(session, root);
        InstallPlanner planner = files.Read(false, false, []);
        PresetRules presets = files.Presets();
        var rows = new List<(UnitName Name, string State, string? Preset)>();
        foreach (UnitName name in planner.Names.OrderBy(n => n.Kind).ThenBy(n => n))
        {
            if ((patterns.Length > 0
                    && !Array.Exists(patterns, p => GlobPattern.Matches(p, name.Value)))
                || (types is not null && !types.Contains(UnitName.SuffixOf(name.Kind))))
                continue;
            UnitFileState? state = planner.StateOf(name);
            string word = UnitFileStates.Word(state ?? UnitFileState.Bad);
            if (states is null || states.Contains(word))
                rows.Add((name, word, PresetOf(presets, name, state)));
        }

        Write(session, rows, legend: !result.GetValue(_noLegend));
        return 0;
    }

    // What others start has no preset: there is nothing to enable.
    private static string? PresetOf(PresetRules presets, UnitName name, UnitFileState? state) =>
        state is UnitFileState.Static or UnitFileState.Alias or UnitFileState.Generated
            or UnitFileState.Transient or null
            ? null
            : presets.Of(name).Enable ? "enabled" : "disabled";

    private static void Write(
        Session session, List<(UnitName Name, string State, string? Preset)> rows, bool legend)
    {
        if (session.Json)
        {
            foreach ((UnitName name, string state, string? preset) in rows)
            {
                JsonLines.WriteObject(session.Out, json =>
                {
                    json.WriteString("unit"u8, name.Value);
                    json.WriteString("state"u8, state);
                    json.WriteString("preset"u8, preset);
                });
            }

            return;
        }

        if (session.Quiet)
            return;
        Table table = legend
            ? Sheet.NewTable("UNIT FILE", "STATE", "PRESET")
            : Sheet.NewTable("", "", "");
        foreach ((UnitName name, string state, string? preset) in rows)
            table.AddRow(Sheet.Cell(name.Value), Sheet.Cell(state), Sheet.Cell(preset ?? "-"));
        if (rows.Count > 0)
            Sheet.Draw(session, table);
        if (!legend)
            return;
        session.Out.WriteLine();
        session.Out.WriteLine(rows.Count == 1 ? "1 unit file" : $"{rows.Count} unit files");
    }
}
