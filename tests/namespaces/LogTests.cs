using System.Globalization;
using System.Text.Json;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>Services' output through the built-in logger, on a Debian system.</summary>
[TestFixture]
public sealed class LogTests
{
    private const int Lines = 100_000;

    private Layer layer = null!;
    private BootedSystem system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        layer = new Layer()
            .Unit(
                "talk.service",
                """
                [Service]
                Type=oneshot
                ExecStartPre=/bin/sh -c 'echo from before'
                ExecStart=/bin/sh -c 'echo plain; echo "<4>a warning" >&2; printf unended'
                """)
            .Unit(
                "count.service",
                $$"""
                [Service]
                LogRateLimitIntervalSec=0
                ExecStart=/bin/sh -c 'i=0; while [ $i -lt {{Lines}} ]; do echo $i; \
                    i=$((i+1)); done; exec sleep infinity'
                """)
            .Unit(
                "flap.service",
                """
                [Service]
                ExecStart=/bin/sh -c 'n=$(cat /run/n 2>/dev/null || echo 0); n=$((n+1)); \
                    echo $n >/run/n; echo run $n speaks; exit $((n < 3 ? 7 : 8))'
                Restart=on-failure
                RestartSec=10ms
                RestartPreventExitStatus=8
                """)
            .Unit(
                "quiet.service",
                """
                [Service]
                Type=oneshot
                StandardOutput=null
                ExecStart=/bin/echo nobody hears this
                """);
        system = BootedSystem.Calm(layer);
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        system?.Dispose();
        layer?.Dispose();
    }

    private List<JsonElement> Logs(params string[] arguments)
    {
        CommandResult result = system.Initx(["--json", "logs", .. arguments]);
        Assert.That(result.Status, Is.Zero, result.ToString);
        return [.. result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string Text(JsonElement line) => line.GetProperty("text").GetString()!;

    private List<JsonElement> Await(string unit, int count)
    {
        List<JsonElement> lines = [];
        Eventually.True(
            () => (lines = Logs(unit)).Count >= count, $"{count} lines of {unit}", system.Evidence);
        return lines;
    }

    [Test]
    public void Each_line_is_kept_with_its_process_role_and_level()
    {
        Assert.That(system.Initx("start", "talk.service").Status, Is.Zero);
        List<JsonElement> lines = Await("talk.service", 4);
        Assert.That(
            lines.Select(l => $"{l.GetProperty("role")} {l.GetProperty("level")} {Text(l)}"),
            Is.EqualTo(new[]
            {
                "start-pre info from before", "main info plain", "main warning a warning",
                "main info unended",
            }));
        Assert.That(lines[0].GetProperty("pid").GetInt32(),
            Is.Not.EqualTo(lines[1].GetProperty("pid").GetInt32()));
    }

    [Test]
    public void No_line_is_lost_to_killed_loggers_a_crash_and_a_re_exec()
    {
        Assert.That(system.Initx("start", "count.service").Status, Is.Zero);
        for (int i = 0; i < 3; i++)
        {
            Thread.Sleep(200);
            system.Shell("for p in /proc/[0-9]*; do grep -qa -- --logger $p/cmdline 2>/dev/null "
                + "&& [ \"$(readlink $p/exe)\" = /usr/lib/initx/initx-exec ] "
                + "&& kill -9 ${p#/proc/}; done; true");
        }

        system.Shell("kill -SEGV 1");
        Assert.That(system.Initx("reexec").Status, Is.Zero);
        List<string> texts = [];
        Eventually.True(
            () =>
            {
                CommandResult result = system.Initx("logs", "count.service", "--bare");
                texts = [.. result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
                return texts.Count > 0 && texts[^1]
                    == (Lines - 1).ToString(CultureInfo.InvariantCulture);
            },
            "the last line is kept", system.Evidence);
        Assert.That(
            texts.Select(t => int.Parse(t, CultureInfo.InvariantCulture)).Distinct().Order(),
            Is.EqualTo(Enumerable.Range(0, Lines)));
    }

    [Test]
    public void The_last_lines_before_a_death_are_told_with_the_run_that_died()
    {
        system.Initx("start", "flap.service");
        Eventually.True(
            () => system.Initx("is-failed", "flap.service").Status == 0
                && Logs("flap.service").Count == 3,
            "the third run gives up", system.Evidence);
        JsonElement why = JsonDocument.Parse(
            system.Initx("--json", "why", "flap.service").Out).RootElement;
        List<string> said = [.. why.GetProperty("chain").EnumerateArray()
            .Where(step => step.GetProperty("lastLog").GetArrayLength() > 0)
            .Select(step => $"{step.GetProperty("exit").GetProperty("code")} "
                + string.Join('|', step.GetProperty("lastLog").EnumerateArray().Select(Text)))];
        Assert.That(
            said,
            Is.EqualTo(new[] { "8 run 3 speaks", "7 run 2 speaks", "7 run 1 speaks" }));
        JsonElement status = JsonDocument.Parse(
            system.Initx("--json", "status", "flap.service").Out).RootElement;
        Assert.That(
            Text(status.GetProperty("lastLog")[2]), Is.EqualTo("run 3 speaks"));
    }

    [Test]
    public void What_a_unit_sends_elsewhere_is_not_kept()
    {
        Assert.That(system.Initx("start", "quiet.service").Status, Is.Zero);
        CommandResult result = system.Initx("logs", "quiet.service");
        Assert.That((result.Status, result.Out), Is.EqualTo((0, "")), result.ToString);
        Assert.That(result.Error, Does.Contain("no such lines of quiet.service"));
    }

    [Test]
    public void A_unit_that_is_not_there_is_no_such_unit() =>
        Assert.That(system.Initx("logs", "nowhere.service").Status, Is.EqualTo(4));
}
