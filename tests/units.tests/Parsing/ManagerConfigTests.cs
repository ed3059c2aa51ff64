using System.Text;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Parsing;

/// <summary>initx.conf: documented keys act, everything else warns with its place.</summary>
public sealed class ManagerConfigTests
{
    [Test]
    public void Every_key_is_read()
    {
        ManagerConfig config = Parse("""
            # a comment
            [Manager]
            Store=disk
            LogTarget=console
            ReadPolicy=privileged
            UnhonouredSecurity=warn
            ControlGroup=wheel
            Sequential=yes
            DefaultTimeoutStartSec=10
            DefaultTimeoutStopSec=0
            DefaultTimeoutAbortSec=5
            DefaultRestartSec=1s
            DefaultStartLimitIntervalSec=20
            DefaultStartLimitBurst=3
            DefaultLimitNOFILE=1024:2048
            DefaultEnvironment=A=1 "B=2 3"
            RuntimeWatchdogSec=30
            WatchdogDevice=/dev/watchdog1
            X-Site=ours
            """);
        Assert.That(config.Diagnostics, Is.Empty);
        Assert.That(config.RuntimeWatchdogUs, Is.EqualTo(30_000_000));
        Assert.That(config.WatchdogDevice, Is.EqualTo("/dev/watchdog1"));
        Assert.That(config.StoreOnDisk);
        Assert.That(config.LogTarget, Is.EqualTo(LogTargetKind.Console));
        Assert.That(config.ReadPolicyPrivileged);
        Assert.That(config.RefuseUnhonouredSecurity, Is.False);
        Assert.That(config.ControlGroup, Is.EqualTo("wheel"));
        Assert.That(config.Sequential);
        Assert.That(config.Units.TimeoutStartUs, Is.EqualTo(10_000_000));
        Assert.That(config.Units.TimeoutStopUs, Is.EqualTo(ServiceSettings.Infinity));
        Assert.That(config.Units.TimeoutAbortUs, Is.EqualTo(5_000_000));
        Assert.That(config.Units.RestartUs, Is.EqualTo(1_000_000));
        Assert.That(config.Units.StartLimitIntervalUs, Is.EqualTo(20_000_000));
        Assert.That(config.Units.StartLimitBurst, Is.EqualTo(3));
        Assert.That(config.Units.Limits.Single(), Is.EqualTo(new ResourceLimit(7, 1024, 2048)));
        Assert.That(config.Units.Environment.Select(v => $"{v.Key}={v.Value}"),
            Is.EqualTo(new[] { "A=1", "B=2 3" }));
    }

    [TestCase("[Manager]\nStore=tape\n", 2, "'tape' is not known")]
    [TestCase("[Manager]\nNope=1\n", 2, "unknown key")]
    [TestCase("[Manager]\nSequential=maybe\n", 2, "neither yes nor no")]
    [TestCase("[Manager]\nDefaultTimeoutStartSec=soon\n", 2, "no time span")]
    [TestCase("[Manager]\nDefaultLimitNOFILE=2:1\n", 2, "no limit")]
    [TestCase("[Manager]\nControlGroup=a:b\n", 2, "no group name")]
    [TestCase("[Manager]\nArchive=x\n", 2, "neither yes nor no")]
    [TestCase("[Manager]\nArchiveMaxAgeSec=x\n", 2, "no time span")]
    [TestCase("[Manager]\nArchiveMaxSize=x\n", 2, "no size")]
    [TestCase("[Manager]\nArchiveMaxSize=15E\n", 2, "no size")]
    [TestCase("[Manager]\nLogTarget=x\n", 2, "'x' is not known")]
    [TestCase("[Manager]\nReadPolicy=x\n", 2, "'x' is not known")]
    [TestCase("[Manager]\nUnhonouredSecurity=x\n", 2, "'x' is not known")]
    [TestCase("[Manager]\nWatchdogDevice=x\n", 2, "no path below /dev")]
    [TestCase("[Manager]\nRuntimeWatchdogSec=x\n", 2, "no time span")]
    [TestCase("[Manager]\nDefaultTimeoutStopSec=x\n", 2, "no time span")]
    [TestCase("[Manager]\nDefaultTimeoutAbortSec=x\n", 2, "no time span")]
    [TestCase("[Manager]\nDefaultRestartSec=x\n", 2, "no time span")]
    [TestCase("[Manager]\nDefaultStartLimitIntervalSec=x\n", 2, "no time span")]
    [TestCase("[Manager]\nDefaultStartLimitBurst=-1\n", 2, "no number")]
    [TestCase("[Manager]\nDefaultEnvironment=9A=1\n", 2, "no assignment")]
    [TestCase("[Manager]\nDefaultEnvironment=\"A=1\n", 2, "no assignment")]
    [TestCase("[Manager]\nDefaultLimitX=1\n", 2, "unknown key")]
    [TestCase("[Other]\nStore=disk\n", 1, "unknown section")]
    [TestCase("[Manager\nStore=disk\n", 1, "invalid section header")]
    public void What_cannot_be_read_warns_with_its_line_and_changes_nothing(
        string text, int line, string message)
    {
        ManagerConfig config = Parse(text);
        Assert.That(config.Diagnostics, Has.Count.EqualTo(1));
        Assert.That(config.Diagnostics[0].Location.ToString(),
            Is.EqualTo($"/etc/initx/initx.conf:{line}"));
        Assert.That(config.Diagnostics[0].Message, Does.Contain(message));
        Assert.That(config with { Diagnostics = [], Units = ManagerConfig.Default.Units },
            Is.EqualTo(ManagerConfig.Default with
            {
                Diagnostics = [],
                Units = ManagerConfig.Default.Units
            }));
    }

    [TestCase("RuntimeWatchdogSec=5\nRuntimeWatchdogSec=off")]
    [TestCase("RuntimeWatchdogSec=5\nRuntimeWatchdogSec=infinity")]
    [TestCase("RuntimeWatchdogSec=5\nRuntimeWatchdogSec=0")]
    [TestCase("ControlGroup=wheel\nControlGroup=")]
    [TestCase("DefaultEnvironment=A=1\nDefaultEnvironment=")]
    [TestCase("ReadPolicy=privileged\nReadPolicy=all")]
    [TestCase("UnhonouredSecurity=warn\nUnhonouredSecurity=refuse")]
    [TestCase("Sequential=yes\nSequential=no")]
    public void A_later_line_takes_an_earlier_one_back(string lines)
    {
        ManagerConfig config = Parse($"[Manager]\n{lines}\n"), standard = ManagerConfig.Default;
        Assert.That(config.Diagnostics, Is.Empty);
        Assert.That(config.Units.Environment, Is.Empty);
        Assert.That(config with { Units = standard.Units, Diagnostics = standard.Diagnostics },
            Is.EqualTo(standard));
    }

    [TestCase("", true, 400L * 86_400_000_000, 2L << 30)]
    [TestCase("Archive=no", false, 400L * 86_400_000_000, 2L << 30)]
    [TestCase("Archive=no\nArchive=yes", true, 400L * 86_400_000_000, 2L << 30)]
    [TestCase("ArchiveMaxAgeSec=30d\nArchiveMaxSize=3M", true, 30L * 86_400_000_000, 3L << 20)]
    [TestCase("ArchiveMaxAgeSec=infinity\nArchiveMaxSize=infinity", true, 0, 0)]
    public void The_archive_is_kept_as_long_and_as_large_as_is_said(
        string lines, bool enabled, long ageUs, long bytes)
    {
        ArchiveSettings archive = Parse($"[Manager]\n{lines}\n").Archive;
        Assert.That((archive.Enabled, archive.MaxAgeUs, archive.MaxBytes),
            Is.EqualTo((enabled, ageUs, bytes)));
    }

    [Test]
    public void The_last_of_two_values_for_one_name_counts()
    {
        ManagerConfig config = Parse("[Manager]\nDefaultEnvironment=A=1 B=2 A=3\n"
            + "DefaultLimitCORE=1\nDefaultLimitNOFILE=2\nDefaultLimitCORE=3\n");
        Assert.That(config.Units.Environment.Select(v => $"{v.Key}={v.Value}"),
            Is.EqualTo(new[] { "B=2", "A=3" }));
        Assert.That(config.Units.Limits.Select(l => $"{l.Resource}={l.Soft}"),
            Is.EqualTo(new[] { "7=2", "4=3" }));
    }

    [Test]
    public void No_file_means_defaults_without_a_word() =>
        Assert.That(ManagerConfig.Parse([], "/etc/initx/initx.conf").Diagnostics, Is.Empty);

    private static ManagerConfig Parse(string text) =>
        ManagerConfig.Parse(Encoding.UTF8.GetBytes(text), "/etc/initx/initx.conf");
}
