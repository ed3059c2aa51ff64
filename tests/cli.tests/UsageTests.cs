using System.Text.Json;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Tests.Support;

namespace InitTx.Cli.Tests;

/// <summary>The command line itself: help, mistakes, words, colour.</summary>
public sealed class UsageTests
{
    [Test]
    public void The_help_is_as_recorded() => Golden.Check("help.txt", CliRun.Of(["--help"]).Out);

    [TestCase("start")]
    [TestCase("status")]
    [TestCase("list")]
    [TestCase("history")]
    [TestCase("plan")]
    [TestCase("kill")]
    public void The_help_of_a_verb_is_as_recorded(string verb)
    {
        CliRun run = CliRun.Of([verb, "--help"]);
        Assert.That(run.Code, Is.Zero);
        Golden.Check($"help-{verb}.txt", run.Out);
        Assert.That(CliRun.Of(["help", verb]).Out, Is.EqualTo(run.Out));
    }

    [Test]
    public void The_completion_script_is_as_recorded() =>
        Golden.Check("completion.bash", CliRun.Of(["completion", "bash"]).Out);

    [TestCase(new[] { "--colour" }, "--colour")]
    [TestCase(new[] { "--color=pink", "list" }, "--color")]
    [TestCase(new[] { "--socket" }, "--socket")]
    [TestCase(new[] { "strat", "x" }, "start")]
    [TestCase(new[] { "start" }, "start --help")]
    [TestCase(new[] { "start", "--timeot=3", "x" }, "--timeot")]
    [TestCase(new[] { "start", "a b" }, "a b")]
    [TestCase(new[] { "start", "x", "--timeout=never" }, "never")]
    [TestCase(new[] { "start", "x", "--job-mode=ask" }, "--job-mode")]
    [TestCase(new[] { "kill", "x", "-s", "SIGFOO" }, "SIGFOO")]
    [TestCase(new[] { "history", "--since", "soon" }, "soon")]
    [TestCase(new[] { "history", "-n", "0" }, "-n")]
    [TestCase(new[] { "tx", "twelve" }, "twelve")]
    [TestCase(new[] { "plan", "kill", "x" }, "kill")]
    [TestCase(new[] { "undo", "one" }, "'one' is no transaction's number")]
    [TestCase(new[] { "start", "x", "--settle=soon" }, "'soon' is no time")]
    public void A_mistake_exits_2_and_names_what_is_wrong(string[] args, string named)
    {
        CliRun run = CliRun.Of(args);
        Assert.That(run.Code, Is.EqualTo(2), run.Error);
        Assert.That(run.Error, Does.Contain(named));
        Assert.That(run.Out, Is.Empty);
    }

    [Test]
    public void Every_verb_of_the_contract_is_built_or_refused_as_planned()
    {
        string[] contract =
        [
            "start", "stop", "restart", "try-restart", "reload", "reload-or-restart", "isolate",
            "reset-failed", "kill", "plan", "apply", "undo", "tx", "jobs", "status", "list", "show",
            "cat", "tree", "is-active", "is-failed", "is-enabled", "is-system-running",
            "list-unit-files", "list-sockets", "list-timers", "enable", "disable", "mask", "unmask",
            "preset", "preset-all", "daemon-reload", "edit", "diff", "lint", "history", "why",
            "blame", "plot", "boots", "diff-boots", "stats", "logs", "reexec", "check-image",
            "poweroff", "reboot", "halt", "kexec",
        ];
        foreach (string verb in contract)
        {
            VerbEntry? entry = VerbTable.Find(verb);
            Assert.That(entry, Is.Not.Null, verb);
            if (!entry!.IsBuilt)
                Assert.That(CliRun.Of([verb, "x"]).Code, Is.EqualTo(2), verb);
        }
    }

    [Test]
    public void A_manager_that_is_away_exits_6_and_says_which_socket()
    {
        foreach (string[] args in new string[][]
        {
            ["status"], ["list"], ["start", "x"], ["history"], ["plan", "start", "x"], ["why", "x"],
        })
        {
            CliRun run = CliRun.Of(args);
            Assert.That(run.Code, Is.EqualTo(6), string.Join(' ', args));
            Assert.That(run.Error, Does.Contain("/nonexistent/initx/control"));
        }

        Assert.That(CliRun.Of(["is-system-running"]), Is.EqualTo(new CliRun(1, "offline\n", "")));
    }

    [Test]
    public void With_json_a_failure_is_an_object_on_the_output()
    {
        CliRun run = CliRun.Of(["--json", "status"]);
        JsonElement error = JsonDocument.Parse(run.Out).RootElement;
        Assert.That(error.GetProperty("code").GetInt32(), Is.EqualTo(6));
        Assert.That(error.GetProperty("error").GetString(), Is.Not.Empty);
    }

    [TestCase(false, null, "auto", false)]
    [TestCase(true, null, "auto", true)]
    [TestCase(true, "1", "auto", false)]
    [TestCase(true, null, "never", false)]
    [TestCase(false, null, "always", true)]
    [TestCase(true, "1", "always", true)]
    public void Colour_is_for_terminals_unless_said_otherwise(
        bool terminal, string? noColor, string option, bool colored)
    {
        var environment = new Dictionary<string, string> { ["TERM"] = "xterm" };
        if (noColor is not null)
            environment["NO_COLOR"] = noColor;
        CliRun run = CliRun.Of(
            ["--color", option, "--help"], terminal: terminal, environment: environment);
        Assert.That(run.Out.Contains('\e'), Is.EqualTo(colored));
    }

    [TestCase("30", 30_000_000)]
    [TestCase("1min 20s", 80_000_000)]
    [TestCase("1.5h", 5_400_000_000)]
    [TestCase("500ms", 500_000)]
    [TestCase(" 2 days ", 172_800_000_000)]
    public void Spans_of_time_are_read_as_systemd_reads_them(string text, long us)
    {
        Assert.That(Durations.TryParse(text, out long got));
        Assert.That(got, Is.EqualTo(us));
    }

    [TestCase("")]
    [TestCase("s")]
    [TestCase("5 fortnights")]
    [TestCase("-5s")]
    [TestCase("1e9")]
    [TestCase("99999999999999999999")]
    public void What_is_no_span_is_refused(string text) =>
        Assert.That(Durations.TryParse(text, out _), Is.False);

    [TestCase("2026-05-01T12:00:00Z", "2026-05-01T12:00:00Z")]
    [TestCase("2026-05-01T12:00:00.5+02:00", "2026-05-01T10:00:00.5Z")]
    [TestCase("today", "2026-05-02T00:00:00Z")]
    [TestCase("yesterday", "2026-05-01T00:00:00Z")]
    [TestCase("14:05", "2026-05-02T14:05:00Z")]
    [TestCase("-2h", "2026-05-02T08:30:00Z")]
    [TestCase("2 days ago", "2026-04-30T10:30:00Z")]
    [TestCase("2026-04-01", "2026-04-01T00:00:00Z")]
    [TestCase("2026-04-01 07:08", "2026-04-01T07:08:00Z")]
    public void Points_in_time_are_read_as_the_contract_lists_them(string text, string expected)
    {
        DateTimeOffset now = DateTimeOffset.Parse(
            "2026-05-02T10:30:00Z", System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(TimeWords.TryParse(text, now, TimeZoneInfo.Utc, out DateTimeOffset time));
        Assert.That(time, Is.EqualTo(DateTimeOffset.Parse(
            expected, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [TestCase("nginx", "nginx.service")]
    [TestCase("a.b", "a.b.service")]
    [TestCase("x.target", "x.target")]
    [TestCase("/home/me", "home-me.mount")]
    [TestCase("/", "-.mount")]
    [TestCase("/dev/disk/by-id/x y", "dev-disk-by\\x2did-x\\x20y.device")]
    [TestCase("getty@tty1", "getty@tty1.service")]
    public void Names_are_completed_as_systemctl_does(string typed, string name)
    {
        Assert.That(UnitArguments.TryComplete(typed, out string full));
        Assert.That(full, Is.EqualTo(name));
    }

    [TestCase("HUP", 1)]
    [TestCase("sigterm", 15)]
    [TestCase("9", 9)]
    [TestCase("RTMIN+3", 37)]
    [TestCase("SIGRTMIN", 34)]
    public void Signals_have_names_and_numbers(string text, int number)
    {
        Assert.That(SignalWords.TryParse(text, out int signal));
        Assert.That(signal, Is.EqualTo(number));
    }

    [Test]
    public void Text_of_others_cannot_reach_the_terminal_as_a_command()
    {
        Assert.That(Rendering.SafeText.Clean("a\e[2Jb\u202Ec\td"), Is.EqualTo("a�[2Jb�c\td"));
    }
}
