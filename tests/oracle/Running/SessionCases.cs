namespace InitTx.Oracle.Tests.Running;

/// <summary>
/// systemd.exec(5), PAMName=: what modules do to a process, and when they are asked.
/// </summary>
internal static class SessionCases
{
    private const string Opens =
        "auth required pam_permit.so\naccount required pam_permit.so\n"
        + "session required pam_permit.so\n";

    private static readonly (string Name, string Settings, string Modules)[] Sessions =
    [
        ("open", "User=nobody", ""),
        ("root", "User=root", ""),
        ("no-user", "", "account required pam_deny.so\n"),
        ("group-only", "Group=daemon", "account required pam_deny.so\n"),
        ("account-denied", "User=nobody", "account required pam_deny.so\n"),
        ("session-denied", "User=nobody", "session required pam_deny.so\n"),
        ("authentication-denied", "User=nobody", "auth required pam_deny.so\n"),
        ("variables", "User=nobody\nEnvironment=KEPT=mine OTHER=mine",
            "session required pam_env.so envfile=/oracle/files/{N}\n"),
        ("limits", "User=nobody\nLimitNOFILE=200\nLimitSTACK=4M\nLimitDATA=2G",
            "session required pam_limits.so conf=/oracle/files/{N}-limits\n"),
        ("umask", "User=nobody\nUMask=0077", "session required pam_umask.so umask=0027\n"),
        ("keyring", "User=nobody", "session required pam_keyinit.so force revoke\n"),
        ("sandbox", "User=nobody\nProtectSystem=strict\nPrivateTmp=yes\nNoNewPrivileges=yes\n"
            + "CapabilityBoundingSet=\nRestrictAddressFamilies=AF_UNIX", ""),
        ("dynamic", "DynamicUser=yes", ""),
        ("other", "User=nobody\nPAMName=has-no-file", ""),
        ("nologin", "User=www-data", "account required pam_nologin.so\n"),
    ];

    public static IEnumerable<RunCase> All()
    {
        foreach ((string name, string settings, string modules) in Sessions)
        {
            yield return Case($"session-{name}", modules,
                "Type=oneshot\nExecStart=/oracle/probe\nStandardOutput=truncate:/oracle/tmp/{N}\n"
                + $"StandardError=null\nPAMName={{N}}\n{settings}",
                "told {N}\n");
        }

        yield return Case("session-marks", Marks,
            "Type=oneshot\nUser=nobody\nPAMName={N}\nExecStartPre=/bin/true\nExecStart=/bin/true\n"
            + "ExecStartPost=+/bin/true",
            Sorted.Replace("N LINES", "{N} 4", StringComparison.Ordinal));
        yield return Case("session-fails-behind", Marks,
            "Type=oneshot\nUser=nobody\nPAMName={N}\nExecStart=/bin/false",
            Sorted.Replace("N LINES", "{N} 2", StringComparison.Ordinal));
        yield return Case("session-privileged", "account required pam_deny.so\n",
            "Type=oneshot\nUser=nobody\nPAMName={N}\n"
            + "ExecStart=!/bin/sh -c 'id -u >/oracle/tmp/{N}'",
            "told {N}\n");
        foreach (string mode in (string[])["init", "login", "user"])
        {
            yield return RunCase.Story(
                "session", $"session-record-{mode}",
                "touch /run/utmp\nact start {N}.service\nrecord " + mode + "\n"
                + "act stop {N}.service\nrecord " + mode + "\n",
                ("{N}.service", "[Service]\nUser=nobody\nTTYPath=/dev/tty9\nUtmpMode=" + mode
                    + "\nUtmpIdentifier=id-" + mode + "\nExecStart=/bin/sleep infinity\n"));
        }

        // Whether systemd finds the main process beside (sd-pam) is a matter of chance.
        yield return Case("session-forking", "",
            "Type=forking\nUser=nobody\nPAMName={N}\nExecStart=/bin/sh -c 'sleep infinity &'",
            "act stop {N}.service\nis {N}.service\n");
    }

    // Nobody promises that a session is closed before the next command has its own.
    private const string Sorted =
        "wait_for N LINES\nsort -o /oracle/tmp/{N} /oracle/tmp/{N}\ntold {N}\n";

    private const string Marks = "session optional pam_exec.so seteuid /oracle/files/{N}-mark\n";

    private static RunCase Case(string name, string modules, string service, string after) =>
        RunCase.Story(
            "session", name,
            "chmod 755 /oracle/files/{N}-mark\n"
            + "act start {N}.service\nsettle {N}.service\nshow {N}.service\n" + after,
            ("{N}.service", $"[Service]\n{service}\n"),
            ("/etc/pam.d/{N}", Opens + modules),
            ("/oracle/files/{N}", "KEPT=module\nADDED=module\n"),
            ("/oracle/files/{N}-limits",
                "* - nofile 77\n* - nproc 500\n* soft core 0\n* hard data 1000000\n"),
            ("/oracle/files/{N}-mark",
                "#!/bin/sh\numask 0\necho $PAM_TYPE $PAM_USER >>/oracle/tmp/{N}\n"));
}
