using InitTx.Units.Model;

namespace InitTx.Units.Loading.Sections;

/// <summary>systemd.kill(5), for every type that runs processes.</summary>
internal static class KillSection
{
    private static readonly string[] Modes = ["control-group", "mixed", "process", "none"];

    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        KillSettings k = s.Draft.Kill;
        switch (s.Key)
        {
            case "KillMode":
                int mode = s.Choice(Modes);
                if (mode >= 0)
                    k = k with { Mode = (KillMode)mode };
                if (mode == (int)KillMode.None)
                    s.Warn("KillMode=none leaves processes behind and is deprecated; write mixed "
                        + "or control-group");
                break;
            case "KillSignal":
                k = k with { KillSignal = s.Signal(k.KillSignal) ?? k.KillSignal };
                break;
            case "RestartKillSignal":
                k = k with { RestartKillSignal = s.Signal(k.RestartKillSignal) };
                break;
            case "FinalKillSignal":
                k = k with { FinalKillSignal = s.Signal(k.FinalKillSignal) ?? k.FinalKillSignal };
                break;
            case "WatchdogSignal":
                k = k with { WatchdogSignal = s.Signal(k.WatchdogSignal) ?? k.WatchdogSignal };
                break;
            case "SendSIGKILL":
                k = k with { SendSigkill = s.Boolean(k.SendSigkill) };
                break;
            case "SendSIGHUP":
                k = k with { SendSighup = s.Boolean(k.SendSighup) };
                break;
            default:
                return false;
        }

        s.Draft.Kill = k;
        return true;
    }
}
