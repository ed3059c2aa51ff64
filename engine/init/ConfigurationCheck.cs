using InitTx.Init.Boot;
using InitTx.Units.Graph;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Init;

/// <summary>
/// <c>initxd --test-config</c>: read everything as a start would, report, change nothing.
/// </summary>
internal static class ConfigurationCheck
{
    public static int Run(StartOptions options)
    {
        var setup = ManagerSetup.Gather(options, isPid1: false);
        UnitFileTree tree = DirectoryUnitSource.Read(setup.Paths.UnitPath, LoadLimits.Default);
        IUnitCatalog catalog = setup.Load(tree);
        var lines = new List<string>();
        foreach (Diagnostic finding in setup.Findings)
            lines.Add($"{finding.Location}: {finding.Message}");
        foreach (Diagnostic finding in tree.Diagnostics)
            lines.Add($"{finding.Location}: {finding.Message}");
        UnitName target = setup.Target;
        UnitDefinition goal = catalog.Load(target);
        bool usable = goal.LoadState == UnitLoadState.Loaded;
        lines.Add(usable
            ? $"boot goal {goal.Name}: {goal.FragmentPath ?? "built-in"}"
            : $"boot goal {target}: {goal.LoadError ?? "not found"}");
        return Program.Say(1, string.Join('\n', lines), usable ? 0 : 1);
    }
}
