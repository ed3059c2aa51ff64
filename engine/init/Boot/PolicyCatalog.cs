using InitTx.Units.Graph;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Init.Boot;

/// <summary>
/// <c>UnhonouredSecurity=refuse</c>: closes a unit whose sandbox this version would not apply
/// (DESIGN §10); the unit's own [X-InitTx] comes before initx.conf. A refused unit is bad-setting
/// and says which line it is and how to allow it.
/// </summary>
internal sealed class PolicyCatalog(IUnitCatalog files, ManagerConfig config) : IUnitCatalog
{
    /// <inheritdoc/>
    public UnitDefinition Load(UnitName name)
    {
        UnitDefinition unit = files.Load(name);
        if (!(unit.RefuseUnhonouredSecurity ?? config.RefuseUnhonouredSecurity)
            || unit.LoadState != UnitLoadState.Loaded || FirstSecurity(unit) is not { } found)
        {
            return unit;
        }

        return unit with
        {
            LoadState = UnitLoadState.BadSetting,
            LoadError = $"{found.Source}: {found.Key}= is not applied by this version "
                + $"({found.Reason}); UnhonouredSecurity=warn, in [X-InitTx] of the unit or in "
                + "initx.conf, starts it without",
        };
    }

    /// <inheritdoc/>
    public void Forget(UnitName name) => files.Forget(name);

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
