using InitTx.Oracle.Tests.Judge;
using InitTx.Units.Model;

namespace InitTx.Oracle.Tests.Compare;

/// <summary>
/// Edges in the dump's form, <c>target (origin)</c>: what the unit itself declares, with the word
/// for who asked. The reverse half of an edge is the other unit's.
/// </summary>
internal static class DependencyForm
{
    public static readonly (DependencyKind Kind, string Word)[] Kinds =
    [
        (DependencyKind.Requires, "Requires"), (DependencyKind.Requisite, "Requisite"),
        (DependencyKind.Wants, "Wants"), (DependencyKind.BindsTo, "BindsTo"),
        (DependencyKind.PartOf, "PartOf"), (DependencyKind.Upholds, "Upholds"),
        (DependencyKind.Conflicts, "Conflicts"), (DependencyKind.Before, "Before"),
        (DependencyKind.After, "After"), (DependencyKind.OnFailure, "OnFailure"),
        (DependencyKind.OnSuccess, "OnSuccess"),
        (DependencyKind.PropagatesReloadTo, "PropagatesReloadTo"),
        (DependencyKind.ReloadPropagatedFrom, "ReloadPropagatedFrom"),
        (DependencyKind.PropagatesStopTo, "PropagatesStopTo"),
        (DependencyKind.StopPropagatedFrom, "StopPropagatedFrom"),
        (DependencyKind.JoinsNamespaceOf, "JoinsNamespaceOf"),
        (DependencyKind.Triggers, "Triggers"), (DependencyKind.Slice, "InSlice"),
    ];

    public static SortedSet<string> Ours(UnitDefinition unit, DependencyKind kind)
    {
        var edges = new SortedSet<string>(StringComparer.Ordinal);
        foreach (UnitDependency edge in unit.Dependencies)
        {
            if (edge.Kind == kind)
                edges.Add($"{edge.Target} ({Word(edge.Origin)})");
        }

        return edges;
    }

    public static SortedSet<string> Theirs(
        DumpUnit unit, string word, HashSet<string> machineMounts)
    {
        var edges = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string line in unit.All(word))
        {
            int at = line.IndexOf(" (", StringComparison.Ordinal);
            string target = line[..at];
            string origin = Origin(line[(at + 2)..^1]);
            if (origin.Length > 0 && !machineMounts.Contains(target))
                edges.Add($"{target} ({origin})");
        }

        return edges;
    }

    /// <summary>
    /// An edge of RequiresMountsFor= has the word "path" when the mount was loaded after the unit,
    /// which depends on the order of loading; ours is taken for the same then.
    /// </summary>
    public static void Settle(SortedSet<string> ours, SortedSet<string> theirs)
    {
        foreach (string edge in theirs.Where(e => e.EndsWith(" (path)", StringComparison.Ordinal))
            .ToList())
        {
            string target = edge[..^" (path)".Length];
            if (ours.Remove($"{target} (file)") || ours.Remove($"{target} (implicit)"))
                ours.Add(edge);
        }
    }

    // Several reasons for one edge: we keep the strongest.
    private static string Origin(string words)
    {
        string[] origins = words.Split(' ');
        foreach ((string word, string name) in new[]
        {
            ("origin-file", "file"), ("origin-mount-file", "file"),
            ("origin-implicit", "implicit"),
            ("origin-slice-property", "slice"), ("origin-path", "path"),
            ("origin-default", "default"),
        })
        {
            if (origins.Contains(word))
                return name == "slice" ? "file" : name;
        }

        return "";
    }

    private static string Word(DependencyOrigin origin) => origin switch
    {
        DependencyOrigin.File or DependencyOrigin.Directory or DependencyOrigin.Setting
            => "file",
        DependencyOrigin.Implicit => "implicit",
        DependencyOrigin.Default => "default",
        _ => throw new ArgumentOutOfRangeException(nameof(origin)),
    };
}
