namespace InitTx.Oracle.Tests.Running;

/// <summary>
/// Commands of socket units (systemd.socket(5)): when they run, what their ends mean, and what
/// becomes of those that hang.
/// </summary>
internal static class SocketCommandCases
{
    private const string Family = "socket-commands";

    // The word, and how many sockets there are at that moment.
    private const string Note =
        "/bin/sh -c 'echo $$0 $$(ls /run/{N} 2>/dev/null | wc -l) >>/oracle/tmp/{N}'";

    // systemd makes the process of ExecStopPost= and then closes the sockets: a race.
    private const string Word = "/bin/sh -c 'echo $$0 >>/oracle/tmp/{N}'";

    private const string Listen = "[Socket]\nListenStream=/run/{N}\nRemoveOnStop=yes\n";

    private const string Hangs = "/bin/sh -c 'exec sleep 300'";
    private const string Stubborn = "/bin/sh -c \"trap '' TERM; sleep 300; sleep 300\"";

    private const string Four = "ExecStartPre=" + Note + " pre\nExecStartPost=" + Note + " post\n"
        + "ExecStopPre=" + Note + " stop-pre\nExecStopPost=" + Word + " stop-post\n";

    private const string Up = "act start {N}.socket\nis {N}.socket\n";

    private const string UpAndDown =
        Up + "act stop {N}.socket\nis {N}.socket\ntold {N}\nls /run/{N} 2>/dev/null\n";

    private static readonly (string Name, string Socket)[] Ends =
    [
        ("order", Four),
        ("accept", "Accept=yes\n" + Four),
        ("lists", "ExecStartPre=" + Note + " one\nExecStartPre=" + Note + " two\n"
            + "ExecStopPost=" + Word + " three\nExecStopPost=" + Word + " four\n"),
        ("pre-fails", "ExecStartPre=/bin/sh -c 'exit 3'\n" + Four),
        ("pre-ignored", "ExecStartPre=-/bin/sh -c 'exit 3'\n" + Four),
        ("pre-killed", "ExecStartPre=/bin/sh -c 'kill -9 $$$$'\n" + Four),
        ("pre-missing", "ExecStartPre=/no/such/program\n" + Four),
        ("post-fails", "ExecStartPost=/bin/sh -c 'exit 3'\n" + Four),
        ("post-ignored", "ExecStartPost=-/bin/sh -c 'exit 3'\n" + Four),
        ("stop-pre-fails", "ExecStopPre=/bin/sh -c 'exit 3'\n" + Four),
        ("stop-post-fails", "ExecStopPost=/bin/sh -c 'exit 3'\n" + Four),
        ("stop-post-ignored", "ExecStopPost=-/bin/sh -c 'exit 3'\n" + Four),
        ("pre-hangs", "TimeoutSec=500ms\nExecStartPre=" + Hangs + "\n" + Four),
        ("pre-stubborn", "TimeoutSec=500ms\nExecStartPre=" + Stubborn + "\n" + Four),
        ("post-hangs", "TimeoutSec=500ms\nExecStartPost=" + Hangs + "\n" + Four),
        ("post-hangs-alone", "TimeoutSec=500ms\nExecStartPost=" + Hangs + "\n"),
        ("stop-pre-hangs", "TimeoutSec=500ms\nExecStopPre=" + Hangs + "\n" + Four),
        ("stop-pre-stubborn", "TimeoutSec=500ms\nExecStopPre=" + Stubborn + "\n" + Four),
        ("stop-post-hangs", "TimeoutSec=500ms\nExecStopPost=" + Hangs + "\n"),
        ("stop-post-stubborn", "TimeoutSec=500ms\nExecStopPost=" + Stubborn + "\n"),
        ("no-sigkill", "TimeoutSec=500ms\nSendSIGKILL=no\nExecStopPre=" + Stubborn + "\n" + Four),
        ("kill-none", "TimeoutSec=500ms\nKillMode=none\nExecStopPre=" + Hangs + "\n" + Four),
        ("kill-process", "TimeoutSec=500ms\nKillMode=process\nExecStopPre=" + Hangs + "\n" + Four),
        ("kill-mixed", "TimeoutSec=500ms\nKillMode=mixed\nExecStopPre=" + Hangs + "\n" + Four),
        ("cannot-bind", "ListenStream=203.0.113.1:7\n" + Four),
        ("settings", "User=nobody\nGroup=nogroup\nEnvironment=A=b\nWorkingDirectory=/usr\n"
            + "UMask=0027\nExecStartPre=/bin/sh -c "
            + "'{ id -un; id -gn; echo $$A $$PWD; umask; } >/oracle/tmp/{N}'\n"),
    ];

    public static IEnumerable<RunCase> All()
    {
        foreach ((string name, string socket) in Ends)
            yield return Of(name, socket, UpAndDown);
        yield return Of(
            "stopped-in-pre", "ExecStartPre=" + Hangs + "\n" + Four,
            "systemctl start --no-block {N}.socket\nsleep 0.5\nis {N}.socket\n"
            + "act stop {N}.socket\nis {N}.socket\ntold {N}\n");
        yield return Of(
            "stopped-in-post", "ExecStartPost=" + Hangs + "\n" + Four,
            "systemctl start --no-block {N}.socket\nsleep 0.5\nis {N}.socket\n"
            + "act stop {N}.socket\nis {N}.socket\ntold {N}\n");
        yield return Of(
            "restarted", Four, Up + "act restart {N}.socket\nis {N}.socket\ntold {N}\n"
            + "act stop {N}.socket\n");
        yield return Of(
            "limit", "ExecStartPre=" + Note + " pre\n[Unit]\nStartLimitBurst=2\n"
            + "StartLimitIntervalSec=60\n",
            Up + "act stop {N}.socket\n" + Up + "act stop {N}.socket\n" + Up + "told {N}\n");
        yield return Of(
            "traffic", Four,
            Up + "connect unix stream /run/{N}\nsettle {N}.service\nis {N}.socket\n"
            + "act stop {N}.socket {N}.service\nis {N}.socket\ntold {N}\n");
    }

    private static RunCase Of(string name, string socket, string script) => RunCase.Story(
        Family, "sockcmd-" + name, script,
        ("{N}.socket", Listen + socket),
        (socket.StartsWith("Accept", StringComparison.Ordinal) ? "{N}@.service" : "{N}.service",
            "[Service]\nExecStart=/bin/sleep 300\n[Unit]\n# Or systemd forgets the socket.\n"
                + "After={N}.socket\n"));
}
