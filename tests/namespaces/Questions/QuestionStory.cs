using System.Globalization;
using System.Text.RegularExpressions;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Questions;

/// <summary>
/// Two boots of a Debian root in which everything happens that the questions are about. The second
/// boot has the archive of the first. Small services with plain times make the answers the same
/// each time, but for times, numbers and pids.
/// </summary>
internal sealed partial class QuestionStory : IDisposable
{
    private const string Loose = "[Unit]\nDefaultDependencies=no\nStartLimitIntervalSec=0\n";
    private const string Stays = "[Service]\nType=exec\nExecStart=/bin/sleep infinity\n";

    private readonly Layer _layer = new();
    private readonly string _state = Directory.CreateTempSubdirectory("inittx-state.").FullName;
    private readonly Dictionary<string, string> _values = [];
    private BootedSystem? _system;

    public QuestionStory()
    {
        // The archive has a uid of its own.
        File.SetUnixFileMode(_state, (UnixFileMode)0b111_101_101);
        Units();
    }

    /// <summary>What there is to be asked now.</summary>
    public BootedSystem System => _system!;

    /// <summary>A command with the story's numbers in it.</summary>
    public string Fill(string command) =>
        Name().Replace(command, match => _values[match.Groups[1].Value]);

    /// <summary>Boots, and lets everything happen up to the reboot.</summary>
    public void FirstBoot()
    {
        _system = Boot();
        AwaitUp("nginx");
        Expect(0, "initx restart worker --reason='a first time'");
        Expect(0, "kill -9 $(initx show -p MainPID --value worker)");
        Eventually.True(
            () => System.Initx("show", "-p", "NRestarts", "--value", "worker").Out.Trim() == "1"
                && System.Initx("is-active", "worker").Status == 0,
            "worker is restarted", System.Evidence);
        Expect(0, "initx start reports");
        _values["reportsPid"] = Word("initx show -p MainPID --value reports");
        _values["reportsUp"] = Word("date -u +%Y-%m-%dT%H:%M:%S.%6NZ");
        Expect(0, "initx stop reports");
        Expect(1, "initx start reports importer");
        Expect(4, "initx start nosuch");
        Expect(0, "initx start flaky");
        Eventually.True(
            () => System.Initx("history", "flaky", "--failed").Out.Contains(
                "StartLimitBurst=", StringComparison.Ordinal),
            "the start limit is hit", System.Evidence);
        Expect(0, "printf '[Service]\\nNice=5\\n' | initx edit --stdin worker");
        Expect(0, "printf 'RestartSec=1s\\n' >>/etc/initx/system/worker.service");
        Expect(0, "kill -SEGV 1; sleep 1; initx status");
        Expect(0, "initx reexec");
        Expect(0, "perl -MIO::Socket::UNIX -e "
            + "'IO::Socket::UNIX->new(Peer => \"/run/echo.sock\") or die $!'");
        Eventually.True(
            () => System.Initx("is-active", "echo.service").Status == 0,
            "the connection starts its service", System.Evidence);
        Expect(0, "script -qec 'initx stop db --reason=\"new disk\"' /dev/null </dev/null");
        Expect(0, "initx start frontend --no-block");
        _values["packageTx"] = PackageUpgrade();
        AwaitArchive();
    }

    /// <summary>Powers off and boots again, with what is on disk.</summary>
    public void SecondBoot()
    {
        System.Initx("poweroff");
        Assert.That(System.AwaitEnd(), Is.EqualTo(BootedSystem.StatusPowerOff), System.Evidence);
        System.Dispose();
        Unit("storage", "", "[Service]\nType=oneshot\nRemainAfterExit=yes\n"
            + "ExecStart=/bin/sleep 4\n");
        _system = Boot();
        AwaitUp("nginx");
        AwaitArchive();
        LoseRows();
        AwaitArchive();
    }

    public void Dispose()
    {
        _system?.Dispose();
        _layer.Dispose();
        HostCommand.Run(["rm", "-rf", _state]);
    }

    // Rows that nobody has taken yet are lost with their file, which is looked at now and then.
    private void LoseRows()
    {
        Expect(0, "kill -STOP $(pidof initx-archive); rm /run/initx/journal/live.db*");
        Expect(0, "for i in $(seq 40); do initx start -q reports && initx stop -q reports || exit; "
            + "done");
        Eventually.True(
            () => System.Initx("history", "--gaps", "--json", "--since=-1h").Out.Length > 0,
            "the loss is noticed", System.Evidence);
        Expect(0, "kill -CONT $(pidof initx-archive)");
    }

    private BootedSystem Boot() =>
        BootedSystem.Calm(_layer, keep: $"{_state}:/var/lib/initx", "--crash-tests");

    // The boot goal only wants it: it is reached while this one still starts.
    private void AwaitUp(string unit) => Eventually.True(
        () => System.Initx("is-active", unit).Status == 0, $"{unit} is up", System.Evidence);

    private void AwaitArchive() => Eventually.True(
        () => System.Initx("status", "--json").Out.Contains(
            "\"archive\":\"up to date\"", StringComparison.Ordinal),
        "the archive is up to date", System.Evidence);

    private string Word(string line)
    {
        CommandResult result = System.Shell(line);
        Assert.That(result.Status, Is.Zero, () => $"{line}\n{result}");
        return result.Out.Trim();
    }

    private string PackageUpgrade()
    {
        Expect(0, "DPKG_MAINTSCRIPT_PACKAGE=nginx DPKG_MAINTSCRIPT_NAME=postinst "
            + "initx restart api");
        CommandResult last = System.Shell(
            "initx tx --json | grep 'for package nginx' | sed 's/.*\"id\":\\([0-9]*\\).*/\\1/'");
        bool isId = long.TryParse(last.Out.Trim(), CultureInfo.InvariantCulture, out long id);
        Assert.That(isId, last.ToString);
        return id.ToString(CultureInfo.InvariantCulture);
    }

    private void Expect(int status, string line)
    {
        CommandResult result = System.Shell(line);
        Assert.That(result.Status, Is.EqualTo(status), () => $"{line}\n{result}");
    }

    private void Units()
    {
        Unit("storage", "",
            "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 0.6\n");
        Unit("db", "Requires=storage.service\nAfter=storage.service\n",
            "[Service]\nType=exec\nExecStartPre=/bin/sleep 0.3\nExecStart=/bin/sleep infinity\n");
        Wanted("cache", "", Stays);
        Wanted("api", "Requires=cache.service\nAfter=cache.service\n", Stays);
        Wanted("worker", "", Stays + "Restart=on-failure\nRestartSec=100ms\n");
        Wanted("stubborn", "",
            "[Service]\nExecStart=/bin/sh -c 'trap \"\" TERM; while :; do sleep 1; done'\n"
                + "TimeoutStopSec=2s\n");
        _layer.WriteFile(
            "/etc/initx/system/nginx.service.d/story.conf",
            "[Unit]\nDefaultDependencies=no\nRequires=db.service\nAfter=db.service\n");
        Link("nginx.service", "/usr/lib/systemd/system/nginx.service");
        _layer.Unit("echo.socket",
            "[Unit]\nDefaultDependencies=no\n[Socket]\nListenStream=/run/echo.sock\n",
            "calm.target");
        Unit("echo", "", "[Service]\nExecStart=/bin/sleep infinity\n");
        Unit("reports", "", Stays);
        Unit("importer", "Requires=reports.service\nAfter=reports.service\n",
            "[Service]\nType=oneshot\nExecStart=/bin/false\n");
        _layer.Unit("flaky.service",
            "[Unit]\nDefaultDependencies=no\nStartLimitIntervalSec=1h\nStartLimitBurst=2\n"
                + "[Service]\nType=exec\nExecStart=/bin/false\nRestart=on-failure\n"
                + "RestartSec=50ms\n");
        Unit("slow", "",
            "[Service]\nType=oneshot\nTimeoutStartSec=110s\nExecStart=/bin/sleep 300\n");
        Unit("frontend", "Requires=slow.service\nAfter=slow.service\n", Stays);
        Unit("hardened", "",
            Stays + "RestrictFileSystems=ext4\n[X-InitTx]\nUnhonouredSecurity=warn\n");
    }

    private void Wanted(string name, string unit, string service)
    {
        Unit(name, unit, service);
        Link($"{name}.service", $"../{name}.service");
    }

    private void Unit(string name, string unit, string service) =>
        _layer.Unit($"{name}.service", Loose + unit + service);

    private void Link(string name, string target) =>
        _layer.Link($"/etc/initx/system/calm.target.wants/{name}", target);

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Name();
}
