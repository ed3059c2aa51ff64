namespace InitTx.Oracle.Tests.Running;

/// <summary>
/// Which processes share a network, an IPC namespace and /tmp (systemd.exec(5), and
/// JoinsNamespaceOf= of systemd.unit(5)). Each writes what it has; the numbers that the kernel gave
/// are told as 1, 2, 3… in the order in which they came in the run.
/// </summary>
internal static class NamespaceCases
{
    private const string Family = "namespaces";
    private const string Private = "PrivateNetwork=yes\nPrivateIPC=yes\nPrivateTmp=yes\n";

    // The word, both namespaces, and what an earlier process left in /tmp.
    private const string Look = "/bin/sh -c 'echo $$0 $$(readlink /proc/self/ns/net "
        + "/proc/self/ns/ipc) $$(cat /tmp/{N}-note 2>/dev/null || echo none) "
        + ">>/oracle/tmp/{N}; echo note >/tmp/{N}-note'";

    private const string Sleeps = "ExecStart=/bin/sleep 300\n";

    // Numbers are given out again as soon as they are free: each run counts its own.
    private const string Told = "awk '$1 == \"pre\" { delete seen; count = 0 } "
        + "{ printf \"told: %s\", $1; for (i = 2; i < NF; i++) { "
        + "if (!($i in seen)) seen[$i] = ++count; printf \" %d\", seen[$i] } print \" \" $NF }' "
        + "/oracle/tmp/{N}\n";

    // What of two units that run is one.
    private const string Share = "share {N}.service {N}-b.service\n";

    private const string Notes = "awk '{ print \"told: \" $1, $NF }' /oracle/tmp/{N}\n";

    private const string Round = "act start {N}.service\nact reload {N}.service\n"
        + "act stop {N}.service\n";

    private const string OfAll =
        "ExecStartPre=" + Look + " pre\n" + Sleeps + "ExecStartPost=" + Look + " post\n"
        + "ExecReload=" + Look + " reload\nExecStop=" + Look + " stop\nExecStopPost=" + Look
        + " stop-post\n";

    public static IEnumerable<RunCase> All()
    {
        yield return Of("run", Round + Round, Private + OfAll);
        yield return Of("network", Round, "PrivateNetwork=yes\n" + OfAll);
        yield return Of("ipc", Round, "PrivateIPC=yes\n" + OfAll);
        yield return Of("tmp", Round, "PrivateTmp=yes\n" + OfAll);
        yield return Of("none", Round + "rm -f /tmp/{N}-note\n", OfAll);
        yield return Of(
            "privileged", Round, Private + OfAll.Replace(
                "ExecStartPre=", "ExecStartPre=+", StringComparison.Ordinal));
        yield return Of("restart", Round + "act restart {N}.service\nact stop {N}.service\n",
            Private + OfAll);
        yield return Of(
            "fails", "act start {N}.service\nsettle {N}.service\n",
            "PrivateNetwork=yes\nPrivateIPC=yes\nType=oneshot\nRestart=on-failure\n"
            + "RestartSec=100ms\nExecStartPre=" + Look + " pre\nExecStart=" + Look
            + " main\nExecStart=/bin/false\nExecStopPost=" + Look + " post\n"
            + "[Unit]\nStartLimitBurst=2\nStartLimitIntervalSec=60\n");
        yield return Two("join", "", Joins("{N}"), Private, Back + Notes);
        yield return Two("join-other-way", Joins("{N}-b"), "", Private, Back + Notes);
        yield return Two("join-both", Joins("{N}-b"), Joins("{N}"), Private, Back + Notes);
        yield return Two("join-not", "", "", Private, Back + Notes);
        yield return Two("join-network", "", Joins("{N}"), "PrivateNetwork=yes\n", "");
        yield return Two("join-ipc", "", Joins("{N}"), "PrivateIPC=yes\n", "");
        yield return Two("join-tmp", "", Joins("{N}"), "PrivateTmp=yes\n", Notes);
        yield return Two("join-nothing", "", Joins("{N}"), "", Notes);
    }

    // The first goes while the second has what both had, and comes back; then the second does.
    private const string Back = "act stop {N}.service\nact start {N}.service\n" + Share
        + "act stop {N}-b.service\nact start {N}-b.service\n" + Share;

    private static string Joins(string other) =>
        $"[Unit]\nJoinsNamespaceOf={other}.service\n";

    private static RunCase Of(string name, string script, string service) => RunCase.Story(
        Family, "shared-" + name, script + Told, ("{N}.service", "[Service]\n" + service));

    private static RunCase Two(
        string name, string first, string second, string settings, string more) => RunCase.Story(
            Family, "shared-" + name,
            "act start {N}.service\nact start {N}-b.service\n" + Share + more
            + "act stop {N}-b.service {N}.service\n",
            ("{N}.service", "[Service]\n" + Private + "ExecStartPre=" + Look + " first\n" + Sleeps
                + first),
            ("{N}-b.service", "[Service]\n" + settings + "ExecStartPre=" + Look + " second\n"
                + Sleeps + second));
}
