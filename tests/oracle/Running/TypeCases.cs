namespace InitTx.Oracle.Tests.Running;

/// <summary>Types of services, the steps of a start, reload, notifications.</summary>
internal static class TypeCases
{
    private const string Family = "type";

    private const string Log = "StandardOutput=append:/oracle/tmp/{N}\n";

    private static readonly (string Name, string Service)[] Services =
    [
        ("simple", "ExecStart=/bin/sleep 300"),
        ("simple-missing", "ExecStart=/oracle/missing"),
        ("simple-no-user", "User=nobody-here\nExecStart=/bin/sleep 300"),
        ("simple-no-directory", "WorkingDirectory=/oracle/missing\nExecStart=/bin/sleep 300"),
        ("simple-directory-optional",
            "WorkingDirectory=-/oracle/missing\nExecStart=/bin/sleep 300"),
        ("simple-no-environment", "EnvironmentFile=/oracle/missing\nExecStart=/bin/sleep 300"),
        ("simple-dash", "ExecStart=-/bin/false"),
        ("exec", "Type=exec\nExecStart=/bin/sleep 300"),
        ("exec-missing", "Type=exec\nExecStart=/oracle/missing"),
        ("exec-no-user", "Type=exec\nUser=nobody-here\nExecStart=/bin/sleep 300"),
        ("exec-not-executable", "Type=exec\nExecStart=/etc/passwd"),
        ("oneshot", "Type=oneshot\nExecStart=/bin/echo one\nExecStart=/bin/echo two"),
        ("oneshot-fails", "Type=oneshot\nExecStart=/bin/false\nExecStart=/bin/echo never"),
        ("oneshot-dash", "Type=oneshot\nExecStart=-/bin/false\nExecStart=/bin/echo after"),
        ("oneshot-remain", "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/echo one"),
        ("oneshot-only-stop", "Type=oneshot\nRemainAfterExit=yes\nExecStop=/bin/echo stop"),
        ("oneshot-slow", "Type=oneshot\nTimeoutStartSec=300ms\nTimeoutStopSec=1s\n"
            + "ExecStart=/bin/sleep 300"),
        ("steps", "ExecCondition=/bin/echo condition\nExecStartPre=/bin/echo pre\n"
            + "ExecStartPost=/bin/echo post\nExecStart=/oracle/end {N}.runs hang"),
        ("pre-fails", "ExecStartPre=/bin/false\nExecStart=/bin/sleep 300\n"
            + "ExecStopPost=/bin/sh -c 'echo $$SERVICE_RESULT $$EXIT_CODE $$EXIT_STATUS'"),
        ("post-fails", "ExecStart=/bin/sleep 300\nExecStartPost=/bin/false\n"
            + "ExecStop=/bin/echo stop\nExecStopPost=/bin/echo stop-post"),
        ("condition-1", "ExecCondition=/bin/sh -c 'exit 1'\nExecStart=/bin/sleep 300\n"
            + "ExecStopPost=/bin/echo stop-post"),
        ("condition-254", "ExecCondition=/bin/sh -c 'exit 254'\nExecStart=/bin/sleep 300"),
        ("condition-255", "ExecCondition=/bin/sh -c 'exit 255'\nExecStart=/bin/sleep 300"),
        ("condition-signal", "ExecCondition=/bin/sh -c 'kill -9 $$$$'\nExecStart=/bin/sleep 300"),
        ("forking", "Type=forking\nExecStart=/bin/sh -c 'sleep 300 & exit 0'"),
        ("forking-fails", "Type=forking\nExecStart=/bin/sh -c 'sleep 300 & exit 3'"),
        ("forking-nothing-left", "Type=forking\nExecStart=/bin/true"),
        ("forking-no-guess", "Type=forking\nGuessMainPID=no\n"
            + "ExecStart=/bin/sh -c 'sleep 300 & exit 0'"),
        ("forking-pid-file", "Type=forking\nPIDFile=/run/{N}.pid\n"
            + "ExecStart=/bin/sh -c 'sleep 300 & echo $! >/run/{N}.pid'"),
        ("forking-no-pid-file", "Type=forking\nPIDFile=/run/{N}.pid\nTimeoutStartSec=500ms\n"
            + "ExecStart=/bin/sh -c 'sleep 300 & exit 0'"),
        ("forking-slow", "Type=forking\nTimeoutStartSec=300ms\nExecStart=/bin/sleep 300"),
        ("notify", "Type=notify\nNotifyAccess=all\nExecStart=/oracle/end {N}.runs ready"),
        ("notify-main-only", "Type=notify\nTimeoutStartSec=500ms\n"
            + "ExecStart=/bin/sh -c 'systemd-notify --ready; exec sleep 300'"),
        ("notify-ends", "Type=notify\nNotifyAccess=all\nExecStart=/bin/true"),
        ("notify-fails", "Type=notify\nNotifyAccess=all\nExecStart=/bin/false"),
        ("notify-ready-ends", "Type=notify\nNotifyAccess=all\n"
            + "ExecStart=/oracle/end {N}.runs ready-exit 0"),
        ("notify-ready-fails", "Type=notify\nNotifyAccess=all\n"
            + "ExecStart=/oracle/end {N}.runs ready-exit 7"),
        ("notify-extends", "Type=notify\nNotifyAccess=all\nTimeoutStartSec=2s\n"
            + "ExecStart=/bin/sh -c 'for i in 1 2 3; do "
            + "systemd-notify EXTEND_TIMEOUT_USEC=9000000; sleep 1; done; "
            + "systemd-notify --ready; exec sleep 300'"),
        ("success-action-none", "Type=oneshot\nExecStart=/bin/true\nRemainAfterExit=no"),
        ("exit-status-in-word", "Type=oneshot\nExecStart=/bin/sh -c 'exit 78'"),
        ("argument-words", "Type=oneshot\nEnvironment=A=1 \"B=two words\"\n"
            + "ExecStart=/usr/bin/printf '<%%s>' $A ${B} $B \"$B\" x${A}y $C ${C} $$A '%p'"),
        ("argv0", "Type=oneshot\nExecStart=@/bin/sh other -c 'echo $0'"),
        ("no-expansion", "Type=oneshot\nEnvironment=A=1\nExecStart=:/bin/echo $A ${A}"),
        ("path-search", "Type=oneshot\nExecStart=echo found"),
        ("semicolons", "Type=oneshot\nExecStart=/bin/echo one ; /bin/echo two \\; three"),
        ("full-privileges", "Type=oneshot\nUser=nobody\nExecStart=+/usr/bin/id -u\n"
            + "ExecStart=/usr/bin/id -u\nExecStart=!/usr/bin/id -u"),
    ];

    public static IEnumerable<RunCase> All()
    {
        foreach ((string name, string service) in Services)
        {
            yield return RunCase.Service(
                Family, name, $"{Log}{service}",
                "told {N}\nact stop {N}.service\nsettle {N}.service\nshow {N}.service\ntold {N}\n");
        }

        foreach (RunCase story in Stories())
            yield return story;
    }

    private static IEnumerable<RunCase> Stories()
    {
        yield return Reload(
            "reload",
            "ExecStart=/bin/sleep 300\nExecReload=/bin/sh -c 'echo reloads $$MAINPID'\n");
        yield return Reload(
            "reload-fails", "ExecStart=/bin/sleep 300\nExecReload=/bin/false\n");
        yield return Reload(
            "reload-hangs",
            "TimeoutStartSec=300ms\nExecStart=/bin/sleep 300\nExecReload=/bin/sleep 300\n");
        yield return Reload(
            "reload-kills-main",
            "ExecStart=/bin/sleep 300\nExecReload=/bin/sh -c 'kill -9 $$MAINPID; sleep 0.3'\n");
        yield return Reload("reload-none", "ExecStart=/bin/sleep 300\n");
        yield return Reload(
            "notify-reloading",
            "Type=notify\nNotifyAccess=all\nExecStart=/bin/bash -c 'systemd-notify --ready; "
            + "trap \"systemd-notify RELOADING=1; echo reloading; systemd-notify --ready\" HUP; "
            + "while :; do sleep 0.1; done'\nExecReload=/bin/kill -HUP $MAINPID\n");
        yield return RunCase.Story(
            Family, "notify-status-and-stopping",
            "act start {N}.service\nsystemctl show -p StatusText {N}.service\n"
            + "act stop {N}.service\nsettle {N}.service\nshow {N}.service\n",
            ("{N}.service",
                "[Service]\nType=notify\nNotifyAccess=all\nExecStart=/bin/bash -c '"
                + "systemd-notify --ready --status=\"all is well\"; "
                + "trap \"systemd-notify STOPPING=1; exit 0\" TERM; "
                + "while :; do sleep 0.1; done'\n"));
        // It waits for the jobs of whatever runs beside it, for five seconds at most.
        yield return RunCase.Story(
            Family, "idle",
            "act start {N}.service\nwait_for {N} 1\nsettle {N}.service\nshow {N}.service\n"
            + "told {N}\n",
            ("{N}.service",
                "[Service]\nType=idle\nStandardOutput=append:/oracle/tmp/{N}\n"
                + "ExecStart=/bin/echo at last\n"));
        yield return RunCase.Story(
            Family, "template-instances",
            "act start {N}@one.service {N}@a-b.service\nshow {N}@one.service {N}@a-b.service\n"
            + "told {N}.one\ntold {N}.a-b\n",
            ("{N}@.service",
                "[Service]\nType=oneshot\nRemainAfterExit=yes\n"
                + "StandardOutput=append:/oracle/tmp/{N}.%i\n"
                + "ExecStart=/bin/echo %i %I %p %P %n %N %j\n"));
    }

    private static RunCase Reload(string name, string service) => RunCase.Story(
        Family, name,
        "act start {N}.service\nact reload {N}.service\nsettle {N}.service\nshow {N}.service\n"
        + "told {N} | sed 's/[0-9][0-9]*$/PID/'\nact stop {N}.service\n",
        ("{N}.service", $"[Service]\nStandardOutput=append:/oracle/tmp/{{N}}\n{service}"));
}
