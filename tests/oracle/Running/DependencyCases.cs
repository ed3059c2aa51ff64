namespace InitTx.Oracle.Tests.Running;

/// <summary>systemd.unit(5): what becomes of units when others start, stop and fail.</summary>
internal static class DependencyCases
{
    private const string Family = "dependency";

    private const string Up = "[Service]\nExecStart=/bin/sleep 300\n";

    private const string Fails = "[Service]\nType=oneshot\nExecStart=/bin/false\n";

    private static readonly string[] Kinds =
        ["Requires", "Requisite", "Wants", "BindsTo", "PartOf", "Upholds", "Conflicts"];

    private static readonly (string Name, string Unit)[] Conditions =
    [
        ("path", "ConditionPathExists=/etc/passwd"),
        ("path-missing", "ConditionPathExists=/oracle/missing"),
        ("path-negated", "ConditionPathExists=!/oracle/missing"),
        ("glob", "ConditionPathExistsGlob=/etc/pass*"),
        ("directory", "ConditionPathIsDirectory=/etc"),
        ("link", "ConditionPathIsSymbolicLink=/etc/passwd"),
        ("mount", "ConditionPathIsMountPoint=/proc"),
        ("writable", "ConditionPathIsReadWrite=/etc"),
        ("not-empty", "ConditionDirectoryNotEmpty=/etc"),
        ("file-not-empty", "ConditionFileNotEmpty=/etc/passwd"),
        ("executable", "ConditionFileIsExecutable=/bin/sh"),
        ("user", "ConditionUser=root"),
        ("user-system", "ConditionUser=@system"),
        ("group", "ConditionGroup=root"),
        ("virtualization", "ConditionVirtualization=container"),
        ("architecture", "ConditionArchitecture=x86-64"),
        ("kernel", "ConditionKernelVersion=>=4"),
        ("memory", "ConditionMemory=>1M"),
        ("cpus", "ConditionCPUs=>=1"),
        ("first-boot", "ConditionFirstBoot=yes"),
        ("capability", "ConditionCapability=CAP_CHOWN"),
        ("environment", "ConditionEnvironment=PATH"),
        ("two-triggers", "ConditionPathExists=|/oracle/missing\nConditionPathExists=|/etc/passwd"),
        ("assert", "AssertPathExists=/etc/passwd"),
        ("assert-fails", "AssertPathExists=/oracle/missing"),
    ];

    public static IEnumerable<RunCase> All()
    {
        foreach (string kind in Kinds)
        {
            yield return Pair($"{kind}-up", $"{kind}={{N}}-b.service", Up, "");
            yield return Pair(
                $"{kind}-after-up", $"{kind}={{N}}-b.service\nAfter={{N}}-b.service", Up, "");
            yield return Pair(
                $"{kind}-after-fails", $"{kind}={{N}}-b.service\nAfter={{N}}-b.service", Fails, "");
            yield return Pair(
                $"{kind}-stop-other", $"{kind}={{N}}-b.service\nAfter={{N}}-b.service", Up,
                "act stop {N}-b.service\n");
            yield return Pair(
                $"{kind}-kill-other", $"{kind}={{N}}-b.service\nAfter={{N}}-b.service", Up,
                "act kill --signal=KILL {N}-b.service\nsleep 0.3\n");
            yield return Pair(
                $"{kind}-restart-other", $"{kind}={{N}}-b.service\nAfter={{N}}-b.service", Up,
                "act restart {N}-b.service\n");
            yield return Pair($"{kind}-missing", $"{kind}={{N}}-none.service", Up, "");
        }

        foreach ((string name, string unit) in Conditions)
        {
            yield return RunCase.Service(
                "condition", $"condition-{name}", "ExecStart=/bin/sleep 300",
                "systemctl show -p ConditionResult -p AssertResult {N}.service | sort\n", unit);
        }

        foreach (RunCase story in Reactions().Concat(Requests()))
            yield return story;
    }

    private static RunCase Pair(string name, string dependency, string other, string then) =>
        RunCase.Story(
            Family, name,
            $"act start {{N}}-a.service\nsettle {{N}}-a.service {{N}}-b.service\n{then}"
            + "settle {N}-a.service {N}-b.service\nshow {N}-a.service {N}-b.service\n"
            + "act stop {N}-a.service\nsettle {N}-a.service {N}-b.service\n"
            + "show {N}-a.service {N}-b.service\nact stop {N}-b.service\n",
            ("{N}-a.service", $"[Unit]\n{dependency}\n{Up}"),
            ("{N}-b.service", other));

    private static IEnumerable<RunCase> Reactions()
    {
        yield return RunCase.Story(
            Family, "on-failure",
            "act start {N}.service\nsettle {N}.service\nwait_for {N} 1\nshow {N}.service\n"
            + "sed 's/=[0-9a-f]\\{32\\}/=ID/' /oracle/tmp/{N}\n",
            ("{N}.service", "[Unit]\nOnFailure={N}-h@%n.service\n" + Fails),
            ("{N}-h@.service", "[Service]\nType=oneshot\nStandardOutput=append:/oracle/tmp/{N}\n"
                + "ExecStart=/bin/sh -c 'echo handler %i; env | grep ^MONITOR_ | sort'\n"));
        yield return RunCase.Story(
            Family, "on-success",
            "act start {N}.service\nsettle {N}.service\nwait_for {N} 1\nshow {N}.service\n"
            + "told {N}\n",
            ("{N}.service",
                "[Unit]\nOnSuccess={N}-h.service\n[Service]\nType=oneshot\nExecStart=/bin/true\n"),
            ("{N}-h.service", "[Service]\nType=oneshot\nExecStart=/oracle/end {N} exit 0\n"));
        yield return RunCase.Story(
            Family, "order-of-a-chain",
            "act start {N}-c.service\ntold {N}\n"
            + "act stop {N}-a.service {N}-b.service {N}-c.service\ntold {N}\n",
            ("{N}-a.service", Word("a", "")),
            ("{N}-b.service", Word("b", "Requires={N}-a.service\nAfter={N}-a.service")),
            ("{N}-c.service", Word("c", "Requires={N}-b.service\nAfter={N}-b.service")));
    }

    // What systemctl answers, and what its request does.
    private static IEnumerable<RunCase> Requests()
    {
        yield return RunCase.Story(
            Family, "start-limit",
            "for i in 1 2 3 4; do act start {N}.service; act stop {N}.service; done\n"
            + "show {N}.service\nact reset-failed {N}.service\nact start {N}.service\n"
            + "show {N}.service\n",
            ("{N}.service", "[Unit]\nStartLimitBurst=3\nStartLimitIntervalSec=60\n" + Up));
        yield return RunCase.Story(
            Family, "refuse-manual",
            "act start {N}.service\nshow {N}.service\nact restart {N}.service\nshow {N}.service\n"
            + "act try-restart {N}.service\n",
            ("{N}.service", "[Unit]\nRefuseManualStart=yes\n" + Up));
        yield return RunCase.Story(
            Family, "refuse-manual-stop",
            "act restart {N}.service\nshow {N}.service\nact stop {N}.service\nshow {N}.service\n"
            + "act restart {N}.service\n",
            ("{N}.service", "[Unit]\nRefuseManualStop=yes\n" + Up));
        yield return RunCase.Story(
            Family, "stop-when-unneeded",
            "act start {N}-a.service\nshow {N}-b.service\nact stop {N}-a.service\n"
            + "settle {N}-b.service\nshow {N}-b.service\n",
            ("{N}-a.service", "[Unit]\nRequires={N}-b.service\nAfter={N}-b.service\n" + Up),
            ("{N}-b.service", "[Unit]\nStopWhenUnneeded=yes\n" + Up));
        yield return RunCase.Story(
            Family, "job-timeout",
            "act start {N}.service\nsettle {N}.service\nshow {N}.service\n",
            ("{N}.service", "[Unit]\nJobTimeoutSec=400ms\n[Service]\nType=oneshot\n"
                + "TimeoutStopSec=1s\nExecStart=/bin/sleep 300\n"));
        yield return RunCase.Story(
            Family, "masked",
            "act start {N}.service\nact mask {N}.service\nact start {N}.service\n"
            + "act stop {N}.service\nact start {N}.service\nact unmask {N}.service\n",
            ("/usr/lib/systemd/system/{N}.service", Up));
        yield return RunCase.Story(
            Family, "unknown",
            "act start {N}-none.service\nact stop {N}-none.service\nact restart {N}-none.service\n"
            + "act reload {N}-none.service\nact is-active {N}-none.service\n"
            + "act status {N}-none.service\nact is-failed {N}-none.service\n"
            + "act start bad..name\nact try-restart {N}-none.service\n");
        yield return RunCase.Story(
            Family, "statuses",
            "act is-active {N}.service\nact status {N}.service\nact start {N}.service\n"
            + "act is-active {N}.service\nact status {N}.service\nact is-failed {N}.service\n"
            + "act reload {N}.service\nact kill --signal=KILL {N}.service\nsettle {N}.service\n"
            + "act is-active {N}.service\nact is-failed {N}.service\nact status {N}.service\n"
            + "act reset-failed {N}.service\nact is-failed {N}.service\nact stop {N}.service\n"
            + "act try-restart {N}.service\nact reload-or-restart {N}.service\n"
            + "act is-enabled {N}.service\n",
            ("{N}.service", Up));
    }

    private static string Word(string name, string unit) =>
        $"[Unit]\n{unit}\n[Service]\nType=oneshot\nRemainAfterExit=yes\n"
        + "StandardOutput=append:/oracle/tmp/{N}\n"
        + $"ExecStart=/bin/echo start {name}\nExecStop=/bin/echo stop {name}\n";
}
