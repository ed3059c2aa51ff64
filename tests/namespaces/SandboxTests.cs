using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// What a unit's sandbox does, seen from inside (systemd.exec(5)): each unit runs a line of shell
/// and leaves what it saw in /run/seen, which all can write.
/// </summary>
[TestFixture]
public sealed class SandboxTests
{
    private const string Status = "grep -E '^({0}):' /proc/self/status";

    /// <summary>Settings, the line that runs under them, and what it must print.</summary>
    private static readonly (string Name, string Settings, string Line, string Seen)[] Cases =
    [
        ("user", "User=daemon\nNoNewPrivileges=yes\nPrivateTmp=yes",
            "id -u; id -g; " + string.Format(Status, "NoNewPrivs|CapEff"),
            "1\n1\nCapEff:\t0000000000000000\nNoNewPrivs:\t1"),
        ("bound", "CapabilityBoundingSet=CAP_CHOWN CAP_KILL",
            string.Format(Status, "CapPrm|CapEff|CapBnd|CapInh"),
            "CapInh:\t0000000000000000\nCapPrm:\t0000000000000021\nCapEff:\t0000000000000021\n"
            + "CapBnd:\t0000000000000021"),
        ("unbound", "CapabilityBoundingSet=", string.Format(Status, "CapEff|CapBnd"),
            "CapEff:\t0000000000000000\nCapBnd:\t0000000000000000"),
        ("ambient", "User=daemon\nAmbientCapabilities=CAP_NET_BIND_SERVICE CAP_KILL",
            "id -u; " + string.Format(Status, "CapEff|CapAmb"),
            "1\nCapEff:\t0000000000000420\nCapAmb:\t0000000000000420"),
        ("bits", "SecureBits=noroot noroot-locked", string.Format(Status, "CapEff"),
            "CapEff:\t0000000000000000"),
        ("strict", "ProtectSystem=strict\nReadWritePaths=/srv/open",
            "echo x >/etc/probe; echo x >/srv/shut/probe; echo x >/srv/open/probe && echo open",
            "open"),
        ("full", "ProtectSystem=full", "echo x >/etc/probe || echo etc; echo x >/usr/probe || echo "
            + "usr; echo x >/srv/open/two && echo srv", "etc\nusr\nsrv"),
        ("home", "ProtectHome=yes", "ls -A /root | wc -l; stat -c %a /root", "0\n0"),
        ("homeread", "ProtectHome=read-only", "cat /root/secret; echo x >/root/probe || echo shut",
            "hidden\nshut"),
        ("homeempty", "ProtectHome=tmpfs", "ls -A /root | wc -l; echo x >/root/probe || echo shut",
            "0\nshut"),
        ("tmp", "PrivateTmp=yes", "ls -A /tmp | wc -l; stat -c %a /tmp; echo x >/tmp/mine; "
            + "grep -c ' /var/tmp ' /proc/self/mountinfo", "0\n1777\n1"),
        ("hide", "InaccessiblePaths=/srv/shut /root/secret -/no/such", "ls -A /srv/shut | wc -l; "
            + "stat -c '%a %s' /root/secret", "0\n0 0"),
        ("read", "ReadOnlyPaths=/srv\nReadWritePaths=/srv/open",
            "echo x >/srv/shut/p || echo shut; echo x >/srv/open/p && echo open", "shut\nopen"),
        ("noexec", "NoExecPaths=/srv", "/srv/open/tool; echo $?", "126"),
        ("exec", "NoExecPaths=/srv\nExecPaths=/srv/open", "/srv/open/tool; echo $?", "7"),
        ("empty", "TemporaryFileSystem=/srv:ro\nBindReadOnlyPaths=/etc/passwd:/srv/in/users\n"
            + "BindPaths=/srv/open:/srv/away",
            "ls -A /srv; echo x >/srv/new || echo shut; head -n 1 /srv/in/users; "
            + "echo x >>/srv/in/users || echo read; echo x >/srv/away/p && echo write",
            "away\nin\nshut\nroot:x:0:0:root:/root:/bin/sh\nread\nwrite"),
        ("devices", "PrivateDevices=yes",
            "ls /dev | grep -cE '^(null|zero|full|random|urandom|tty)$'; ls /dev | grep -c sda; "
            + "echo x >/dev/null && echo null; echo x >/dev/new || echo shut; "
            + "ls -A /dev/pts | grep -c ptmx", "6\n0\nnull\nshut\n1"),
        ("tunables", "ProtectKernelTunables=yes",
            "echo x >/proc/sys/kernel/domainname || echo shut; wc -c </proc/kallsyms",
            "shut\n0"),
        ("modules", "ProtectKernelModules=yes", string.Format(Status, "Seccomp"), "Seccomp:\t2"),
        ("hostname", "ProtectHostname=yes", "hostname other || echo shut", "shut"),
        ("network", "PrivateNetwork=yes", "ls /sys/class/net >/dev/null; "
            + "grep -c : /proc/net/dev; ip addr show lo | grep -c LOOPBACK,UP", "1\n1"),
        ("families", "RestrictAddressFamilies=AF_UNIX",
            "wget -q -O /dev/null http://127.0.0.1:9/ 2>&1 | grep -c 'not supported'", "1"),
        ("calls", "SystemCallFilter=@system-service\nSystemCallFilter=~chmod:ENOSYS fchmodat:ENOSYS"
            + " fchmod:ENOSYS\nSystemCallErrorNumber=EPERM",
            "mount -t tmpfs none /mnt 2>&1 | grep -ci permi; touch /tmp/cm; "
            + "chmod 700 /tmp/cm 2>&1 | grep -c 'not implemented'; "
            + string.Format(Status, "Seccomp"), "1\n1\nSeccomp:\t2"),
        ("denied", "SystemCallFilter=~@mount\nSystemCallErrorNumber=EPERM\n"
            + "SystemCallArchitectures=native",
            "mount -t tmpfs none /mnt 2>&1 | grep -ci permi; echo alive", "1\nalive"),
        ("namespaces", "RestrictNamespaces=yes", "unshare -m true 2>&1 | grep -c 'not permitted'",
            "1"),
        ("setid", "RestrictSUIDSGID=yes", "touch /tmp/su; chmod 4755 /tmp/su || echo shut; "
            + "chmod 755 /tmp/su && echo plain", "shut\nplain"),
        ("many", "MemoryDenyWriteExecute=yes\nRestrictRealtime=yes\nLockPersonality=yes\n"
            + "ProtectClock=yes\nProtectKernelLogs=yes\nProtectControlGroups=yes\n"
            + "SystemCallArchitectures=native\nUser=daemon",
            string.Format(Status, "NoNewPrivs|Seccomp"), "NoNewPrivs:\t1\nSeccomp:\t2"),
        ("proc", "ProtectProc=invisible\nProcSubset=pid\nUser=daemon",
            "ls -d /proc/1 2>/dev/null | wc -l; ls /proc | grep -cE '^(meminfo|sys)$'; true",
            "0\n0"),
        ("schedule", "CPUSchedulingPolicy=batch\nNice=5\nIOSchedulingClass=idle\nCPUAffinity=0",
            "cut -d' ' -f19,41 /proc/self/stat; ionice -p $$; taskset -p $$ | grep -c ': 1$'",
            "5 3\nidle\n1"),
        ("umask", "UMask=0077\nPrivateTmp=yes\nLimitNOFILE=123:456\nWorkingDirectory=/srv",
            "umask; ulimit -n; ulimit -Hn; pwd", "0077\n123\n456\n/srv"),
        ("credential",
            "User=daemon\nSetCredential=word:se\\x63ret\nLoadCredential=users:/etc/passwd",
            "ls $CREDENTIALS_DIRECTORY; cat $CREDENTIALS_DIRECTORY/word; echo; "
            + "stat -c '%a %u' $CREDENTIALS_DIRECTORY/word; echo x >$CREDENTIALS_DIRECTORY/word "
            + "|| echo shut", "users\nword\nsecret\n400 1\nshut"),
        ("data", "StandardInput=data\nStandardInputText=one\nStandardInputData=dHdvCg==", "cat",
            "one\ntwo"),
        ("dynamic", "DynamicUser=yes\nStateDirectory=dyn\nRuntimeDirectory=dynrun",
            "test $(id -u) -ge 61184 && test $(id -u) -le 65519 && echo range; "
            + "echo x >$STATE_DIRECTORY/f && echo state; ls -A /var/lib/private; "
            + "echo x >/etc/p || echo shut; " + string.Format(Status, "NoNewPrivs"),
            "range\nstate\ndyn\nshut\nNoNewPrivs:\t1"),
        ("users", "User=daemon\nPrivateUsers=yes",
            "id -u; cat /proc/self/uid_map | tr -s ' '; " + string.Format(Status, "CapEff"),
            "1\n 0 0 1\n 1 1 1\nCapEff:\t0000000000000000"),
        ("usersroot", "PrivateUsers=yes\nCapabilityBoundingSet=CAP_CHOWN",
            "cat /proc/self/uid_map | tr -s ' '; stat -c %u /lines; "
            + "touch /tmp/pu; chown 1 /tmp/pu || echo foreign; " + string.Format(Status, "CapEff"),
            "0 0 1\n0\nforeign\nCapEff:\t0000000000000001"),
        ("daemons", "User=daemon\nGroup=daemon\nRuntimeDirectory=many\n"
            + "RuntimeDirectoryMode=2755\nUMask=007\nPrivateTmp=true\nLimitNOFILE=65535\n"
            + "PrivateDevices=true\nProtectHome=true\nProtectSystem=strict\n"
            + "ReadWritePaths=-/srv/open\nReadWritePaths=-/no/such\nCapabilityBoundingSet=\n"
            + "LockPersonality=true\nMemoryDenyWriteExecute=true\nNoNewPrivileges=true\n"
            + "PrivateUsers=true\nProtectClock=true\nProtectControlGroups=true\n"
            + "ProtectHostname=true\nProtectKernelLogs=true\nProtectKernelModules=true\n"
            + "ProtectKernelTunables=true\nProtectProc=invisible\nRemoveIPC=true\n"
            + "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX\nRestrictNamespaces=true\n"
            + "RestrictRealtime=true\nRestrictSUIDSGID=true\nSystemCallArchitectures=native\n"
            + "SystemCallFilter=@system-service\nSystemCallFilter=~ @privileged @resources\n"
            + "SystemCallFilter=setuid setgid\n" // busybox gives up what it never had
            + "NoExecPaths=/\nExecPaths=/usr/bin/busybox /lib /lib64",
            "id -u; umask; ls -ld /run/many | cut -c1-10; echo x >/run/many/f && echo own; "
            + string.Format(Status, "CapEff|CapBnd|NoNewPrivs|Seccomp"),
            "1\n0007\ndrwxr-sr-x\nown\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n"
            + "NoNewPrivs:\t1\nSeccomp:\t2"),
        ("preload", "User=daemon\nEnvironment=LD_PRELOAD=/srv/open/none.so DOTNET_gcServer=x"
            + "\nPrivateTmp=yes", "echo $LD_PRELOAD $DOTNET_gcServer", "/srv/open/none.so x"),
    ];

    private Layer _layer = null!;
    private BootedSystem _system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        _layer = new Layer()
            .Targets()
            .WriteFile("/root/secret", "hidden\n")
            .WriteFile("/srv/shut/file", "")
            .WriteFile("/srv/open/file", "")
            .WriteFile("/srv/tool", "#!/bin/sh\nexit 7\n")
            .WriteFile("/mnt/file", "");
        foreach ((string name, string settings, string line, _) in Cases)
        {
            _layer.WriteFile($"/lines/{name}", line + "\n").Unit($"{name}.service",
                $"[Service]\nType=oneshot\nStandardOutput=append:/run/seen/{name}\n"
                + "StandardError=null\n"
                + $"{settings}\nExecStart=/bin/sh /lines/{name}\n");
        }

        foreach ((string name, string settings, _) in Refused)
        {
            _layer.Unit($"{name}.service",
                $"[Service]\nType=oneshot\n{settings}\nExecStart=/bin/touch /run/ran-{name}\n");
        }

        _layer.WriteFile("/srv/mark.env", "LD_PRELOAD=/run/mark.so\n").WriteFile(
            "/lines/loaded", "echo $LD_PRELOAD >/run/seen/loaded\n").Unit("loaded.service",
            "[Service]\nType=oneshot\nPrivateDevices=yes\nEnvironmentFile=/srv/mark.env\n"
            + "ExecStart=/bin/sh /lines/loaded\n");
        _system = BootedSystem.Initxd(_layer);
        _system.AwaitConsole("Boot committed");
        _system.Shell("mkdir -p /run/seen /var/tmp /var/lib /home /run/user; chmod 1777 /tmp "
            + "/var/tmp; cp /srv/tool /srv/open/tool; chmod 755 /srv/open/tool");
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        _system?.Dispose();
        _layer?.Dispose();
    }

    private static IEnumerable<string> Names => Cases.Select(c => c.Name);

    [TestCaseSource(nameof(Names))]
    public void A_unit_sees_what_its_settings_leave(string name)
    {
        (_, string settings, string line, string seen) = Cases.Single(c => c.Name == name);
        _system.Shell($"rm -f /run/seen/{name}");
        CommandResult started = _system.Initx("start", name);
        string found = _system.Shell($"cat /run/seen/{name}").Out.Trim();
        string evidence = $"{settings}\n{line}\n{started.Out}{started.Error}\n{_system.Evidence()}";
        Assert.That(started.Status, Is.Zero, evidence);
        Assert.That(found, Is.EqualTo(seen), evidence);
    }

    /// <summary>Settings that cannot be applied, the status and what is said.</summary>
    private static readonly (string Name, string Settings, string Said)[] Refused =
    [
        ("no-path", "ReadOnlyPaths=/no/such", "ReadOnlyPaths: /no/such: ENOENT"),
        ("no-bind", "BindPaths=/no/such:/srv/x", "BindPaths: /no/such: ENOENT"),
        ("no-root", "RootDirectory=/no/such", "RootDirectory: /no/such: ENOENT"),
        ("no-net", "NetworkNamespacePath=/no/such", "NetworkNamespacePath: /no/such: ENOENT"),
        ("no-cred", "LoadCredential=a:/no/such", "LoadCredential: a:/no/such: ENOENT"),
        ("no-dir", "PrivateTmp=yes\nWorkingDirectory=/no/such",
            "WorkingDirectory: /no/such: ENOENT"),
        ("no-user", "PrivateTmp=yes\nUser=nowhere", "User=nowhere: there is no such user"),
        ("no-digit", "PrivateTmp=yes\nUser=0day", "User=0day: there is no such user"),
        ("no-group", "PrivateTmp=yes\nGroup=0x0", "Group=0x0: there is no such user or group"),
    ];

    private static IEnumerable<string> RefusedNames => Refused.Select(c => c.Name);

    [TestCaseSource(nameof(RefusedNames))]
    public void A_setting_that_cannot_be_applied_keeps_the_program_from_running(string name)
    {
        string said = Refused.Single(c => c.Name == name).Said;
        Assert.That(_system.Initx("start", name).Status, Is.Not.Zero, _system.Evidence());
        Assert.That(_system.Shell($"test -e /run/ran-{name}").Status, Is.Not.Zero);
        Assert.That(_system.Initx("history", name).Out, Does.Contain(said), _system.Evidence());
    }

    // EnvironmentFile= may be a file that the service's user writes; initx-exec reads it as root.
    [Test]
    public void A_library_named_in_a_service_s_environment_is_not_loaded_while_root()
    {
        string library = Path.Combine(_layer.Path, "mark.so");
        CommandResult compiled = HostCommand.Run(
        [
            "gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-nostartfiles", "-o",
            library,
            Path.Combine(Repository.Root, "tests", "namespaces", "native", "preload.c"),
        ]);
        Assert.That(compiled.Status, Is.Zero, compiled.ToString);
        string bytes = Convert.ToBase64String(File.ReadAllBytes(library));
        File.WriteAllText(_system.PathOf("/run/mark.b64"), bytes);
        _system.Shell("base64 -d </run/mark.b64 >/run/mark.so; chmod 755 /run/mark.so");
        _system.Shell("LD_PRELOAD=/run/mark.so /usr/lib/initx/initx-exec --version");
        Assert.That(_system.Shell("rm /run/preloaded").Status, Is.Zero, "it works when loaded");
        Assert.That(_system.Initx("start", "loaded").Status, Is.Zero, _system.Evidence());
        Assert.That(_system.Shell("cat /run/seen/loaded").Out.Trim(), Is.EqualTo("/run/mark.so"));
        Assert.That(_system.Shell("test -e /run/preloaded").Status, Is.Not.Zero);
    }

    [Test]
    public void A_tmp_of_its_own_goes_with_the_unit()
    {
        _system.Initx("start", "tmp");
        Eventually.True(
            () => _system.Shell("ls /tmp | grep -c initx-private-tmp").Out.Trim() == "0",
            "it is removed", _system.Evidence);
    }
}
