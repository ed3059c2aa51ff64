using System.Text;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Oracle;

/// <summary>
/// The loader against systemd 252 itself, unit by unit: load state, edges of every kind, commands,
/// and the settings that decide a service's life.
/// </summary>
[Category("oracle")]
public sealed class SystemdCompareTests
{
    private static readonly (DependencyKind Kind, string Name)[] Edges =
    [
        (DependencyKind.Requires, "Requires"), (DependencyKind.Requisite, "Requisite"),
        (DependencyKind.Wants, "Wants"), (DependencyKind.BindsTo, "BindsTo"),
        (DependencyKind.PartOf, "PartOf"), (DependencyKind.Upholds, "Upholds"),
        (DependencyKind.Conflicts, "Conflicts"), (DependencyKind.Before, "Before"),
        (DependencyKind.After, "After"), (DependencyKind.OnFailure, "OnFailure"),
        (DependencyKind.OnSuccess, "OnSuccess"), (DependencyKind.Triggers, "Triggers"),
        (DependencyKind.PropagatesReloadTo, "PropagatesReloadTo"),
        (DependencyKind.ReloadPropagatedFrom, "ReloadPropagatedFrom"),
        (DependencyKind.Slice, "InSlice"),
    ];

    /// <summary>The root is always mounted; we have no unit for it, and no edges to it.</summary>
    private const string RootMount = "-.mount";

    /// <summary>Units of this machine's own systemd package, and whatever $INITTX_ORACLE_UNITS names.</summary>
    [Test]
    public void Every_unit_of_a_directory_loads_as_systemd_loads_it()
    {
        SystemdOracle.Require();
        string source = Environment.GetEnvironmentVariable("INITTX_ORACLE_UNITS") ?? "/lib/systemd/system";
        using var work = new OracleDirectory();
        work.CopyFrom(source);
        Compare(work);
    }

    private static void Compare(OracleDirectory work)
    {
        List<UnitName> names = work.UnitNames();
        work.Write("oracle-all.target", "[Unit]\nDefaultDependencies=no\nWants="
            + string.Join("\nWants=", names) + "\n");
        (Dictionary<string, OracleUnit> theirs, string messages) =
            SystemdOracle.Run(work.Path, "oracle-all.target");
        Assert.That(theirs, Is.Not.Empty, messages);
        UnitFileTree tree = DirectoryUnitSource.Read([work.Path], LoadLimits.Default);
        var loader = new UnitLoader(tree, OracleDirectory.Facts(), LoadLimits.Default);
        var differences = new StringBuilder();
        int compared = 0;
        foreach (UnitName name in names)
        {
            UnitDefinition ours = loader.Load(name);
            if (ours.Name != name || !theirs.TryGetValue(name.Value, out OracleUnit? unit))
                continue;
            compared++;
            CompareUnit(ours, unit, differences);
        }

        TestContext.Out.WriteLine($"{compared} units compared with systemd");
        Assert.That(differences.ToString(), Is.Empty, $"{work.Path}\n{messages}");
    }

    internal static void CompareUnit(UnitDefinition ours, OracleUnit theirs, StringBuilder differences)
    {
        string state = ours.LoadState switch
        {
            UnitLoadState.Loaded => "loaded",
            UnitLoadState.NotFound => "not-found",
            UnitLoadState.BadSetting => "bad-setting",
            UnitLoadState.Error => "error",
            UnitLoadState.Masked => "masked",
            _ => "merged",
        };
        Differ(differences, ours.Name, "load state", state, theirs.LoadState);
        if (ours.LoadState != UnitLoadState.Loaded || theirs.LoadState != "loaded")
            return;
        Differ(differences, ours.Name, "Description", ours.Description, theirs.One("Description"));
        foreach ((DependencyKind kind, string word) in Edges)
        {
            Differ(differences, ours.Name, word,
                Sorted(ours.Dependencies.Where(d => d.Kind == kind).Select(d => d.Target.Value)),
                Sorted(theirs.All(word).Where(l => l.Contains("origin-", StringComparison.Ordinal))
                    .Select(l => l.Split(' ')[0]).Where(t => t != RootMount)));
        }

        if (ours.Service is { } s)
            CompareService(ours, s, theirs, differences);
    }

    private static void CompareService(
        UnitDefinition unit, ServiceSettings s, OracleUnit theirs, StringBuilder differences)
    {
        foreach ((string key, IReadOnlyList<ExecCommand> commands) in new[]
        {
            ("ExecCondition", s.ExecCondition), ("ExecStartPre", s.ExecStartPre),
            ("ExecStart", s.ExecStart), ("ExecStartPost", s.ExecStartPost),
            ("ExecReload", s.ExecReload), ("ExecStop", s.ExecStop), ("ExecStopPost", s.ExecStopPost),
        })
        {
            Differ(differences, unit.Name, key,
                string.Join(" ; ", commands.Select(c => string.Join('|', c.Arguments))),
                string.Join(" ; ", theirs.Commands.GetValueOrDefault(key, []).Select(c => string.Join('|', c))));
        }

        Differ(differences, unit.Name, "Type", Word(s.Type.ToString()), theirs.One("Type"));
        Differ(differences, unit.Name, "Restart", Word(s.Restart.ToString()), theirs.One("Restart"));
        Differ(differences, unit.Name, "RemainAfterExit", s.RemainAfterExit ? "yes" : "no", theirs.One("RemainAfterExit"));
        Differ(differences, unit.Name, "PIDFile", s.PidFile ?? "", theirs.One("PIDFile"));
        Differ(differences, unit.Name, "TimeoutStartSec", s.TimeoutStartUs, theirs.One("TimeoutStartSec"));
        Differ(differences, unit.Name, "TimeoutStopSec", s.TimeoutStopUs, theirs.One("TimeoutStopSec"));
        Differ(differences, unit.Name, "RestartSec", s.RestartUs, theirs.One("RestartSec"));
        Differ(differences, unit.Name, "NotifyAccess", Word(s.NotifyAccess.ToString()), theirs.One("Notify Access"), "");
        Differ(differences, unit.Name, "User", unit.Exec!.User ?? "", unit.Exec.DynamicUser ? unit.Exec.User ?? "" : theirs.One("User"));
        Differ(differences, unit.Name, "Group", unit.Exec.Group ?? "", unit.Exec.DynamicUser ? unit.Exec.Group ?? "" : theirs.One("Group"));
        Differ(differences, unit.Name, "KillMode", Word(unit.Kill!.Mode.ToString()), theirs.One("KillMode"));
        Differ(differences, unit.Name, "Environment",
            Sorted(unit.Exec.Environment.Select(e => $"{e.Key}={e.Value}")), Sorted(theirs.All("Environment")));
        Differ(differences, unit.Name, "UMask", Convert.ToString(unit.Exec.UMask, 8).PadLeft(4, '0'), theirs.One("UMask"));
    }

    private static void Differ(StringBuilder text, UnitName unit, string what, long us, string theirs)
    {
        bool read = DurationParser.TryParse(theirs, out long microseconds);
        if (!read || microseconds != us)
            text.AppendLine($"{unit} {what}: ours {us} us, systemd's {theirs}");
    }

    private static void Differ(
        StringBuilder text, UnitName unit, string what, string ours, string theirs, string? unknown = null)
    {
        if (ours != theirs && theirs != unknown)
            text.AppendLine($"{unit} {what}:\n  ours    {ours}\n  systemd {theirs}");
    }

    private static string Sorted(IEnumerable<string> names) =>
        string.Join(' ', names.Distinct().Order(StringComparer.Ordinal));

    // OnFailure -> on-failure
    private static string Word(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
