using InitTx.Cli.Tests.Support;

namespace InitTx.Cli.Tests;

/// <summary>
/// Called as systemctl: the calls that packages' scripts make, with systemctl's status.
/// </summary>
public sealed class SystemctlTests : ManagerFixture
{
    [Test]
    public void The_version_line_is_one_that_scripts_can_parse()
    {
        CliRun run = RunAs("/usr/bin/systemctl", "--version");
        Assert.That(run.Lines[0], Does.Match(@"^systemd \d{3} \("));
    }

    [TestCase("start", "web")]
    [TestCase("restart", "web.service")]
    [TestCase("--no-block", "start", "web")]
    [TestCase("--system", "--quiet", "reload-or-restart", "web")]
    [TestCase("--no-ask-password", "daemon-reload")]
    [TestCase("try-restart", "db")]
    [TestCase("reset-failed")]
    [TestCase("list-units", "web*", "--no-legend", "--quiet")]
    public void What_scripts_call_is_done(params string[] args)
    {
        CliRun run = RunAs("systemctl", args);
        Assert.That(run.Code, Is.Zero, run.Error);
    }

    [TestCase(5, "start", "nothing-like-it")]
    [TestCase(5, "reload", "nothing-like-it")]
    [TestCase(1, "start", "loop-a")]
    [TestCase(3, "is-active", "--quiet", "--", "web")]
    [TestCase(1, "is-failed", "web")]
    [TestCase(1, "edit", "web")]
    [TestCase(1, "--frobnicate", "start", "web")]
    [TestCase(1, "is-enabled", "web")]
    public void The_status_is_systemctls(int code, params string[] args) =>
        Assert.That(RunAs("systemctl", args).Code, Is.EqualTo(code));

    [Test]
    public void A_reload_that_a_unit_does_not_have_is_not_implemented()
    {
        RunAs("systemctl", "start", "lone");
        Assert.That(RunAs("systemctl", "reload", "lone").Code, Is.EqualTo(3));
    }

    [Test]
    public void Signals_may_stand_before_the_verb()
    {
        RunAs("systemctl", "start", "lone");
        Assert.That(RunAs("systemctl", "--signal=KILL", "kill", "lone").Code, Is.Zero);
        Assert.That(RunAs("systemctl", "is-failed", "lone").Code, Is.Zero);
    }

    [TestCase("poweroff")]
    [TestCase("reboot")]
    [TestCase("halt")]
    public void The_names_of_power_become_requests(string name)
    {
        CliRun run = CliRun.Of([], calledAs: "/sbin/" + name);
        Assert.That(run.Error, Does.StartWith($"{name}: the manager is not reachable"));
        Assert.That(CliRun.Of(["--force"], calledAs: name).Code, Is.EqualTo(2));
    }

    [Test]
    public void Shutdown_takes_now_and_refuses_what_needs_a_clock()
    {
        Assert.That(
            CliRun.Of(["-r", "+5"], calledAs: "shutdown").Error, Does.Contain("not built yet"));
        Assert.That(
            CliRun.Of(["-r", "now"], calledAs: "shutdown").Error, Does.Contain("not reachable"));
    }
}
