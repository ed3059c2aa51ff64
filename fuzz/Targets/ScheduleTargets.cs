using System.Text;
using InitTx.Fuzz.Running;
using InitTx.Units.Install;
using InitTx.Units.Model;
using InitTx.Units.Parsing;
using static InitTx.Fuzz.Running.FuzzTarget;

namespace InitTx.Fuzz.Targets;

/// <summary>Calendar expressions and preset files.</summary>
internal static class ScheduleTargets
{
    private static readonly string[] CalendarWords =
    [
        "Mon", "Mon..Fri", "Sat,Sun", "*-*-*", "*-*-1..7", "2000-02-29", "*-02~01", "*-*~3..1/1",
        "00:00", "*:0/10", "6,18:00", "07..23:30", "12:00:00.5", "UTC", "Europe/Berlin", "daily",
        "weekly", "yearly", "minutely", "/", "..", ",", "~", "*", "9999999999", ":", "-", "1/0",
        "00:00:00/1", "quarterly", "@0",
    ];

    private static readonly string[] PresetWords =
    [
        "enable ", "disable ", "*", "a.service", "t@.service one two", "\n", "#", ";", "[a-", "?",
        "enable\n", "ignore x\n", "\t", "\0", "é.service",
    ];

    public static readonly FuzzTarget Calendar = new("calendar", CheckCalendar, random =>
        Grammar.Line(random, CalendarWords), CalendarWords);

    public static readonly FuzzTarget Preset = new("preset", CheckPreset, random =>
        Grammar.Line(random, PresetWords), PresetWords);

    private static void CheckCalendar(byte[] input)
    {
        string text = Encoding.UTF8.GetString(input);
        if (CalendarParser.Parse(text) is not { } calendar)
            return;
        string plain = calendar.ToString();
        Require(CalendarParser.Parse(plain) is { } again && again.ToString() == plain,
            $"'{plain}' is another expression");
        const long Now = 1_700_000_000_000_000;
        if (CalendarClock.Next(calendar, Now) is { } next)
            Require(next > Now, $"'{plain}' elapses in the past");
    }

    private static void CheckPreset(byte[] input)
    {
        string text = Encoding.UTF8.GetString(input);
        var rules = new PresetRules([("/p", text)],
            static (pattern, name) => InitTx.Protocol.GlobPattern.Matches(pattern, name));
        foreach (Diagnostic finding in rules.Diagnostics)
            Require(finding.Location.Line > 0 && finding.Message.Length > 0, "a fault is nowhere");
        foreach (string name in (string[])["a.service", "t@.service", "t@one.service"])
        {
            PresetAnswer answer = rules.Of(UnitName.Parse(name));
            Require(answer.Enable || answer.Instances.Count == 0, "disabled with instances");
        }
    }
}
