namespace InitTx.Oracle.Tests.Running;

/// <summary>
/// systemd.exec(5): identity, environment, limits, streams and directories, as a process sees them.
/// </summary>
internal static class SettingCases
{
    private static readonly (string Name, string Settings)[] Identity =
    [
        ("plain", ""),
        ("user", "User=nobody"),
        ("user-by-number", "User=65534"),
        ("user-root", "User=root"),
        ("user-daemon", "User=daemon"),
        ("user-without-shell", "User=www-data"),
        ("group", "Group=daemon"),
        ("user-and-group", "User=nobody\nGroup=daemon"),
        ("supplementary", "User=nobody\nSupplementaryGroups=daemon adm"),
        ("supplementary-root", "SupplementaryGroups=daemon"),
        ("set-login-environment", "User=nobody\nWorkingDirectory=/"),
        ("umask", "UMask=0027"),
        ("nice", "Nice=7"),
        ("nice-negative", "Nice=-5"),
        ("oom", "OOMScoreAdjust=300"),
        ("scheduling-batch", "CPUSchedulingPolicy=batch"),
        ("scheduling-idle", "CPUSchedulingPolicy=idle"),
        ("scheduling-rr", "CPUSchedulingPolicy=rr\nCPUSchedulingPriority=3"),
        ("scheduling-reset",
            "CPUSchedulingPolicy=fifo\nCPUSchedulingPriority=2\nCPUSchedulingResetOnFork=yes"),
        ("io-class", "IOSchedulingClass=idle"),
        ("io-priority", "IOSchedulingClass=best-effort\nIOSchedulingPriority=6"),
        ("affinity", "CPUAffinity=0"),
        ("slack", "TimerSlackNSec=1ms"),
        ("personality", "Personality=x86"),
        ("limit-nofile", "LimitNOFILE=1234:2345"),
        ("limit-nofile-one", "LimitNOFILE=512"),
        ("limit-nproc", "LimitNPROC=100\nUser=nobody"),
        ("limit-core", "LimitCORE=infinity"),
        ("limit-memlock", "LimitMEMLOCK=1M"),
        ("limit-as", "LimitAS=4G:8G"),
        ("limit-cpu", "LimitCPU=1min"),
        ("limit-nice", "LimitNICE=+5"),
        ("limit-rttime", "LimitRTTIME=200ms"),
        ("limit-others",
            "LimitSTACK=4M\nLimitFSIZE=1G\nLimitDATA=2G\nLimitRSS=1G\nLimitSIGPENDING=99"),
        ("ignore-sigpipe-no", "IgnoreSIGPIPE=no"),
        ("bounding", "CapabilityBoundingSet=CAP_CHOWN CAP_NET_BIND_SERVICE"),
        ("bounding-without", "CapabilityBoundingSet=~CAP_SYS_ADMIN CAP_SYS_PTRACE"),
        ("bounding-empty", "CapabilityBoundingSet="),
        ("ambient", "User=nobody\nAmbientCapabilities=CAP_NET_BIND_SERVICE CAP_CHOWN"),
        ("ambient-and-bounding",
            "User=nobody\nAmbientCapabilities=CAP_CHOWN\nCapabilityBoundingSet=CAP_CHOWN CAP_KILL"),
        ("no-new-privileges", "NoNewPrivileges=yes"),
        ("secure-bits", "SecureBits=keep-caps noroot"),
        ("dynamic-user", "DynamicUser=yes"),
        ("dynamic-user-named", "DynamicUser=yes\nUser=somebody"),
        ("keyring", "KeyringMode=inherit"),
        ("dumps", "CoredumpFilter=all"),
        ("dumps-added", "CoredumpFilter=elf-headers\nCoredumpFilter=0x1"),
        ("dumps-wrong", "CoredumpFilter=elf-headers\nCoredumpFilter=all nothing"),
        ("memory-nodes", "NUMAPolicy=bind\nNUMAMask=0"),
        ("memory-nodes-all", "NUMAPolicy=interleave\nNUMAMask=all"),
        ("memory-preferred", "NUMAPolicy=preferred"),
        ("memory-local", "NUMAPolicy=local\nNUMAMask=0"),
        ("memory-without-nodes", "NUMAPolicy=bind"),
        ("memory-without-policy", "NUMAMask=0"),
        ("memory-preferred-many", "NUMAPolicy=preferred\nNUMAMask=0-1"),
        ("label-apparmor", "AppArmorProfile=none-such"),
        ("label-selinux", "SELinuxContext=a:b:c\nUser=nobody"),
        ("label-smack", "SmackProcessLabel=-none"),
    ];

    private static readonly (string Name, string Settings)[] Environments =
    [
        ("values", "Environment=A=1 \"B=two words\" 'C=x' D=\"quoted\"\nEnvironment=A=again"),
        ("specifiers", "Environment=N=%n P=%p I=%i H=%H U=%u D=%t S=%S C=%C L=%L E=%E T=%T V=%V"),
        ("file", "EnvironmentFile=/oracle/files/environment"),
        ("file-over-value", "Environment=PLAIN=unit\nEnvironmentFile=/oracle/files/environment"),
        ("file-optional", "EnvironmentFile=-/oracle/missing"),
        ("unset", "Environment=A=1 B=2\nUnsetEnvironment=A B=3 PATH"),
        ("pass", "PassEnvironment=TERM container"),
        ("exec-path", "ExecSearchPath=/oracle:/bin"),
        ("exec-path-twice", "ExecSearchPath=/oracle:relative:/bin\nExecSearchPath=/usr/bin/"),
        ("exec-path-and-own", "ExecSearchPath=/oracle\nEnvironment=PATH=/bin"),
        ("language", "Environment=LANG=C LC_ALL=POSIX"),
        ("reset", "Environment=A=1\nEnvironment=\nEnvironment=B=2"),
        ("over-directories",
            "StateDirectory={N}\nRuntimeDirectory={N}\nEnvironment=STATE_DIRECTORY=/mine"),
        ("over-identity",
            "User=daemon\nEnvironment=HOME=/mine USER=me LOGNAME=me SHELL=/mine/shell"),
        ("over-manager",
            "NotifyAccess=all\nWatchdogSec=1h\nEnvironment=NOTIFY_SOCKET=/mine "
            + "INVOCATION_ID=mine WATCHDOG_USEC=1 WATCHDOG_PID=1 SYSTEMD_EXEC_PID=mine "
            + "JOURNAL_STREAM=mine LISTEN_FDS=7 MAINPID=1"),
    ];

    // Credentials are not among them: systemd has none where it may not mount for them, as here.
    private static readonly (string Name, string Settings)[] Directories =
    [
        ("working", "WorkingDirectory=/var/lib"),
        ("working-home", "User=nobody\nWorkingDirectory=-~"),
        ("working-home-root", "WorkingDirectory=~"),
        ("working-home-daemon", "User=daemon\nWorkingDirectory=~"),
        ("runtime", "RuntimeDirectory={N} {N}/sub"),
        ("runtime-mode", "User=nobody\nRuntimeDirectory={N}\nRuntimeDirectoryMode=0750"),
        ("runtime-preserve", "RuntimeDirectory={N}\nRuntimeDirectoryPreserve=yes"),
        ("state", "User=nobody\nStateDirectory={N}"),
        ("state-mode", "StateDirectory={N}\nStateDirectoryMode=0700"),
        ("cache-and-logs", "User=nobody\nCacheDirectory={N}\nLogsDirectory={N}"),
        ("configuration", "User=nobody\nConfigurationDirectory={N}"),
        ("dynamic-state", "DynamicUser=yes\nStateDirectory={N}\nRuntimeDirectory={N}"),
        ("dynamic-cache-and-logs",
            "DynamicUser=yes\nCacheDirectory={N} {N}/sub\nLogsDirectory={N}"),
        ("symlinked", "StateDirectory={N}:{N}-link"),
        ("symlinked-twice", "StateDirectory={N}:{N}-link {N}:{N}-other"),
        ("dynamic-symlinked", "DynamicUser=yes\nStateDirectory={N}:{N}-link"),
    ];

    private static readonly (string Name, string Settings)[] Streams =
    [
        ("input-null", "StandardInput=null"),
        ("input-file", "StandardInput=file:/oracle/files/environment"),
        ("input-data", "StandardInput=data\nStandardInputText=hello there"),
        ("error-inherit", "StandardError=inherit"),
        ("error-file", "StandardError=file:/oracle/tmp/{N}.error"),
        ("output-append", "StandardOutput=append:/oracle/tmp/{N}"),
        ("output-file", "StandardOutput=file:/oracle/tmp/{N}"),
    ];

    public static IEnumerable<RunCase> All()
    {
        foreach ((string name, string settings) in Identity)
            yield return RunCase.Probe("identity", $"identity-{name}", settings);
        foreach ((string name, string settings) in Environments)
            yield return RunCase.Probe("environment", $"environment-{name}", settings);
        foreach ((string name, string settings) in Directories)
        {
            yield return RunCase.Service(
                "directory", $"directory-{name}",
                "Type=oneshot\nRemainAfterExit=yes\nExecStart=/oracle/probe\n"
                + $"StandardOutput=truncate:/oracle/tmp/{{N}}\nStandardError=null\n{settings}",
                "told {N}\nact stop {N}.service\nsettle {N}.service\n"
                + "stat -c '%n %a %u %g %F' /run/{N} /var/lib/{N} /var/cache/{N} /var/log/{N} "
                + "/etc/{N} 2>/dev/null\nfor l in /var/lib/{N}{,-link,-other}; do\n"
                + "    [[ ! -L $l ]] || echo \"$l: $(readlink \"$l\")\"\ndone\n");
        }

        foreach ((string name, string settings) in Streams)
            yield return RunCase.Probe("stream", $"stream-{name}", settings);
        foreach (RunCase story in Hooks())
            yield return story;
    }

    private static IEnumerable<RunCase> Hooks()
    {
        yield return RunCase.Story(
            "identity", "identity-dynamic-instance",
            "act start {N}@one.service\nsettle {N}@one.service\nshow {N}@one.service\ntold {N}\n",
            ("{N}@.service",
                "[Service]\nType=oneshot\nRemainAfterExit=yes\nDynamicUser=yes\n"
                + "ExecStart=/oracle/probe\nStandardOutput=truncate:/oracle/tmp/{N}\n"
                + "StandardError=null\n"));
        yield return RunCase.Story(
            "environment", "environment-of-steps",
            "act start {N}.service\nact reload {N}.service\nact stop {N}.service\n"
            + "settle {N}.service\n"
            + "sed 's/=[0-9][0-9]*$/=NUMBER/; s/ID=.*/ID=ID/' /oracle/tmp/{N}\n",
            ("{N}.service",
                "[Service]\nExecStart=/bin/sleep 300\nStandardOutput=append:/oracle/tmp/{N}\n"
                + "Environment=A=1\n" + string.Concat(
                    ((string[])["ExecStartPre", "ExecStartPost", "ExecReload", "ExecStop",
                        "ExecStopPost"]).Select(step =>
                        $"{step}=/bin/sh -c 'echo {step}; env | sort | grep -v -e ^_= -e ^PWD= -e "
                        + "^JOURNAL_STREAM= -e ^SHLVL='\n"))));
    }
}
