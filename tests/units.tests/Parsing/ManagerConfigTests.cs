using System.Text;
using InitTx.Units.Loading;
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
            LockMemory=yes
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
            DefaultTasksMax=512
            DefaultCPUAccounting=yes
            DefaultMemoryAccounting=no
            DefaultIOAccounting=yes
            DefaultTasksAccounting=no
            DefaultOOMPolicy=kill
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
        Assert.That(config.LockMemory);
        Assert.That(config.Units.TimeoutStartUs, Is.EqualTo(10_000_000));
        Assert.That(config.Units.TimeoutStopUs, Is.EqualTo(ServiceSettings.Infinity));
        Assert.That(config.Units.TimeoutAbortUs, Is.EqualTo(5_000_000));
        Assert.That(config.Units.RestartUs, Is.EqualTo(1_000_000));
        Assert.That(config.Units.StartLimitIntervalUs, Is.EqualTo(20_000_000));
        Assert.That(config.Units.StartLimitBurst, Is.EqualTo(3));
        Assert.That(config.Units.TasksMax, Is.EqualTo(new ResourceAmount(512, false)));
        Assert.That(
            (config.Units.CpuAccounting, config.Units.MemoryAccounting, config.Units.IoAccounting,
                config.Units.TasksAccounting, config.Units.OomPolicy),
            Is.EqualTo((true, false, true, false, OomPolicy.Kill)));
        Assert.That(config.Units.Limits.Single(), Is.EqualTo(new ResourceLimit(7, 1024, 2048)));
        Assert.That(config.Units.Environment.Select(v => $"{v.Key}={v.Value}"),
            Is.EqualTo(new[] { "A=1", "B=2 3" }));
    }

    [TestCase("[Manager]\nStore=tape\n", 2, "'tape' is not known")]
    [TestCase("[Manager]\nNope=1\n", 2, "unknown key")]
    [TestCase("[Manager]\nSequential=maybe\n", 2, "neither yes nor no")]
    [TestCase("[Manager]\nLockMemory=some\n", 2, "neither yes nor no")]
    [TestCase("[Manager]\nDefaultTimeoutStartSec=soon\n", 2, "no time span")]
    [TestCase("[Manager]\nDefaultLimitNOFILE=2:1\n", 2, "no limit")]
    [TestCase("[Manager]\nDefaultTasksMax=0\n", 2, "no number of tasks")]
    [TestCase("[Manager]\nDefaultOOMPolicy=x\n", 2, "not known")]
    [TestCase("[Manager]\nDefaultIOAccounting=x\n", 2, "neither yes nor no")]
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
    [TestCase("Store=disk\nStore=memory")]
    [TestCase("LogTarget=console\nLogTarget=auto")]
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

    [TestCase("DefaultTimeoutStartSec=0", "infinity")]
    [TestCase("DefaultTimeoutStopSec=0", "infinity")]
    [TestCase("DefaultTimeoutAbortSec=0", "infinity")]
    [TestCase("DefaultTimeoutStartSec=infinity", "infinity")]
    [TestCase("DefaultRestartSec=0", "0")]
    [TestCase("DefaultStartLimitIntervalSec=0", "0")]
    [TestCase("DefaultStartLimitBurst=0", "0")]
    [TestCase("DefaultStartLimitBurst=2147483647", "2147483647")]
    public void No_time_at_all_is_no_limit_for_timeouts_only(string line, string value)
    {
        ManagerDefaults d = Parse($"[Manager]\n{line}\n").Units;
        long found = line[..line.IndexOf('=')] switch
        {
            "DefaultTimeoutStartSec" => d.TimeoutStartUs,
            "DefaultTimeoutStopSec" => d.TimeoutStopUs,
            "DefaultTimeoutAbortSec" => d.TimeoutAbortUs ?? -1,
            "DefaultRestartSec" => d.RestartUs,
            "DefaultStartLimitIntervalSec" => d.StartLimitIntervalUs,
            _ => d.StartLimitBurst,
        };
        Assert.That(found == ServiceSettings.Infinity ? "infinity" : $"{found}",
            Is.EqualTo(value));
    }

    [TestCase("", "- 8388608 2592000000000 5 0 30000000 10000")]
    [TestCase("LogDirectory=/var//log/x/", "/var/log/x 8388608 2592000000000 5 0 30000000 10000")]
    [TestCase("LogMaxFileSize=4K", "- 4096 2592000000000 5 0 30000000 10000")]
    [TestCase("LogMaxFileSize=9223372036854775807B\nLogMaxFileSize=4611686018427387903",
        "- 4611686018427387903 2592000000000 5 0 30000000 10000")]
    [TestCase("LogMaxFileSec=1h\nLogMaxAgeSec=1week", "- 8388608 3600000000 5 604800000000 "
        + "30000000 10000")]
    [TestCase("LogMaxFileSec=infinity\nLogMaxAgeSec=infinity\nLogRateLimitIntervalSec=infinity",
        "- 8388608 0 5 0 0 10000")]
    [TestCase("LogMaxFiles=1\nLogRateLimitBurst=0\nLogRateLimitIntervalSec=5s",
        "- 8388608 2592000000000 1 0 5000000 0")]
    [TestCase("LogMaxFiles=1000\nLogRateLimitBurst=2147483647",
        "- 8388608 2592000000000 1000 0 30000000 2147483647")]
    public void The_logger_s_files_are_kept_as_is_said(string lines, string expected)
    {
        OutputSettings o = Parse($"[Manager]\n{lines}\n").Output;
        Assert.That($"{o.Directory ?? "-"} {o.MaxFileBytes} {o.MaxFileUs} {o.MaxFiles} "
            + $"{o.MaxAgeUs} {o.RateIntervalUs} {o.RateBurst}", Is.EqualTo(expected));
    }

    [TestCase("LogDirectory=x", "'x' is not understood, ignored; write an absolute path")]
    [TestCase("LogMaxFileSize=4095", "'4095' is not understood, ignored; write for example 8M; "
        + "4K is the least")]
    [TestCase("LogMaxFileSize=4611686018427387904", "'4611686018427387904' is not understood, "
        + "ignored; write for example 8M; 4K is the least")]
    [TestCase("LogMaxFileSize=x", "'x' is not understood, ignored; write for example 8M; "
        + "4K is the least")]
    [TestCase("LogMaxFileSec=x", "'x' is not understood, ignored; write for example 30s, 1week "
        + "or infinity")]
    [TestCase("LogMaxAgeSec=x", "'x' is not understood, ignored; write for example 30s, 1week "
        + "or infinity")]
    [TestCase("LogRateLimitIntervalSec=x", "'x' is not understood, ignored; write for example "
        + "30s, 1week or infinity")]
    [TestCase("LogMaxFiles=0", "'0' is not understood, ignored; write a number from 1 to 1000")]
    [TestCase("LogMaxFiles=1001",
        "'1001' is not understood, ignored; write a number from 1 to 1000")]
    [TestCase("LogRateLimitBurst=-1", "'-1' is not understood, ignored; write a number of lines, "
        + "0 for no limit")]
    public void What_the_logger_cannot_take_is_told_with_an_example(string line, string message)
    {
        ManagerConfig config = Parse($"[Manager]\n  {line}\n");
        Diagnostic finding = config.Diagnostics.Single();
        Assert.That(finding.Message, Is.EqualTo(message));
        Assert.That(finding.Severity, Is.EqualTo(DiagnosticSeverity.Warning));
        Assert.That(finding.Directive, Is.EqualTo(line[..line.IndexOf('=')]));
        Assert.That(finding.Location.Column, Is.EqualTo(line.IndexOf('=') + 4));
        Assert.That(finding.SourceLine, Is.EqualTo("  " + line));
        Assert.That(config.Output, Is.EqualTo(OutputSettings.Standard));
    }

    [Test]
    public void What_holds_without_a_file_is_what_the_manual_says()
    {
        Assert.That(new ArchiveSettings(), Is.EqualTo(new ArchiveSettings
        {
            Enabled = true,
            MaxAgeUs = 34_560_000_000_000,
            MaxBytes = 2_147_483_648,
        }));
        Assert.That(new OutputSettings(), Is.EqualTo(new OutputSettings
        {
            MaxFileBytes = 8_388_608,
            MaxFileUs = 2_592_000_000_000,
            MaxFiles = 5,
            RateIntervalUs = 30_000_000,
            RateBurst = 10_000,
        }));
    }

    [TestCase("ArchiveMaxSize=9223372036854", 9_223_372_036_854L)]
    [TestCase("ArchiveMaxSize=9223372036855", 2L << 30)]
    public void The_archive_has_a_largest_size(string line, long bytes) =>
        Assert.That(Parse($"[Manager]\n{line}\n").Archive.MaxBytes, Is.EqualTo(bytes));

    [Test]
    public void So_many_variables_are_kept_and_no_more()
    {
        int most = LoadLimits.Default.MaxListItems;
        string words = string.Join(' ', Enumerable.Range(0, most + 1).Select(i => $"A{i}="));
        Assert.That(Parse($"[Manager]\nDefaultEnvironment={words}\n").Units.Environment,
            Has.Count.EqualTo(most));
    }

    [Test]
    public void A_word_that_is_no_assignment_ends_its_line_at_its_column()
    {
        ManagerConfig config = Parse("[Manager]\nDefaultEnvironment=A=1 x B=2\n");
        Assert.That(config.Units.Environment.Single().Key, Is.EqualTo("A"));
        Assert.That(config.Diagnostics.Single().Message, Is.EqualTo(
            "no assignment, the rest of the line is ignored; write NAME=value"));
        Assert.That(config.Diagnostics.Single().Location.Column, Is.EqualTo(24));
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
