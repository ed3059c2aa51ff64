namespace InitTx.Oracle.Tests.Running;

/// <summary>Every Restart= with every end of a service (systemd.service(5), table 1).</summary>
internal static class RestartCases
{
    private const string Family = "restart";

    private const string Bounded =
        "RestartSec=60ms\nTimeoutStopSec=2s\n";

    private const string Limit = "StartLimitBurst=3\nStartLimitIntervalSec=300";

    private static readonly string[] Policies =
        ["no", "on-success", "on-failure", "on-abnormal", "on-abort", "on-watchdog", "always"];

    private static readonly (string Name, string Service)[] Ends =
    [
        ("exit-0", "ExecStart=/oracle/end {N} exit 0"),
        ("exit-1", "ExecStart=/oracle/end {N} exit 1"),
        ("term", "ExecStart=/oracle/end {N} signal TERM"),
        ("kill", "ExecStart=/oracle/end {N} signal KILL"),
        ("abort", "ExecStart=/oracle/end {N} signal ABRT"),
        ("slow-start",
            "Type=notify\nNotifyAccess=all\nTimeoutStartSec=300ms\nExecStart=/oracle/end {N} hang"),
        ("watchdog",
            "Type=notify\nNotifyAccess=all\nWatchdogSec=300ms\nExecStart=/oracle/end {N} ready"),
        ("too-long", "RuntimeMaxSec=300ms\nExecStart=/oracle/end {N} hang"),
        ("oneshot-1", "Type=oneshot\nExecStart=/oracle/end {N} exit 1"),
    ];

    private static readonly (string Name, string Service)[] Statuses =
    [
        ("success-5", "Restart=on-failure\nSuccessExitStatus=5\nExecStart=/oracle/end {N} exit 5"),
        ("success-usr1",
            "Restart=on-failure\nSuccessExitStatus=SIGUSR1\nExecStart=/oracle/end {N} signal USR1"),
        ("success-name",
            "Restart=on-success\nSuccessExitStatus=TEMPFAIL\nExecStart=/oracle/end {N} exit 75"),
        ("prevent-5",
            "Restart=always\nRestartPreventExitStatus=5\nExecStart=/oracle/end {N} exit 5"),
        ("prevent-kill",
            "Restart=always\nRestartPreventExitStatus=SIGKILL\n"
            + "ExecStart=/oracle/end {N} signal KILL"),
        ("force-5", "Restart=no\nRestartForceExitStatus=5\nExecStart=/oracle/end {N} exit 5"),
        ("force-0", "Restart=no\nRestartForceExitStatus=0\nExecStart=/oracle/end {N} exit 0"),
        ("force-term",
            "Restart=no\nRestartForceExitStatus=SIGTERM\nExecStart=/oracle/end {N} signal TERM"),
        ("hup", "Restart=on-failure\nExecStart=/oracle/end {N} signal HUP"),
        ("pipe", "Restart=on-failure\nExecStart=/oracle/end {N} signal PIPE"),
        ("usr2", "Restart=on-abnormal\nExecStart=/oracle/end {N} signal USR2"),
        ("remain", "Type=oneshot\nRemainAfterExit=yes\nRestart=on-failure\n"
            + "ExecStart=/oracle/end {N} exit 1"),
        ("pre-fails",
            "Restart=on-failure\nExecStartPre=/oracle/end {N} exit 3\nExecStart=/bin/true"),
        ("post-fails", "Restart=on-failure\nExecStart=/oracle/end {N} hang\n"
            + "ExecStartPost=/bin/sh -c 'sleep 0.3; exit 1'"),
        ("missing", "Restart=on-failure\nExecStart=/oracle/no-such-program"),
        ("condition-1",
            "Restart=always\nExecCondition=/oracle/end {N} exit 1\nExecStart=/bin/true"),
        ("condition-255",
            "Restart=always\nExecCondition=/oracle/end {N} exit 255\nExecStart=/bin/true"),
    ];

    public static IEnumerable<RunCase> All()
    {
        foreach ((string name, string service) in Ends)
        {
            foreach (string policy in Policies)
            {
                // systemd refuses these two for a oneshot service, which the table has elsewhere.
                if (name == "oneshot-1" && policy is "always" or "on-success")
                    continue;
                yield return RunCase.Service(
                    Family, $"{name}-{policy}", $"Restart={policy}\n{Bounded}{service}",
                    "told {N}\n", Limit);
            }
        }

        foreach ((string name, string service) in Statuses)
        {
            yield return RunCase.Service(
                Family, $"status-{name}", Bounded + service, "told {N}\n", Limit);
        }
    }
}
