using InitTx.Units.Model;
using InitTx.Units.Parsing;
using static InitTx.Oracle.Tests.Compare.UnitField;

namespace InitTx.Oracle.Tests.Compare;

/// <summary>[Service] and systemd.kill(5).</summary>
internal static class ServiceFields
{
    public static readonly UnitField[] All =
    [
        Plain("Type", u => u.Service is { } s ? Word(s.Type.ToString()) : null),
        Plain("Restart", u => u.Service is { } s ? Word(s.Restart.ToString()) : null),
        Plain("NotifyAccess", u => u.Service is { } s ? Word(s.NotifyAccess.ToString()) : null),
        YesNo("RemainAfterExit", u => u.Service?.RemainAfterExit),
        YesNo("GuessMainPID", u => u.Service?.GuessMainPid),
        Plain("PIDFile", u => u.Service is { } s ? s.PidFile ?? "" : null),
        Plain("BusName", u => u.Service is { } s ? s.BusName ?? "" : null),
        Words("ExecCondition", u => u.Service?.ExecCondition),
        Words("ExecStartPre", u => u.Service?.ExecStartPre ?? u.Socket?.ExecStartPre),
        Words("ExecStart", u => u.Service?.ExecStart),
        Words("ExecStartPost", u => u.Service?.ExecStartPost ?? u.Socket?.ExecStartPost),
        Words("ExecReload", u => u.Service?.ExecReload),
        Words("ExecStop", u => u.Service?.ExecStop),
        Words("ExecStopPre", u => u.Socket?.ExecStopPre),
        Words("ExecStopPost", u => u.Service?.ExecStopPost ?? u.Socket?.ExecStopPost),
        Time("TimeoutStartSec", u => u.Service?.TimeoutStartUs),
        Time("TimeoutStopSec", u => u.Service?.TimeoutStopUs),
        new("TimeoutAbortSec",
            u => u.Service is { } s ? Span(s.TimeoutAbortUs) : null,
            u => DurationParser.TryParse(
                u.One("TimeoutAbortSec") ?? u.One("TimeoutStopSec"), out long us) ? Span(us) : ""),
        Time("RestartSec", u => u.Service?.RestartUs),
        Time("RuntimeMaxSec", u => u.Service?.RuntimeMaxUs),
        Time("WatchdogSec", u => u.Service?.WatchdogUs),
        Plain("KillMode", u => u.Kill is { } k ? Word(k.Mode.ToString()) : null),
        Signal("KillSignal", u => u.Kill?.KillSignal),
        Signal("FinalKillSignal", u => u.Kill?.FinalKillSignal),
        Signal("RestartKillSignal", u => u.Kill is { } k ? k.RestartKillSignal ?? k.KillSignal
            : null),
        YesNo("SendSIGKILL", u => u.Kill?.SendSigkill),
        YesNo("SendSIGHUP", u => u.Kill?.SendSighup),
    ];

    // OnFailure -> on-failure
    public static string Word(string name) => string.Concat(name.Select((c, i) =>
        char.IsUpper(c) && i > 0 ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));

    private static UnitField Signal(string name, Func<UnitDefinition, int?> ours) => new(
        name, u => ours(u) is { } signal ? $"{signal}" : null,
        u => $"{SignalNames.Parse(u.One(name) ?? "")}");
}
