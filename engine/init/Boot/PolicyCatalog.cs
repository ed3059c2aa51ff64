using InitTx.Units.Graph;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Init.Boot;

/// <summary>
/// The unit files as this boot wants them: masks and wants of the kernel command line, and
/// <c>UnhonouredSecurity=refuse</c>, which closes a unit whose sandbox this version would not apply
/// (DESIGN §10). A refused unit is bad-setting and says which line it is and how to allow it.
/// </summary>
internal sealed class PolicyCatalog(
    IUnitCatalog files, ManagerConfig config, KernelCommandLine commandLine, UnitName target) : IUnitCatalog
{
    /// <inheritdoc/>
    public UnitDefinition Load(UnitName name)
    {
        UnitDefinition unit = files.Load(name);
        if (Contains(commandLine.Masks, unit.Name))
        {
            return unit with
            {
                LoadState = UnitLoadState.Masked,
                LoadError = "masked on the kernel command line (systemd.mask=)",
            };
        }

        if (config.RefuseUnhonouredSecurity && unit.LoadState == UnitLoadState.Loaded && FirstSecurity(unit) is { } found)
        {
            return unit with
            {
                LoadState = UnitLoadState.BadSetting,
                LoadError = $"{found.Source}: {found.Key}= is not applied by this version ({found.Reason}); "
                    + "UnhonouredSecurity=warn in initx.conf starts the unit without it",
            };
        }

        return unit.Name == target && commandLine.Wants.Count > 0 ? WithWants(unit) : unit;
    }

    private UnitDefinition WithWants(UnitDefinition unit)
    {
        var edges = new List<UnitDependency>(unit.Dependencies);
        foreach (UnitName wanted in commandLine.Wants)
        {
            edges.Add(new UnitDependency(
                DependencyKind.Wants, wanted, DependencyOrigin.Implicit, CommandLineSource));
        }

        return unit with { Dependencies = edges };
    }

    private static readonly SourceLocation CommandLineSource = new("/proc/cmdline", 1);

    private static UnhonouredDirective? FirstSecurity(UnitDefinition unit)
    {
        foreach (UnhonouredDirective directive in unit.Unhonoured)
        {
            if (directive.IsSecurity && directive.Treatment is DirectiveTreatment.Ignored or DirectiveTreatment.Refused)
                return directive;
        }

        return null;
    }

    private static bool Contains(IReadOnlyList<UnitName> names, UnitName name)
    {
        foreach (UnitName candidate in names)
        {
            if (candidate == name)
                return true;
        }

        return false;
    }
}
