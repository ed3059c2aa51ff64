using InitTx.Units.Model;

namespace InitTx.Units.Loading.Sections;

/// <summary>
/// [X-InitTx]: what systemd has no word for (initx.unit(5)). systemd skips the section, so one file
/// serves both.
/// </summary>
internal static class InitTxSection
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        UnitDefinition unit = s.Draft.Unit;
        switch (s.Key)
        {
            case "Rollback":
                s.Draft.Unit = unit with { Rollback = s.Boolean(unit.Rollback) };
                return true;
            case "UnhonouredSecurity":
                if (s.IsReset)
                    s.Draft.Unit = unit with { RefuseUnhonouredSecurity = null };
                else if (s.Choice(["refuse", "warn"]) is var choice and >= 0)
                    s.Draft.Unit = unit with { RefuseUnhonouredSecurity = choice == 0 };
                return true;
            default:
                return false;
        }
    }
}
