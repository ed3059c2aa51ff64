using InitTx.Units.Graph;
using InitTx.Units.Model;

namespace InitTx.Units.Lint;

/// <summary>
/// What is wrong or doubtful in a unit: the findings of loading, then what only shows when its
/// settings and its neighbours are seen together. Pure.
/// </summary>
public static class Linter
{
    private static readonly string[] ShellWords =
        ["|", "||", "&&", "&", ">", ">>", "<", "2>", "2>&1", ">&2"];

    /// <summary>All findings, those of loading first.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="catalog">
    /// Where its neighbours are looked up; null checks the unit alone.
    /// </param>
    public static IReadOnlyList<Diagnostic> Lint(UnitDefinition unit, IUnitCatalog? catalog = null)
    {
        List<Diagnostic> findings = [.. unit.Diagnostics];
        if (unit.LoadState != UnitLoadState.Loaded)
            return InFileOrder(unit, findings);
        Commands(unit, findings);
        ServiceHabits(unit, findings);
        Order(unit, findings);
        if (catalog is not null)
            Neighbours(unit, catalog, findings);
        ShowLines(unit, findings);
        return InFileOrder(unit, findings);
    }

    // Main file first, then drop-ins as they are read, each from top to bottom.
    private static List<Diagnostic> InFileOrder(UnitDefinition unit, List<Diagnostic> findings)
    {
        List<string> paths = [unit.FragmentPath ?? "", .. unit.DropInPaths];
        return [.. findings.OrderBy(f => paths.IndexOf(f.Location.Path) is var i and >= 0
            ? i
            : f.Location.Path.Length == 0 ? -1 : paths.Count).ThenBy(f => f.Location.Line)];
    }

    /// <summary>
    /// Shows the assignment that a finding is about, with a column in it, where the file has it in
    /// the plain form <c>Key=value</c> on one line.
    /// </summary>
    private static void ShowLines(UnitDefinition unit, List<Diagnostic> findings)
    {
        if (!findings.Exists(static f => f.SourceLine.Length == 0 && f.Location.Line > 0))
            return;
        var assigned = new Dictionary<(string Path, int Line), EffectiveSetting>();
        foreach (EffectiveSetting setting in unit.Settings)
            assigned.TryAdd((setting.Source.Path, setting.Source.Line), setting);
        for (int i = 0; i < findings.Count; i++)
        {
            Diagnostic finding = findings[i];
            if (finding.SourceLine.Length == 0 && finding.Location.Line > 0
                && assigned.TryGetValue(
                    (finding.Location.Path, finding.Location.Line), out EffectiveSetting? at))
                findings[i] = WithLine(finding, at);
        }
    }

    private static Diagnostic WithLine(Diagnostic finding, EffectiveSetting setting)
    {
        string line = $"{setting.Key}={setting.Value}";
        int word = finding.Message.StartsWith('\'')
            ? line.IndexOf($" {finding.Message[1..finding.Message.IndexOf('\'', 1)]}",
                StringComparison.Ordinal) + 1
            : line.IndexOf(finding.Message.Split(' ')[0], StringComparison.Ordinal);
        int column = word > 0 ? word + 1 : setting.Key.Length + 2;
        return finding with
        {
            Location = setting.Source with { Column = column },
            SourceLine = line,
        };
    }

    private static void Commands(UnitDefinition unit, List<Diagnostic> findings)
    {
        if (unit.Service is not { } s)
            return;
        IReadOnlyList<ExecCommand>[] lists =
        [
            s.ExecCondition, s.ExecStartPre, s.ExecStart, s.ExecStartPost, s.ExecReload, s.ExecStop,
            s.ExecStopPost, s.ExecCheck, .. s.Verbs.Select(static verb => verb.Commands),
        ];
        foreach (IReadOnlyList<ExecCommand> list in lists)
        {
            foreach (ExecCommand command in list)
                Command(command, findings);
        }
    }

    private static void Command(ExecCommand command, List<Diagnostic> findings)
    {
        if (command.Path.StartsWith('$'))
        {
            Add(findings, DiagnosticSeverity.Error, command.Source, "",
                $"'{command.Path}': the program cannot be a variable; write its path");
        }

        foreach (string word in command.Arguments)
        {
            if (Array.IndexOf(ShellWords, word) >= 0)
            {
                Add(findings, DiagnosticSeverity.Warning, command.Source, "",
                    $"'{word}' is given to the program as it is: there is no shell; write "
                        + "/bin/sh -c '...'");
                return;
            }
        }
    }

    private static void ServiceHabits(UnitDefinition unit, List<Diagnostic> findings)
    {
        if (unit.Service is not { } s)
            return;
        if (s.Type == ServiceType.Forking && s.PidFile is null && s.GuessMainPid)
        {
            Add(findings, DiagnosticSeverity.Note, SourceOf(unit, "Type"), "Type",
                "without PIDFile= the main process is guessed, and only if exactly one is left");
        }

        if (s.Type == ServiceType.Forking && s.Restart != RestartMode.No && s.PidFile is null
            && !s.GuessMainPid)
        {
            Add(findings, DiagnosticSeverity.Warning, SourceOf(unit, "Restart"), "Restart",
                "no main process is known, so only an empty control group counts as its end");
        }

        if (unit.Exec is { User: null, DynamicUser: false } && unit.Kill?.Mode == KillMode.Process)
        {
            Add(findings, DiagnosticSeverity.Note, SourceOf(unit, "KillMode"), "KillMode",
                "other processes of the service outlive a stop");
        }
    }

    private static void Order(UnitDefinition unit, List<Diagnostic> findings)
    {
        foreach (UnitDependency edge in unit.Dependencies)
        {
            bool strong = edge.Kind is DependencyKind.Requires or DependencyKind.BindsTo
                or DependencyKind.Requisite;
            if (!strong || edge.Origin != DependencyOrigin.File || unit.Name.Kind == UnitKind.Target
                || edge.Target.Kind is UnitKind.Slice or UnitKind.Device)
                continue;
            if (!IsOrdered(unit, edge.Target))
            {
                Add(findings, DiagnosticSeverity.Note, edge.Source, edge.Kind.ToString(),
                    $"{edge.Target} is required but not ordered, so both start at once; add "
                        + $"After={edge.Target}");
            }
        }
    }

    private static bool IsOrdered(UnitDefinition unit, UnitName target)
    {
        foreach (UnitDependency edge in unit.Dependencies)
        {
            bool order = edge.Kind is DependencyKind.After or DependencyKind.Before;
            if (order && edge.Target == target)
                return true;
        }

        return false;
    }

    private static void Neighbours(
        UnitDefinition unit, IUnitCatalog catalog, List<Diagnostic> findings)
    {
        foreach (UnitDependency edge in unit.Dependencies)
        {
            bool strong = edge.Kind is DependencyKind.Requires or DependencyKind.BindsTo
                or DependencyKind.Requisite;
            if (edge.Origin is DependencyOrigin.Default
                || !(strong || edge.Kind is DependencyKind.Wants or DependencyKind.Triggers))
                continue;
            UnitDefinition other = catalog.Load(edge.Target);
            if (other.LoadState == UnitLoadState.Loaded)
                continue;
            string state = StateWord(other.LoadState);
            Add(findings, strong ? DiagnosticSeverity.Warning
                : DiagnosticSeverity.Note, edge.Source,
                edge.Kind.ToString(), strong
                    ? $"{edge.Target} is {state}, so a start of {unit.Name} by name is refused; "
                        + $"where it is only wanted it starts without ({other.LoadError})"
                    : $"{edge.Target} is {state} and left out ({other.LoadError})");
        }
    }

    private static string StateWord(UnitLoadState state) => state switch
    {
        UnitLoadState.Loaded => "loaded",
        UnitLoadState.NotFound => "not found",
        UnitLoadState.BadSetting => "unusable",
        UnitLoadState.Error => "broken",
        UnitLoadState.Masked => "masked",
        UnitLoadState.Merged => "merged",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };

    private static SourceLocation SourceOf(UnitDefinition unit, string key)
    {
        var last = new SourceLocation(unit.FragmentPath ?? "", 0);
        foreach (EffectiveSetting setting in unit.Settings)
        {
            if (setting.Key == key)
                last = setting.Source;
        }

        return last;
    }

    private static void Add(
        List<Diagnostic> findings, DiagnosticSeverity severity, SourceLocation location,
        string directive, string message) =>
        findings.Add(new Diagnostic(severity, location, directive, message));
}
