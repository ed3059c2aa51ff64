using InitTx.Linux.Prepare;
using InitTx.Units.Model;

namespace InitTx.Exec.Timers;

/// <summary>Stamp file and time zones of a timer; what cannot be read is named.</summary>
internal static class TimerReader
{
    public static PrepareAnswer.Timer Read(PrepareQuestion.ReadTimer question)
    {
        var problems = new List<string>();
        long stamp = 0;
        if (question.Stamp is { } path)
        {
            (stamp, string? problem) = StampFile.Read(path);
            if (problem is not null)
                problems.Add($"{path}: {problem}; it counts as never run");
        }

        var zones = new List<KeyValuePair<string, TimeZoneTable>>();
        foreach (string name in question.Zones)
        {
            if (ZoneReader.Read(name) is { } zone)
                zones.Add(new(name, zone));
            else
                problems.Add($"no time zone '{name}' here; it counts as UTC");
        }

        return new PrepareAnswer.Timer(
            question.Token, problems.Count == 0 ? null : string.Join("; ", problems), stamp, zones);
    }
}
