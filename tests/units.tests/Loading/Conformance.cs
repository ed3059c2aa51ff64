using System.Collections;

namespace InitTx.Units.Tests.Loading;

/// <summary>
/// The text of one unit, one fact to look at and its value as systemd 252 has it. The same cases
/// are given to systemd itself by the oracle tests.
/// </summary>
public sealed record ConformanceCase(string Unit, string Text, string Fact, string Expected)
{
    public override string ToString() => $"{Fact}: {Text.ReplaceLineEndings("\\n")}";
}

/// <summary>The conformance table.</summary>
public sealed class Conformance : IEnumerable
{
    public static readonly List<ConformanceCase> Cases = Build();

    public IEnumerator GetEnumerator() => Cases.GetEnumerator();

    private static List<ConformanceCase> Build()
    {
        List<ConformanceCase> list = [];
        void Service(string text, string fact, string expected) =>
            list.Add(new("s", "[Service]\nType=oneshot\n" + text + "\n", fact, expected));
        void Echo(string words, string expected) =>
            Service($"ExecStart=/bin/echo {words}", "argv", expected);
        void Plain(string text, string fact, string expected) =>
            list.Add(new("s", text, fact, expected));
        void Ok(string text, string fact, string expected) =>
            Service("ExecStart=/bin/true\n" + text, fact, expected);
        void Unit(string text, string fact, string expected) =>
            list.Add(new("s", "[Unit]\n" + text
                + "\n[Service]\nType=oneshot\nExecStart=/bin/true\n", fact, expected));

        Service("ExecStart=/bin/echo a \\\n# c\n; c\nb \\\n", "argv", "/bin/echo|a|b");
        Service("# comment \\\nExecStart=/bin/echo x", "argv", "/bin/echo|x");
        Service("ExecStart=/bin/echo a \\ \nUser=u", "argv", "/bin/echo|a|\\");
        Service("ExecStart=/bin/echo a \\ \nUser=u", "user", "u");
        Service("ExecStart=/bin/echo ab\\\ncd", "argv", "/bin/echo|ab|cd");
        Service("ExecStart=/bin/echo \"x\\\n y\"", "argv", "/bin/echo|x  y");
        Plain("[Service]\nType=oneshot\nExecStart=/bin/echo end\\", "argv", "/bin/echo|end");
        Echo("'a b' \"c d\" e\"f g\"h '' \"it's\"", "/bin/echo|a b|c d|ef gh||it's");
        Echo("a\\tb \"\\x41\\101\\u00e9\\n\" c\\sd \\\"q\\\" \\\\u",
            "/bin/echo|a\tb|AAé\n|c d|\"q\"|\\u");
        Echo("a\\qb", "/bin/echo|a\\qb");
        Echo("'a\\'b'", "/bin/echo|a'b");
        Echo("\\u00e9\\U0001F600 x", "/bin/echo|é\U0001F600|x");
        Service("ExecStart=/bin/echo good\nExecStart=/bin/echo \"abc", "state", "bad-setting");
        Service("ExecStart=/bin/echo good\nExecStart=\"/bin/echo", "argv", "/bin/echo|good");
        Echo("a ; /bin/echo b;c ; /bin/echo \\; d \";\" e",
            "/bin/echo|a ; /bin/echo|b;c ; /bin/echo|;|d|;|e");
        Service("ExecStart=; /bin/echo a ;", "argv", "/bin/echo|a");
        Echo("%z", "!bad-setting");
        Echo("100% %% %- a%", "/bin/echo|100%|%|%-|a%");
        Service("ExecStart=-@:+/bin/echo argv0 x", "argv", "argv0|x");
        Service("ExecStart=-@:+/bin/echo argv0 x", "flags",
            "IgnoreFailure, NoEnvironmentExpansion, FullyPrivileged");
        Service("ExecStart=+!/bin/echo", "state", "bad-setting");
        Service("ExecStart=!!/bin/echo", "flags", "AmbientMagic");
        Service("ExecStart=!-/bin/echo", "flags", "IgnoreFailure, NoUser");
        Service("ExecStart=./echo", "state", "bad-setting");
        Service("ExecStart=/bin/echo/", "state", "bad-setting");
        Service("ExecStart=-./echo\nExecStart=/bin/true", "argv", "/bin/true");
        Service("ExecStart=-", "state", "bad-setting");
        Service("ExecStart=@/bin/echo", "state", "bad-setting");
        Service("ExecStart=echo a", "argv", "echo|a");
        Service("ExecStart=\"/bin/echo\" a", "argv", "/bin/echo|a");
        Service("ExecStart=/usr//bin/../bin/echo a", "argv", "/usr//bin/../bin/echo|a");
        Service("ExecStart=/bin/a\nExecStart=\nExecStart=/bin/b", "argv", "/bin/b");

        Ok("Environment=A=1 \"B=2 3\" 'C=4 $X' D=\"5 6\" E=\\x41 F= =G 9H=1 I", "env",
            "A=1|B=2 3|C=4 $X|D=5 6|E=A|F=");
        Ok("Environment=A=1\nEnvironment=B=2\nEnvironment=A=3", "env", "A=3|B=2");
        Ok("Environment=A=1\nEnvironment=\nEnvironment=B=2", "env", "B=2");
        Ok("Environment=A=1 B=\\q C=3", "env", "A=1");
        Ok("Environment=A=%i%p%%", "env", "A=s%");
        Ok("EnvironmentFile=-/etc/default/x\nEnvironmentFile=/etc//y\nEnvironmentFile=rel",
            "files", "-/etc/default/x|/etc/y");

        Unit("After=b.service\nAfter=\nAfter=c.service", "After", "b.service c.service");
        Unit("After=s.service", "After", "");
        Unit("Wants=a.service,b.service c d.service", "Wants", "d.service");
        Unit("Wants=t@.service", "Wants", "t@s.service");
        Unit("Wants=foo/bar.service notaunit x.service", "Wants", "x.service");
        Unit("Wants=\"q.service\" 'r.service' x.service", "Wants", "x.service");
        Unit("RequiresMountsFor=\"/q/r\" /x\\x20y", "mounts", "/q/r /xx20y");
        Ok("Sockets=\"k.socket\" j.socket b.service", "Wants", "j.socket");
        Ok("PassEnvironment=A \"B\" 1C\nUnsetEnvironment=D E=1 =x\nNonBlocking=yes", "state",
            "loaded");
        Ok("RuntimeDirectory=\"a b\" c\\x20d %n\nStateDirectory=x "
            + "y:z\nCacheDirectory=q\nCacheDirectory=", "state", "loaded");
        Ok("SupplementaryGroups=a "
            + "\"b\" c\nNice=-3\nOOMScoreAdjust=7\nIgnoreSIGPIPE=no\nWatchdogSec=5", "state",
            "loaded");
        Ok("StandardInput=file:/a\nStandardOutput=fd:x\nStandardError=truncate:/b", "state",
            "loaded");
        Ok("StandardInput=socket\nStandardError=inherit", "state", "loaded");
        Ok("StandardInput=tty-force\nTTYPath=/dev/tty9", "state", "loaded");
        Ok("StandardOutput=kmsg+console\nStandardError=inherit", "state", "loaded");
        Ok("SendSIGHUP=yes\nSendSIGKILL=no\nWatchdogSignal=SIGKILL\nKillSignal=SIGRTMAX-1\n"
            + "KillSignal=SIGFOO\nKillSignal=70", "state", "loaded");
        Ok("RuntimeMaxSec=5\nTimeoutAbortSec=9\nRestartSec=0", "state", "loaded");
        Ok("TimeoutAbortSec=9\nTimeoutAbortSec=\nTimeoutStopSec=4", "state", "loaded");
        Unit("JobTimeoutSec=5\nJobRunningTimeoutSec=7\nStopWhenUnneeded=yes\n"
            + "RefuseManualStart=1\nAllowIsolate=on\nIgnoreOnIsolate=y", "state", "loaded");
        Unit("JobTimeoutSec=0\nFailureAction=reboot-force\nSuccessAction=exit\n"
            + "SuccessActionExitStatus=7\nFailureActionExitStatus=256\n"
            + "StartLimitAction=bogus\nOnFailureJobMode=isolate", "state", "loaded");
        Unit("OnFailure=f.service\nOnSuccess=g.service\nUpholds=h.service\nPropagatesStopTo=i.service\n"
            + "PartOf=k.service\nRequisite=l.service\nBindsTo=m.device", "state", "loaded");
        Unit("Documentation=man:x(1) http://a \"file:/b c\" bogus\nSourcePath=/x//y", "state",
            "loaded");
        Ok("Slice=a-b.slice", "state", "loaded");
        Ok("Slice=a--b.slice", "state", "loaded");
        Ok("Slice=a.service", "state", "loaded");
        Ok("PermissionsStartOnly=yes\nUser=0\nGroup=nogroup\nUMask=7777\nUMask=77777", "state",
            "loaded");
        Ok("Environment=\"A=x\ty\" 'B=a\\'b' C=\\101 D=a\\\\b\nEnvironment=A", "env",
            "A=x\ty|B=a'b|C=A|D=a\\b");
        Unit("Requires=%p-x.service %N.socket", "Requires", "s-x.service s.socket");
        Unit("BindTo=b.service\nPropagateReloadTo=c.service", "BindsTo", "b.service");
        Unit("Description=a # b ; c", "description", "a # b ; c");
        Unit("Description=100%", "description", "100%");
        Unit("Description=%n %H %v", "description", "s.service @HOST @KERNEL");
        Plain("  [Unit]  \nDescription = d\n\t[Service]\n\tType = oneshot\n "
            + "\tExecStart=/bin/true\n", "description", "d");
        Unit("[Foo]\nWants=b.service\n[X-Foo]\nWants=c.service\n[Unit]\nX-Bar=1\nWants=d.service",
            "Wants", "d.service");
        Plain("[Service]\nType=oneshot\nExecStart=/bin/true\n[unit]\nWants=b.service\n", "Wants",
            "");
        Ok("type=simple\nno equals sign\n=x", "type", "oneshot");
        Plain("Wants=b.service\n[Service]\nType=oneshot\nExecStart=/bin/true\n", "Wants", "");
        Plain("[Service]\nType=oneshot\nExecStart=/bin/true\n[Unit\n", "state", "error");
        Unit("StartLimitInterval=5\nStartLimitBurst=7", "startlimit", "5000000/7");
        Ok("StartLimitInterval=6\nStartLimitBurst=8", "startlimit", "6000000/8");
        Unit("ConditionPathExists=|!/b\nConditionPathExists=|! "
            + "/c\nConditionPathExists=rel\nConditionPathExists=/a//b", "conditions", "|!/b|/a/b");
        Unit("ConditionPathExists=/b\nConditionVirtualization=\nConditionHost=| ! x", "conditions",
            "|!x");
        Unit("RequiresMountsFor=/a/b rel /c/../d", "mounts", "/a/b");

        foreach (string yes in new[] { "on", "1", "y", "yes", "true", "t", "YES", "True", "oN" })
            Ok($"RemainAfterExit={yes}", "remain", "True");
        foreach (string no in new[] { "False", "no", "off", "0", "n", "f" })
            Ok($"RemainAfterExit=yes\nRemainAfterExit={no}", "remain", "False");
        Ok("RemainAfterExit=yes\nRemainAfterExit=maybe", "remain", "True");
        Ok("User=u\nUser=", "user", "");
        Ok("User=u:v", "state", "bad-setting");
        Ok("User=65535", "state", "bad-setting");
        Ok("Restart=on-failure\nRestart=", "restart", "OnFailure");
        Ok("Restart=on-failure\nRestart=sometimes", "restart", "OnFailure");
        Ok("KillMode=process\nKillMode=Mixed", "killmode", "Process");
        Ok("KillSignal=INT\nFinalKillSignal=9\nRestartKillSignal=SIGRTMIN+3", "signals", "2/9/37");
        foreach ((string text, string us) in new[]
        {
            ("5min 20s", "320000000"), ("500ms", "500000"), ("1.5", "1500000"),
                ("1h30m", "5400000000"),
            ("infinity", "infinity"), ("0", "infinity"), ("3 parsecs", "90000000"),
                ("1y 2M 3w 4d", "38977200000000"),
            ("+5", "5000000"), ("-5", "90000000"), ("5 5", "10000000"), (".5", "500000"),
                ("5.", "90000000"),
            ("12.34.56", "90000000"), ("12.34 .56", "12900000"), ("5us", "5"), ("5 µs", "5"),
                ("", "90000000"),
            ("1sec2min", "121000000"), ("99999999999999999999", "90000000"), ("5s s", "90000000"),
        })
            Ok($"TimeoutStopSec={text}", "stop", us);
        Ok("TimeoutSec=7", "stop", "7000000");
        Ok("TimeoutSec=7", "start", "7000000");
        Ok("Nice=5", "start", "infinity");

        Ok("LimitNOFILE=1024:infinity\nLimitSTACK=8M\nLimitCPU=30s\nLimitNICE=+5\nLimitNPROC=64K",
            "limits",
            "0=30:30 3=8388608:8388608 7=1024:infinity 13=15:15");
        Ok("LimitCORE=10:5\nLimitFSIZE=1.5K\nLimitRTTIME=2ms\nLimitAS=0x10", "limits",
            "1=1536:1536 15=2000:2000");
        Ok("UMask=27", "umask", "0027");
        Ok("UMask=0999", "umask", "0022");
        Ok("Nice=5\nNice=99", "nice", "5");
        Ok("SuccessExitStatus=1 DATAERR 143 SIGKILL 300 2-4 TERM", "success", "1,65,143/9,15");
        Ok("SuccessExitStatus=1\nSuccessExitStatus=\nSuccessExitStatus=2", "success", "2/");
        Ok("RuntimeDirectory=a b/c ../d /e f:g private", "directories", "a b/c f:g");
        Ok("StandardOutput=syslog", "output", "Journal");
        Ok("StandardOutput=append:/var/log/x", "output", "Append /var/log/x");
        Ok("StandardInput=tty", "output", "Inherit");
        Ok("PIDFile=x.pid", "pidfile", "/run/x.pid");
        Ok("PIDFile=/var/run/x.pid", "pidfile", "/run/x.pid");
        Ok("WorkingDirectory=-/a//b", "workdir", "-/a/b");
        Ok("WorkingDirectory=rel", "state", "bad-setting");
        Ok("WorkingDirectory=~", "workdir", "~");
        Ok("BusName=org.x", "type", "oneshot");

        Plain("[Service]\nType=oneshot\nExecStop=/bin/true\n", "state", "bad-setting");
        Plain("[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStop=/bin/true\n", "state",
            "loaded");
        Plain("[Service]\nRemainAfterExit=yes\nExecStop=/bin/true\n", "type", "oneshot");
        Plain("[Service]\nType=simple\nRemainAfterExit=yes\nExecStop=/bin/true\n", "state",
            "bad-setting");
        Plain("[Service]\nRemainAfterExit=yes\n", "state", "bad-setting");
        Plain("[Unit]\nSuccessAction=reboot-force\n[Service]\nType=oneshot\n", "state", "loaded");
        Plain("[Service]\nExecStart=/bin/a\nExecStart=/bin/b\n", "state", "bad-setting");
        Plain("[Service]\nType=oneshot\nExecStart=/bin/a\nExecStart=/bin/b\n", "argv",
            "/bin/a ; /bin/b");
        Ok("Restart=always", "state", "bad-setting");
        Ok("Restart=on-success", "state", "bad-setting");
        Ok("RestartForceExitStatus=1", "state", "bad-setting");
        Plain("[Service]\nType=dbus\nExecStart=/bin/a\n", "state", "bad-setting");
        Plain("[Service]\nBusName=org.example.X\nExecStart=/bin/a\n", "type", "dbus");
        Plain("[Service]\nBusName=org.example.X\nExecStart=/bin/a\n", "Requires", "dbus.socket");
        Plain("", "state", "masked");
        Plain("[Unit]\nDescription=x\n", "state", "bad-setting");
        Plain("\uFEFF[Service]\r\nType=oneshot\r\nExecStart=/bin/echo é\r\n", "argv",
            "/bin/echo|é");
        Plain($"[Service]\nType=oneshot\nExecStart=/bin/true\n[Unit]\nDescription={new string('x', 70_000)}\n", "state", "loaded");
        Plain($"[Service]\nType=oneshot\nExecStart=/bin/true\n[Unit]\nDescription={new string('x', 1_200_000)}\n", "state", "error");
        Plain("[Service]\nType=notify\nExecStart=/bin/a\n", "notify", "Main");
        Plain("[Service]\nType=notify\nNotifyAccess=all\nExecStart=/bin/a\n", "notify", "All");
        Plain("[Service]\nExecStart=/bin/a\nStandardError=socket\n", "After",
            "systemd-journald.socket");
        Plain("[Service]\nExecStart=/bin/a\nStandardOutput=null\n", "After", "");
        return list;
    }
}
