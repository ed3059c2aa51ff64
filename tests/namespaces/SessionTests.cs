using System.Globalization;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// PAMName= under a manager: what becomes of a unit with the session's watcher beside it. Each
/// session leaves a line in /run/marks/UNIT when it is opened, and when it is closed.
/// </summary>
[TestFixture]
public sealed class SessionTests
{
    private const string Opens = "account required pam_permit.so\nsession required pam_permit.so\n";

    // Where the session is closed at once, late, or never.
    private const string Mark = """
        #!/bin/sh
        echo "$PAM_TYPE $PAM_USER $(id -u)" >>/run/marks/$PAM_SERVICE
        test "$PAM_TYPE" = close_session || exit 0
        test "$PAM_SERVICE" != late || while ! test -e /run/marks/go; do sleep 0.05; done
        test "$PAM_SERVICE" != never || exec sleep infinity
        test "$PAM_SERVICE" != mixed || sleep 0.5
        echo over >>/run/marks/$PAM_SERVICE-over
        """;

    private readonly Layer _layer = new();
    private BootedSystem _system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        _layer.WriteFile("/mark", Mark, executable: true).OpenDirectory("/run/marks");
        foreach (string name in (string[])[
            "kept", "late", "never", "killed", "users", "failing", "mixed",
        ])
        {
            _layer.WriteFile(
                $"/etc/pam.d/{name}", Opens + "session optional pam_exec.so seteuid /mark\n"
                + "session required pam_limits.so conf=/limits\n");
        }

        _layer.WriteFile("/limits", "* - nofile 77\n")
            .WriteFile("/etc/pam.d/denied", "account required pam_deny.so\n");
        Unit("kept", "PAMName=kept\nExecStart=/bin/sleep infinity\n");
        Unit("killed", "PAMName=killed\nExecStart=/bin/sleep infinity\n");
        Unit("late", "Type=forking\nPAMName=late\nExecStart=/bin/sh -c 'sleep infinity &'\n");
        Unit("never", "PAMName=never\nTimeoutStopSec=1\nExecStart=/bin/sleep infinity\n");
        Unit("mixed", "PAMName=mixed\nKillMode=mixed\n"
            + "ExecStart=/bin/sh -c 'sleep infinity & exec sleep infinity'\n");
        Unit("failing", "Type=oneshot\nPAMName=failing\nReadOnlyPaths=/no/such\n"
            + "ExecStart=/bin/true\n");
        Unit("denied", "Type=oneshot\nPAMName=denied\nExecStart=/bin/touch /run/marks/ran\n");
        Unit("users", "Type=oneshot\nPAMName=users\nPrivateUsers=yes\nLimitNOFILE=100\nUMask=077\n"
            + "StandardOutput=truncate:/run/marks/seen\n"
            + "ExecStart=/bin/sh -c 'ulimit -n; umask; id -u; wc -l </proc/self/uid_map'\n");
        _system = BootedSystem.Calm(_layer);
        _system.Shell("mkdir -p /run/marks; chmod 1777 /run/marks");
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        _system?.Dispose();
        _layer.Dispose();
    }

    [Test]
    public void A_stop_closes_the_session_behind_the_main_process()
    {
        Start("kept");
        int main = Main("kept");
        Assert.That(_system.Shell($"cat /proc/{main}/comm").Out.Trim(), Is.EqualTo("sleep"));
        Assert.That(Marks("kept"), Is.EqualTo("open_session daemon 0"));
        if (_system.Cgroup != "-")
        {
            string beside = _system.Shell(
                $"for p in $(cat $(find /sys/fs/cgroup -path '*/kept.service/cgroup.procs' | "
                + "head -1)); do echo $(cat /proc/$p/comm) $(stat -c %u /proc/$p); done "
                + "| sort").Out;
            Assert.That(beside.Trim(), Is.EqualTo("(initx-pam) 0\nsleep 1"));
        }

        Assert.That(_system.Initx("stop", "kept").Status, Is.Zero, _system.Evidence());
        Assert.That(Marks("kept"), Is.EqualTo("open_session daemon 0\nclose_session daemon 0"));
        Assert.That(State("kept"), Is.EqualTo("inactive"));
    }

    [Test]
    public void The_end_of_the_main_process_closes_it_and_ends_the_unit()
    {
        Start("killed");
        _system.Shell($"kill -KILL {Main("killed")}");
        Eventually.True(() => State("killed") == "failed", "it has failed", _system.Evidence);
        Eventually.True(
            () => Marks("killed").EndsWith("close_session daemon 0", StringComparison.Ordinal),
            "the session is closed", _system.Evidence);
    }

    [Test]
    public void A_watcher_that_still_closes_is_not_taken_for_the_main_process()
    {
        Start("late");
        string main = $"/proc/{Main("late")}";
        Eventually.True(
            () => _system.Shell($"cat {main}/comm").Out.Trim() == "sleep", "it is the daemon",
            () => $"{main}\n{_system.Shell("ps ax -o pid,ppid,sid,args").Out}\n"
                + $"{_system.Initx("history", "late").Out}\n{_system.Evidence()}");
        _system.Shell("touch /run/marks/go");
        Assert.That(_system.Initx("stop", "late").Status, Is.Zero, _system.Evidence());
    }

    [Test]
    public void A_module_that_never_comes_back_is_killed_with_the_unit()
    {
        Start("never");
        Assert.That(_system.Initx("stop", "never").Status, Is.Zero, _system.Evidence());
        Assert.That(Marks("never"), Does.EndWith("close_session daemon 0"));
        Assert.That(_system.Shell("pgrep -f '^.initx-pam'").Out.Trim(), Is.Empty);
    }

    [Test]
    public void KillMode_mixed_kills_what_is_left_and_not_what_closes_the_session()
    {
        Start("mixed");
        Assert.That(_system.Initx("stop", "mixed").Status, Is.Zero, _system.Evidence());
        Assert.That(Marks("mixed-over"), Is.EqualTo("over"), _system.Evidence());
        Assert.That(State("mixed"), Is.EqualTo("inactive"));
    }

    [Test]
    public void A_refusal_is_status_224_and_says_which_call()
    {
        Assert.That(_system.Initx("start", "denied").Status, Is.Not.Zero, _system.Evidence());
        Assert.That(
            _system.Initx("show", "-p", "ExecMainStatus", "--value", "denied").Out.Trim(),
            Is.EqualTo("224"));
        Assert.That(
            _system.Initx("history", "denied").Out, Does.Contain("PAMName: denied: pam_acct_mgmt"));
        Assert.That(_system.Shell("test -e /run/marks/ran").Status, Is.Not.Zero);
    }

    [Test]
    public void A_step_that_fails_behind_it_closes_it()
    {
        Assert.That(_system.Initx("start", "failing").Status, Is.Not.Zero);
        Eventually.True(
            () => Marks("failing").EndsWith("close_session daemon 0", StringComparison.Ordinal),
            "the session is closed", _system.Evidence);
    }

    [Test]
    public void What_a_module_has_set_holds_in_a_user_namespace_as_well()
    {
        Start("users");
        Assert.That(
            _system.Shell("cat /run/marks/seen").Out.Trim(), Is.EqualTo("77\n0077\n1\n2"),
            _system.Evidence());
    }

    private void Unit(string name, string settings) =>
        _layer.Unit($"{name}.service", $"[Service]\nType=exec\nUser=daemon\n{settings}");

    private void Start(string unit) =>
        Assert.That(_system.Initx("start", unit).Status, Is.Zero, _system.Evidence());

    private string Marks(string unit) => _system.Shell($"cat /run/marks/{unit}").Out.Trim();

    private string State(string unit) => _system.Initx("is-active", unit).Out.Trim();

    private int Main(string unit) => int.Parse(
        _system.Initx("show", "-p", "MainPID", "--value", unit).Out.Trim(),
        CultureInfo.InvariantCulture);
}
