using InitTx.Units.Graph;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Init.Boot;

/// <summary>
/// <c>UnhonouredSecurity=refuse</c>: closes a unit whose sandbox this version would not apply
/// (DESIGN §10). A refused unit is bad-setting and says which line it is and how to allow it.
/// </summary>
internal sealed class PolicyCatalog(IUnitCatalog files, ManagerConfig config) : IUnitCatalog
{
    /// <inheritdoc/>
    public UnitDefinition Load(UnitName name)
    {
        UnitDefinition unit = files.Load(name);
        if (!config.RefuseUnhonouredSecurity || unit.LoadState != UnitLoadState.Loaded
            || FirstSecurity(unit) is not { } found)
        {
            return unit;
        }

        return unit with
        {
            LoadState = UnitLoadState.BadSetting,
            LoadError = $"{found.Source}: {found.Key}= is not applied by this version "
                + $"({found.Reason}); UnhonouredSecurity=warn in initx.conf starts the unit "
                + "without it",
        };
    }

    private static UnhonouredDirective? FirstSecurity(UnitDefinition unit)
    {
        foreach (UnhonouredDirective directive in unit.Unhonoured)
        {
            if (directive.IsSecurity
                && directive.Treatment is DirectiveTreatment.Ignored or DirectiveTreatment.Refused)
            {
                return directive;
            }
        }

        return null;
    }
}
