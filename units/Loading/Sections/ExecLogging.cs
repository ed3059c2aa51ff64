using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>Levels and limits of output: systemd.exec(5).</summary>
internal static class ExecLogging
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        LogSettings log = s.Draft.Exec.Log;
        switch (s.Key)
        {
            case "SyslogFacility":
                if (Word(s, SyslogWords.Facility(s.Value), "facility; write for example daemon"))
                    log = log with { Facility = SyslogWords.Facility(s.Value) ?? 3 };
                break;
            case "SyslogLevel":
                if (Word(s, SyslogWords.Level(s.Value), "level; write for example info"))
                    log = log with { Level = SyslogWords.Level(s.Value) ?? 6 };
                break;
            case "LogLevelMax":
                if (Word(s, SyslogWords.Level(s.Value), "level; write for example notice"))
                    log = log with { LevelMax = SyslogWords.Level(s.Value) ?? 7 };
                break;
            case "SyslogLevelPrefix":
                log = log with { LevelPrefix = s.Boolean(log.LevelPrefix) };
                break;
            case "LogRateLimitIntervalSec":
                log = log with { RateIntervalUs = s.IsReset ? -1 : s.Duration(log.RateIntervalUs) };
                break;
            case "LogRateLimitBurst":
                log = log with
                {
                    RateBurst = s.IsReset ? -1 : s.Integer(log.RateBurst, 0, int.MaxValue),
                };
                break;
            default:
                return false;
        }

        s.Draft.Exec = s.Draft.Exec with { Log = log };
        return true;
    }

    // Empty: what holds when nothing is said.
    private static bool Word(in Setting s, int? value, string kind)
    {
        if (value is not null || s.IsReset)
            return true;
        s.Warn($"'{s.Shown}' is no {kind}, ignored");
        return false;
    }
}
