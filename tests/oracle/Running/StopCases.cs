namespace InitTx.Oracle.Tests.Running;

/// <summary>KillMode= and its relatives: who is signalled, who lives on.</summary>
internal static class StopCases
{
    private const string Family = "stop";

    private const string Script =
        "act start {N}.service\nwait_for {N} 2\nact stop {N}.service\nsettle {N}.service\n"
        + "show {N}.service\nsleep 0.2\nalive {N}\nsort -u /oracle/tmp/{N}.signals 2>/dev/null\n"
        + "told {N}.words\n";

    private static readonly string[] Modes = ["control-group", "mixed", "process", "none"];

    private static readonly (string Name, string Members)[] Families =
    [
        ("obey", "obeys obeys"),
        ("child-ignores", "obeys ignores"),
        ("main-ignores", "ignores obeys"),
        ("both-ignore", "ignores ignores"),
    ];

    private static readonly (string Name, string Settings)[] Others =
    [
        // Names with "timeout" or "final" have members that ignore SIGTERM.
        ("signal-hup", "KillSignal=SIGHUP\nTimeoutStopSec=500ms"),
        ("hup-after-timeout", "SendSIGHUP=yes\nTimeoutStopSec=300ms"),
        ("no-final-kill", "SendSIGKILL=no\nTimeoutStopSec=300ms"),
        ("final-quit", "FinalKillSignal=SIGQUIT\nTimeoutStopSec=300ms"),
        ("exec-stop", "ExecStop=/bin/sh -c 'echo stop $$SERVICE_RESULT'"),
        ("exec-stop-kills", "ExecStop=/bin/sh -c 'kill -9 $$MAINPID'"),
        ("exec-stop-fails", "ExecStop=/bin/sh -c 'exit 4'"),
        ("exec-stop-hangs", "ExecStop=/bin/sleep 300\nTimeoutStopSec=400ms"),
        ("stop-post", "ExecStopPost=/bin/sh -c 'echo $$SERVICE_RESULT $$EXIT_CODE $$EXIT_STATUS'"),
        ("stop-post-fails", "ExecStopPost=/bin/sh -c 'exit 9'"),
        ("abort-on-timeout", "TimeoutStopFailureMode=abort\nTimeoutStopSec=300ms"),
        ("kill-on-timeout", "TimeoutStopFailureMode=kill\nTimeoutStopSec=300ms"),
    ];

    public static IEnumerable<RunCase> All()
    {
        foreach (string mode in Modes)
        {
            foreach ((string name, string members) in Families)
            {
                yield return Case(
                    $"{mode}-{name}", members, $"KillMode={mode}\nTimeoutStopSec=500ms");
            }
        }

        foreach ((string name, string settings) in Others)
        {
            string members = name.Contains("timeout", StringComparison.Ordinal)
                || name.Contains("final", StringComparison.Ordinal)
                    ? "ignores ignores"
                    : "obeys obeys";
            yield return Case(name, members, settings);
        }

        yield return Kill("kill-usr1-all", "kill --signal=USR1");
        yield return Kill("kill-usr1-main", "kill --kill-who=main --signal=USR1");
        yield return Kill("kill-term", "kill");
        yield return Kill("kill-kill", "kill --signal=SIGKILL");
        yield return Kill("kill-control", "kill --kill-who=control --signal=USR1");
    }

    private static RunCase Case(string name, string members, string settings) => RunCase.Story(
        Family, name, Script,
        ("{N}.service",
            $"[Service]\nExecStart=/oracle/family {{N}} {members}\n"
            + $"StandardOutput=append:/oracle/tmp/{{N}}.words\n{settings}\n"));

    private static RunCase Kill(string name, string command) => RunCase.Story(
        Family, name,
        $"act start {{N}}.service\nwait_for {{N}} 2\nact {command} {{N}}.service\nsleep 0.4\n"
        + "settle {N}.service\nshow {N}.service\nalive {N}\n"
        + "sort -u /oracle/tmp/{N}.signals 2>/dev/null\n",
        ("{N}.service", "[Service]\nExecStart=/oracle/family {N} obeys obeys\n"));
}
