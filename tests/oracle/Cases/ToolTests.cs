using System.Globalization;
using System.Text;
using InitTx.Oracle.Tests.Compare;
using InitTx.Oracle.Tests.Judge;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Oracle.Tests.Cases;

/// <summary>
/// Single values against systemd's own programs: names, time spans, calendar events, statuses.
/// What is drawn at random is replayed by the seed in the message.
/// </summary>
public sealed class ToolTests
{
    private static readonly int Seed = SystemdRoot.Setting("INITX_SEED", 1);
    private static readonly int Cases = Corpus.IsNightly ? 5000 : 300;

    private static readonly string[] Strings =
    [
        "a", "a-b", "/a/b", "a b", ".a", "a.b", "é", "a\\b", "@x", "-", "a/-b", "_:x", "..",
        "\u0001", "a//b", "über/straße", "x\\x2dy", "%i",
    ];

    private static readonly string[] Paths =
        ["/", "/a", "/a/b-c", "//a//b/", "/a/./b", "/.x", "/é", "/a b/c\\d", "/../x", "/a/.b/"];

    [Test]
    public void Escaping_is_what_systemd_escape_does()
    {
        Same("systemd-escape --", Strings, static s => UnitNameEscaper.Escape(s));
        Same("systemd-escape -p --", Paths, static p => UnitNameEscaper.EscapePath(p));
        string[] back = [.. Strings.Select(UnitNameEscaper.Escape).OfType<string>()];
        Same("systemd-escape -u --", back, static s => UnitNameEscaper.Unescape(s));
        string[] paths = [.. Paths.Select(UnitNameEscaper.EscapePath).OfType<string>()];
        Same("systemd-escape -u -p --", paths, static s => UnitNameEscaper.UnescapePath(s));
    }

    [Test]
    public void Time_spans_are_what_systemd_analyze_says()
    {
        var random = new Random(Seed);
        string[] texts =
        [
            "1", "1.5", "5min 20s", "1h30m", "infinity", "0", "3 parsecs", "1y 2M 3w 4d", "5us",
            "5 µs", "+5", "5 5", ".5", "5.", "12.34 .56", "12.34.56", "1month", "1mon", "2hr",
            "1d 1h 1min 1s 1ms 1us", "00005", "1e3", "0x10", "1.999999999s", "7 days",
            .. Enumerable.Range(0, Cases).Select(_ => RandomValues.Span(random)),
        ];
        List<(int Status, string Text)> answers = Tools.Ask("systemd-analyze timespan --", texts);
        var differences = new StringBuilder();
        for (int i = 0; i < texts.Length; i++)
        {
            string? theirs = answers[i].Text.Split('\n').Select(l => l.Trim().Split(": "))
                .FirstOrDefault(p => p is ["μs", _])?[1];
            string? ours = DurationParser.TryParse(texts[i], out long us)
                ? us == ServiceSettings.Infinity ? "infinity" : $"{us}" : null;
            // We count in 63 bits, which is 292,271 years; systemd has twice as many.
            if (ours is null && ulong.TryParse(theirs, out ulong wide) && wide > long.MaxValue)
                theirs = null;
            if (ours != theirs && !(ours == "infinity" && answers[i].Text.Contains("infinity")))
                differences.AppendLine($"'{texts[i]}': ours {ours}, systemd's {theirs}");
        }

        Report("time spans", texts.Length, differences);
    }

    [Test]
    public void Calendar_events_are_read_and_elapse_as_systemd_analyze_says()
    {
        const int Elapses = 4;
        var random = new Random(Seed);
        string[] texts =
        [
            "daily", "WEEKLY", "monthly", "minutely", "hourly", "yearly", "quarterly",
            "semiannually", "anually", "*-*-* 6:00", "*-*-* 6,18:00", "*-*-* 07..23:30",
            "*-*-* 00,12:00:00", "Sun *-*-* 03:10:00", "Sun *-*-1..7 1:00:00", "*-*-* *:00:00",
            "1:05:00", "*:00/10", "*-*-1 06:52:00", "Mon,Fri *-01/2-01,03 *:30:45", "@1700000000",
            "Thu,Fri 2012-*-1,5 11:12:13", "Mon-Fri 20:00", "*-*~1", "*-02~03 12:00",
            "Mon *-05~07/1", "2003-03-05 05:40", "03-05", "05:40:23.4200004", "Sat,Sun 08..10:00",
            "*:*:0/0.5", "Wed-Sat,Tue 12-10-15 1:2:3", "*-2-29 0:0:0", "", "*", "Mon", "Fri..Mon",
            "12:61", "32-13-40", "*-*-* 24:00", "0:0:60", "Mon..", "*/5:0", "1..2..3:00",
            "*-*-*  5:00", "5:00 UTC", "5:00 utc", "*-*-* 5:00 Europe/Berlin UTC", "mon,", "@x",
            "70-1-1", "2020..2030/3-1-1", "*-*-31..1", "*-*-* 0/7:0/13:0/17", "9999-1-1",
            "*-*-31,1 3/13:36", "*-06,09-30", "Sunday *-*-* 0:0", "Sund *-*-*", "*:5..0:0",
            "*-1..12/4-*", "*~1",
            .. Enumerable.Range(0, Cases).Select(_ => RandomValues.Calendar(random)),
        ];
        List<(int Status, string Text)> answers = Tools.Ask(
            $"systemd-analyze calendar --iterations={Elapses} --base-time=@1704880800 --", texts);
        var differences = new StringBuilder();
        AcceptedList accepted = AcceptedList.Read("calendar");
        int explained = 0;
        for (int i = 0; i < texts.Length; i++)
        {
            string theirs = answers[i].Status == 0 ? Answer(answers[i].Text) : "(invalid)";
            string ours = Calendar(texts[i], 1_704_880_800_000_000, Elapses);
            string field = ours.Split(';')[0] == theirs.Split(';')[0] ? "elapse" : "form";
            if (ours == theirs)
                continue;
            if (accepted.Explains(texts[i], field, ours, theirs))
                explained++;
            else
                differences.AppendLine($"'{texts[i]}':\n  ours    {ours}\n  systemd {theirs}");
        }

        Report("calendar events", texts.Length, differences, explained);
        Assert.That(accepted.Stale(), Is.Empty, "entries of accepted.txt that explain nothing");
        Assert.That(explained * 100, Is.LessThanOrEqualTo(texts.Length), "more than 1 % accepted");
    }

    [Test]
    public void Exit_statuses_have_the_names_that_systemd_gives_them()
    {
        using var work = new WorkDirectory();
        Said said = SystemdRoot.Run(work.Path, ["systemd-analyze", "exit-status", "--no-pager"]);
        var differences = new StringBuilder();
        int count = 0;
        foreach (string line in said.Output.Split('\n').Skip(1))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                is not [var name, var code, ..])
                continue;
            count++;
            string ours = $"{ExitStatusParser.Parse(name)} "
                + $"{ExitStatusParser.Name(int.Parse(code, CultureInfo.InvariantCulture))}";
            if (ours != $"{code} {name}")
                differences.AppendLine($"{line}: ours {ours}");
        }

        Report("exit statuses", count, differences);
    }

    private static string Calendar(string text, long us, int elapses)
    {
        if (CalendarParser.Parse(text) is not { } calendar)
            return "(invalid)";
        var answer = new StringBuilder(calendar.ToString());
        for (int i = 0; i < elapses; i++)
        {
            if (CalendarClock.Next(calendar, us) is not { } next)
            {
                if (i == 0)
                    answer.Append("; never");
                break;
            }

            us = next;
            answer.Append("; ").Append(DateTime.UnixEpoch.AddTicks(us * 10).ToString(
                "ddd yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        }

        return answer.ToString();
    }

    private static string Answer(string text)
    {
        List<string> parts = [];
        foreach (string line in text.Split('\n'))
        {
            int at = line.IndexOf(": ", StringComparison.Ordinal);
            if (at < 0)
                continue;
            string key = line[..at].Trim(), value = line[(at + 2)..];
            if (key == "Normalized form")
                parts.Add(value);
            else if (key == "Next elapse" || key.StartsWith("Iter", StringComparison.Ordinal)
                || key.StartsWith("Iteration", StringComparison.Ordinal))
                parts.Add(value.EndsWith(" UTC", StringComparison.Ordinal) ? value[..^4] : value);
        }

        return string.Join("; ", parts);
    }

    private static void Same(string tool, string[] questions, Func<string, string?> ours)
    {
        List<(int Status, string Text)> answers = Tools.Ask(tool, questions);
        var differences = new StringBuilder();
        for (int i = 0; i < questions.Length; i++)
        {
            string? theirs = answers[i].Status == 0 ? answers[i].Text : null;
            if (ours(questions[i]) != theirs)
                differences.AppendLine($"{tool} '{questions[i]}': ours {ours(questions[i])}, "
                    + $"systemd's {theirs}");
        }

        Report(tool, questions.Length, differences);
    }

    private static void Report(
        string what, int count, StringBuilder differences, int explained = 0)
    {
        TestContext.Progress.WriteLine($"figure: oracle {what}: {count} values compared; "
            + $"{explained} differ by the list");
        Assert.That(count, Is.Positive);
        Assert.That(differences.ToString(), Is.Empty, $"INITX_SEED={Seed}");
    }
}
