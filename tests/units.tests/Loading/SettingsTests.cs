using InitTx.Units.Lint;
using InitTx.Units.Model;

namespace InitTx.Units.Tests.Loading;

/// <summary>
/// What one section says of one unit, and what is said of values that cannot be read: the earlier
/// value stays, an empty one takes it back.
/// </summary>
public sealed class SettingsTests
{
    private const string Mount = "[Mount]\nWhat=/dev/x\n";
    private const string Timer = "[Timer]\nOnBootSec=1\n";
    private const string Watch = "[Path]\nPathExists=/x\n";

    [TestCase("What=/dev/%p", "/dev/run-x /run/x")]
    [TestCase("What=a\nWhat=", "bad")]
    [TestCase("What=%z", "/dev/x /run/x")]
    [TestCase("Where=/run//x/", "/dev/x /run/x")]
    [TestCase("Where=run/x", "/dev/x /run/x")]
    [TestCase("Type=ext4\nOptions=ro,noatime", "/dev/x /run/x ext4 ro,noatime")]
    [TestCase("Type=ext4\nType=\nOptions=ro\nOptions=", "/dev/x /run/x")]
    [TestCase("SloppyOptions=yes\nLazyUnmount=yes", "/dev/x /run/x sloppy lazy")]
    [TestCase("ForceUnmount=yes\nReadWriteOnly=yes", "/dev/x /run/x force rw")]
    [TestCase("ForceUnmount=maybe", "/dev/x /run/x")]
    [TestCase("DirectoryMode=0700\nTimeoutSec=5", "/dev/x /run/x mode=700 timeout=5000000")]
    [TestCase("DirectoryMode=0700\nDirectoryMode=9", "/dev/x /run/x mode=700")]
    [TestCase("TimeoutSec=5\nTimeoutSec=x", "/dev/x /run/x timeout=5000000")]
    [TestCase("TimeoutSec=0", "/dev/x /run/x timeout=infinity")]
    public void A_mount_says_what_where_and_how(string text, string expected)
    {
        UnitDefinition u = Load("run-x.mount", Mount + text);
        MountSettings m = u.Mount!;
        var standard = new MountSettings();
        Assert.That(u.LoadState != UnitLoadState.Loaded ? "bad" : Words(m.What, m.Where,
            m.FileSystemType, m.Options, m.SloppyOptions ? "sloppy" : "",
            m.LazyUnmount ? "lazy" : "", m.ForceUnmount ? "force" : "",
            m.ReadWriteOnly ? "rw" : "",
            m.DirectoryMode == standard.DirectoryMode ? ""
                : $"mode={Convert.ToString(m.DirectoryMode, 8)}",
            m.TimeoutUs == Load("run-x.mount", Mount).Mount!.TimeoutUs ? ""
                : $"timeout={Time(m.TimeoutUs)}"), Is.EqualTo(expected));
    }

    [TestCase("", "/run/x 0")]
    [TestCase("Where=/run/x\nTimeoutIdleSec=5", "/run/x 5000000")]
    [TestCase("TimeoutIdleSec=5\nTimeoutIdleSec=x", "/run/x 5000000")]
    [TestCase("TimeoutIdleSec=5\nTimeoutIdleSec=0", "/run/x infinity")]
    [TestCase("ExtraOptions=a,b", "/run/x 0 a,b")]
    [TestCase("DirectoryMode=0711", "/run/x 0 711")]
    [TestCase("Where=/run/y", "bad")]
    [TestCase("Where=run/y", "/run/x 0")]
    public void An_automount_says_where_and_how_long(string text, string expected)
    {
        UnitDefinition u = Load("run-x.automount", $"[Automount]\n{text}\n");
        AutomountSettings a = u.Automount!;
        Assert.That(u.LoadState != UnitLoadState.Loaded ? "bad" : Words(a.Where,
            Time(a.TimeoutIdleUs), a.ExtraOptions,
            a.DirectoryMode == new AutomountSettings().DirectoryMode ? ""
                : Convert.ToString(a.DirectoryMode, 8)), Is.EqualTo(expected));
    }

    [TestCase("What=/dev/x", "/dev/x")]
    [TestCase("What=/dev/x\nPriority=5\nOptions=discard", "/dev/x 5 discard")]
    [TestCase("What=/dev/x\nPriority=5\nPriority=", "/dev/x")]
    [TestCase("What=/dev/x\nPriority=5\nPriority=32768", "/dev/x 5")]
    [TestCase("What=/dev/x\nPriority=-2", "/dev/x")]
    [TestCase("What=/dev/x\nTimeoutSec=5", "/dev/x timeout=5000000")]
    [TestCase("What=/dev/x\nTimeoutSec=5\nTimeoutSec=-", "/dev/x timeout=5000000")]
    [TestCase("What=/dev/y", "bad")]
    [TestCase("What=", "/dev/x")]
    public void A_swap_says_what_and_how(string text, string expected)
    {
        UnitDefinition u = Load("dev-x.swap", $"[Swap]\n{text}\n");
        SwapSettings w = u.Swap!;
        Assert.That(u.LoadState != UnitLoadState.Loaded ? "bad" : Words(w.What,
            w.Priority?.ToString(), w.Options,
            w.TimeoutUs == Load("dev-x.swap", "[Swap]\n").Swap!.TimeoutUs ? ""
                : $"timeout={Time(w.TimeoutUs)}"), Is.EqualTo(expected));
    }

    [TestCase("OnActiveSec=1\nOnBootSec=2\nOnStartupSec=3\nOnUnitActiveSec=4\nOnUnitInactiveSec=5",
        "Active=1000000 Boot=2000000 Startup=3000000 UnitActive=4000000 UnitInactive=5000000")]
    [TestCase("OnCalendar=daily\nOnBootSec=1", "Calendar=*-*-* 00:00:00 Boot=1000000")]
    [TestCase("OnBootSec=1\nOnCalendar=\nOnActiveSec=2", "Active=2000000")]
    [TestCase("OnBootSec=1\nOnCalendar=never\nOnActiveSec=x\nOnStartupSec=%z", "Boot=1000000")]
    [TestCase("OnBootSec=", "bad")]
    [TestCase("OnClockChange=yes", "clock")]
    [TestCase("OnTimezoneChange=yes", "zone")]
    [TestCase("OnTimezoneChange=no\nOnClockChange=no", "bad")]
    [TestCase("OnBootSec=1\nAccuracySec=5\nRandomizedDelaySec=6\nFixedRandomDelay=yes",
        "Boot=1000000 accuracy=5000000 delay=6000000 fixed")]
    [TestCase("OnBootSec=1\nAccuracySec=5\nAccuracySec=x\nRandomizedDelaySec=x",
        "Boot=1000000 accuracy=5000000")]
    [TestCase("OnBootSec=1\nPersistent=yes\nWakeSystem=yes\nRemainAfterElapse=no",
        "Boot=1000000 persistent wake gone")]
    public void A_timer_says_when(string text, string expected)
    {
        UnitDefinition u = Load("t.timer", $"[Timer]\n{text}\n");
        TimerSettings t = u.Timer!;
        long accuracy = Load("t.timer", Timer).Timer!.AccuracyUs;
        Assert.That(u.LoadState != UnitLoadState.Loaded ? "bad" : Words(
            [.. t.Triggers.Select(r => $"{r.Base}={r.Calendar?.ToString() ?? $"{r.SpanUs}"}"),
            t.OnClockChange ? "clock" : "", t.OnTimezoneChange ? "zone" : "",
            t.AccuracyUs == accuracy ? "" : $"accuracy={t.AccuracyUs}",
            t.RandomizedDelayUs == 0 ? "" : $"delay={t.RandomizedDelayUs}",
            t.FixedRandomDelay ? "fixed" : "", t.Persistent ? "persistent" : "",
            t.WakeSystem ? "wake" : "", t.RemainAfterElapse ? "" : "gone"]),
            Is.EqualTo(expected));
    }

    [TestCase("PathExists=/a\nPathExistsGlob=/b*\nDirectoryNotEmpty=/c\nPathChanged=/d\n"
        + "PathModified=/e//f",
        "Exists=/a ExistsGlob=/b* DirectoryNotEmpty=/c Changed=/d Modified=/e/f")]
    [TestCase("PathExists=/a\nPathChanged=\nPathModified=/b", "Modified=/b")]
    [TestCase("PathExists=a\nPathChanged=/b/../c\nPathModified=%z", "bad")]
    [TestCase("PathExists=/a\nMakeDirectory=yes\nDirectoryMode=0700", "Exists=/a make 700")]
    [TestCase("PathExists=/a\nTriggerLimitIntervalSec=7\nTriggerLimitBurst=8",
        "Exists=/a limit=7000000/8")]
    [TestCase("PathExists=/a\nTriggerLimitBurst=8\nTriggerLimitBurst=x",
        "Exists=/a limit=2000000/8")]
    public void A_path_unit_says_what_it_watches(string text, string expected)
    {
        UnitDefinition u = Load("p.path", $"[Path]\n{text}\n");
        PathSettings p = u.Path!, standard = Load("p.path", Watch).Path!;
        Assert.That(u.LoadState != UnitLoadState.Loaded ? "bad" : Words(
            [.. p.Watches.Select(w => $"{w.Kind}={w.Path}"), p.MakeDirectory ? "make" : "",
            p.DirectoryMode == standard.DirectoryMode ? ""
                : Convert.ToString(p.DirectoryMode, 8),
            p.TriggerLimitBurst == standard.TriggerLimitBurst ? ""
                : $"limit={p.TriggerLimitIntervalUs}/{p.TriggerLimitBurst}"]),
            Is.EqualTo(expected));
    }

    [TestCase("t.timer", Timer, "t.service")]
    [TestCase("t.timer", Timer + "Unit=a.target\n", "a.target")]
    [TestCase("t.timer", Timer + "Unit=a.target\nUnit=b.target\n", "a.target")]
    [TestCase("t.timer", Timer + "Unit=t.timer\n", "t.service")]
    [TestCase("t.timer", Timer + "Unit=bad name\n", "t.service")]
    [TestCase("p.path", Watch + "Unit=a.target\n", "a.target")]
    [TestCase("p.path", Watch + "Unit=p.path\n", "p.service")]
    [TestCase("p@i.path", Watch + "Unit=x@%i.service\n", "x@i.service")]
    public void What_is_triggered_is_the_first_unit_that_is_named(
        string name, string text, string target)
    {
        UnitDefinition u = Load(name, text);
        Assert.That(u.Timer?.Unit.Value ?? u.Path!.Unit.Value, Is.EqualTo(target));
        Assert.That(u.Dependencies.Where(d => d.Kind == DependencyKind.Triggers)
            .Select(d => d.Target.Value), Is.EqualTo(new[] { target }));
    }

    [TestCase("StandardInput=tty-force\nTTYPath=/dev//tty7", "TtyForce Inherit Inherit /dev/tty7")]
    [TestCase("StandardInput=tty-fail\nTTYPath=/dev/tty7\nTTYPath=", "TtyFail Inherit Inherit")]
    [TestCase("StandardInput=fd\nStandardOutput=fd\nStandardError=fd",
        "FdName:stdin FdName:stdout FdName:stderr")]
    [TestCase("StandardInput=fd:a\nStandardOutput=fd:b\nStandardError=fd:%p",
        "FdName:a FdName:b FdName:s")]
    [TestCase("StandardInput=fd:a:b\nStandardOutput=fd:\nStandardError=fd:é",
        "Null Journal Inherit")]
    [TestCase("StandardInput=file:/a\nStandardOutput=file:/b\nStandardError=append:/c",
        "File:/a File:/b Append:/c")]
    [TestCase("StandardInput=file:a\nStandardOutput=truncate:/b\nStandardError=append:c",
        "Null Truncate:/b Inherit")]
    [TestCase("StandardInput=data\nStandardOutput=syslog\nStandardError=syslog+console",
        "Data Journal JournalConsole")]
    [TestCase("StandardOutput=kmsg\nStandardError=kmsg+console", "Null Kmsg KmsgConsole")]
    [TestCase("StandardOutput=tty\nStandardError=null", "Null Tty Null")]
    [TestCase("StandardOutput=fd:%z\nTTYPath=tty\nSyslogIdentifier=%z", "Null Journal Inherit")]
    [TestCase("SyslogIdentifier=%p-x", "Null Journal Inherit id=s-x")]
    [TestCase("SyslogIdentifier=x\nSyslogIdentifier=", "Null Journal Inherit")]
    // Without an input there is nothing to inherit: the journal takes the output.
    public void Streams_lead_where_the_service_says(string text, string expected)
    {
        ExecSettings x = Service("StandardOutput=inherit\nStandardError=inherit\n" + text).Exec!;
        Assert.That(Words(Stream(x.StandardInput), Stream(x.StandardOutput),
            Stream(x.StandardError), x.TtyPath,
            x.SyslogIdentifier is null ? "" : $"id={x.SyslogIdentifier}"), Is.EqualTo(expected));
    }

    [TestCase("User=a\nGroup=b\nSupplementaryGroups=c d\nSupplementaryGroups=e", "a b c,d,e")]
    [TestCase("User=a\nUser=\nSupplementaryGroups=c\nSupplementaryGroups=", "")]
    [TestCase("User=4294967294", "4294967294")]
    [TestCase("User=4294967295", "bad")]
    [TestCase("User=65535", "bad")]
    [TestCase("User=0", "0")]
    [TestCase("User=00", "bad")]
    [TestCase("User=0123", "bad")]
    [TestCase("Group=00", "bad")]
    [TestCase("User=0day", "0day")]
    [TestCase("User=-a", "bad")]
    [TestCase("User=.", "bad")]
    [TestCase("User=..", "bad")]
    [TestCase("User=a/b", "bad")]
    [TestCase("User=a:b", "bad")]
    [TestCase("User=a\u007fb", "bad")]
    [TestCase("User=%z", "bad")]
    [TestCase("Group=%z", "bad")]
    [TestCase("Group=a:b", "bad")]
    [TestCase("SupplementaryGroups=a %z", "bad")]
    [TestCase("SupplementaryGroups=a b:c", "bad")]
    [TestCase("User=é b", "é b")]
    public void An_account_is_a_name_or_a_number(string text, string expected)
    {
        UnitDefinition u = Service(text);
        Assert.That(u.LoadState != UnitLoadState.Loaded ? "bad" : Words(u.Exec!.User,
            u.Exec.Group, string.Join(',', u.Exec.SupplementaryGroups)), Is.EqualTo(expected));
    }

    [TestCase("WorkingDirectory=/a//b", "/a/b")]
    [TestCase("WorkingDirectory=-/a", "-/a")]
    [TestCase("WorkingDirectory=~", "~")]
    [TestCase("WorkingDirectory=-~", "-~")]
    [TestCase("WorkingDirectory=/a\nWorkingDirectory=", "")]
    [TestCase("WorkingDirectory=/a\nWorkingDirectory=-b", "/a")]
    [TestCase("WorkingDirectory=/a\nWorkingDirectory=-%z", "/a")]
    [TestCase("WorkingDirectory=b", "bad")]
    [TestCase("WorkingDirectory=%z", "bad")]
    [TestCase("WorkingDirectory=/a/../b", "bad")]
    public void A_working_directory_is_absolute_or_home(string text, string expected)
    {
        UnitDefinition u = Service(text);
        Assert.That(u.LoadState != UnitLoadState.Loaded ? "bad"
            : (u.Exec!.WorkingDirectoryOptional ? "-" : "") + u.Exec.WorkingDirectory,
            Is.EqualTo(expected));
    }

    [TestCase("Nice=5\nNice=", null, null)]
    [TestCase("Nice=5\nNice=20", 5, null)]
    [TestCase("Nice=-20\nOOMScoreAdjust=-1000", -20, -1000)]
    [TestCase("OOMScoreAdjust=7\nOOMScoreAdjust=1001", null, 7)]
    [TestCase("OOMScoreAdjust=7\nOOMScoreAdjust=", null, null)]
    [TestCase("Nice=0x0a", 10, null)]
    [TestCase("Nice=010", 8, null)]
    [TestCase("Nice=0o10", 8, null)]
    [TestCase("Nice=0O10", 8, null)]
    [TestCase("Nice=0b11", 3, null)]
    [TestCase("Nice=0B11", 3, null)]
    [TestCase("Nice=0X1F", null, null)]
    [TestCase("Nice=0XF", 15, null)]
    [TestCase("Nice=+3", 3, null)]
    [TestCase("Nice=0b2", null, null)]
    [TestCase("Nice=08", null, null)]
    [TestCase("Nice=0xg", null, null)]
    [TestCase("Nice=0x", null, null)]
    [TestCase("Nice=-", null, null)]
    [TestCase("Nice=99999999999999999999", null, null)]
    [TestCase("Nice=9223372036854775808", null, null)]
    [TestCase("Nice=1a", null, null)]
    public void A_number_is_written_in_one_of_four_bases(string text, int? nice, int? score)
    {
        ExecSettings x = Service(text).Exec!;
        Assert.That((x.Nice, x.OomScoreAdjust), Is.EqualTo((nice, score)));
    }

    [TestCase("UMask=077", 63)]
    [TestCase("UMask=7777", 4095)]
    [TestCase("UMask=10000", 18)]
    [TestCase("UMask=000000000077", 63)]
    [TestCase("UMask=0000000000077", 18)]
    [TestCase("UMask=8", 18)]
    [TestCase("UMask=/", 18)]
    [TestCase("UMask=", 18)]
    public void A_mode_is_octal(string text, int umask) =>
        Assert.That(Service(text).Exec!.UMask, Is.EqualTo(umask));

    [TestCase("LimitNOFILE=1:2", "7=1:2")]
    [TestCase("LimitNOFILE=1\nLimitNOFILE=2\nLimitCORE=infinity", "7=2:2 4=inf:inf")]
    [TestCase("LimitNOFILE=2:1", "")]
    [TestCase("LimitNOFILE=1:x", "")]
    [TestCase("LimitNOFILE=x", "")]
    [TestCase("LimitNOFILE=", "")]
    [TestCase("LimitCPU=1min", "0=60:60")]
    [TestCase("LimitCPU=1", "0=1:1")]
    [TestCase("LimitCPU=1ms", "0=1:1")]
    [TestCase("LimitRTTIME=1ms", "15=1000:1000")]
    [TestCase("LimitRTTIME=5", "15=5:5")]
    [TestCase("LimitRTTIME=x", "")]
    [TestCase("LimitCPU=x", "")]
    [TestCase("LimitNICE=+5", "13=15:15")]
    [TestCase("LimitNICE=-20", "13=40:40")]
    [TestCase("LimitNICE=7", "13=7:7")]
    [TestCase("LimitNICE=+20", "")]
    [TestCase("LimitNICE=41", "")]
    [TestCase("LimitAS=1K", "9=1024:1024")]
    [TestCase("LimitAS=x", "")]
    public void A_limit_is_soft_and_hard_in_its_resource_s_unit(string text, string expected) =>
        Assert.That(string.Join(' ', Service(text).Exec!.Limits.Select(l =>
            $"{l.Resource}={Limit(l.Soft)}:{Limit(l.Hard)}")), Is.EqualTo(expected));

    [TestCase("a.service", "[Service]\nExecStart=/bin/x\nNice=x\n", "no number from -20 to 19")]
    [TestCase("a.service", "[Service]\nExecStart=/bin/x\nUMask=9\n", "no octal mode")]
    [TestCase("a.service", "[Service]\nExecStart=/bin/x\nRestartSec=x\n", "no time span")]
    [TestCase("a.service", "[Service]\nExecStart=/bin/x\nKillSignal=x\n", "no signal")]
    [TestCase("a.service", "[Service]\nExecStart=/bin/x\nSendSIGKILL=x\n", "neither yes nor no")]
    [TestCase("a.service", "[Service]\nExecStart=/bin/x\nStandardInput=x\n", "tty-fail, socket")]
    [TestCase("a.service", "[Service]\nExecStart=/bin/x\nStandardInputData=!\n", "not Base64")]
    [TestCase("a.service", "[Service]\nExecStart=/bin/x\nStandardOutput=fd:a:b\n",
        "no descriptor name")]
    [TestCase("a.service", "[Service]\nExecStart=/bin/x\nStandardOutput=syslog\n",
        "obsolete and taken as 'journal'")]
    [TestCase("a.service", "[Service]\nExecStart=/bin/x\nLimitCORE=x\n", "soft:hard or infinity")]
    [TestCase("a.service", "[Service]\nExecStart=/bin/x\nLogNamespace=a/b\n", "log namespace")]
    [TestCase("a.timer", "[Timer]\nOnBootSec=1\nOnCalendar=x\n", "no calendar event")]
    [TestCase("a.timer", "[Timer]\nOnBootSec=1\nOnActiveSec=x\n", "no time span")]
    [TestCase("a.timer", "[Timer]\nOnBootSec=1\nUnit=a.timer\n", "cannot trigger itself")]
    [TestCase("a.timer", "[Timer]\nOnBootSec=1\nUnit=b.target\nUnit=c.target\n",
        "b.target is triggered already")]
    [TestCase("a.timer", "[Timer]\n", "the timer has no time")]
    [TestCase("a.path", "[Path]\n", "watches nothing")]
    [TestCase("a.path", "[Path]\nPathExists=x\n", "not an absolute path")]
    [TestCase("dev-x.swap", "[Swap]\nPriority=x\n", "no number from -1 to 32767")]
    [TestCase("dev-x.swap", "[Swap]\nWhat=/dev/y\n", "must be called dev-y.swap")]
    [TestCase("proc.mount", "[Mount]\nWhat=proc\n", "by the manager and the kernel")]
    [TestCase("sys-fs-cgroup-x.mount", "[Mount]\nWhat=x\n", "by the manager and the kernel")]
    [TestCase("run-x.mount", "[Mount]\n", "the mount has no What=")]
    [TestCase("-.automount", "[Automount]\n", "cannot be at /")]
    public void A_value_that_cannot_be_used_is_named(string name, string text, string finding)
    {
        UnitDefinition u = Load(name, text);
        Assert.That(u.Diagnostics.Select(DiagnosticText.Render).Append(u.LoadError ?? ""),
            Has.Some.Contains(finding));
    }

    private static UnitDefinition Load(string name, string text)
    {
        int at = name.IndexOf('@'), dot = name.LastIndexOf('.');
        string file = at < 0 ? name : name[..(at + 1)] + name[dot..];
        return new TextTree().File(file, text).Load(name);
    }

    private static UnitDefinition Service(string text) =>
        Load("s.service", $"[Service]\nExecStart=/bin/true\n{text}\n");

    private static string Stream(StreamTarget s) => s.Path is null ? $"{s.Kind}"
        : $"{s.Kind}:{s.Path}";

    private static string Words(params string?[] words) =>
        string.Join(' ', words.Where(w => !string.IsNullOrEmpty(w)));

    private static string Time(long us) => us == ServiceSettings.Infinity ? "infinity" : $"{us}";

    private static string Limit(ulong value) => value == ulong.MaxValue ? "inf" : $"{value}";
}
