using InitTx.Linux.Logging;
using InitTx.Units.Model;

namespace InitTx.Init.Logging;

/// <summary>What a unit's file says about the output of one of its processes. Pure.</summary>
internal static class OutputFacts
{
    /// <param name="program">Its path; the identifier when the unit names none.</param>
    /// <param name="pid">0 while it is not known.</param>
    public static LogStreamFacts Of(
        UnitDefinition unit, string program, string role, ulong token, int pid)
    {
        LogSettings log = unit.Exec?.Log ?? LogSettings.Standard;
        return new LogStreamFacts
        {
            Token = token,
            Pid = pid,
            Unit = unit.Name.Value,
            Role = role,
            Identifier = unit.Exec?.SyslogIdentifier ?? program[(program.LastIndexOf('/') + 1)..],
            Level = (byte)log.Level,
            Facility = (byte)log.Facility,
            LevelPrefix = log.LevelPrefix,
            LevelMax = (byte)log.LevelMax,
            RateIntervalUs = log.RateIntervalUs,
            RateBurst = log.RateBurst,
        };
    }

    /// <summary>The same for a unit that is no longer loaded.</summary>
    public static LogStreamFacts Bare(
        string unit, string identifier, string role, ulong token, int pid) => new()
        {
            Token = token,
            Pid = pid,
            Unit = unit,
            Role = role,
            Identifier = identifier,
        };
}
