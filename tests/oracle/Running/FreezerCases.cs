namespace InitTx.Oracle.Tests.Running;

/// <summary>systemctl freeze and thaw, and the start limits of what starts others.</summary>
internal static class FreezerCases
{
    private const string Family = "freezer";

    // Writes a letter each 50 ms.
    private const string Counting =
        "[Service]\nExecStart=/bin/sh -c 'while :; do printf x >>/oracle/tmp/{N}.count; "
        + "sleep 0.05; done'\nExecReload=/bin/touch /oracle/tmp/{N}.reloaded\n";

    private const string Words =
        "freezer() { systemctl show -p FreezerState $1; }\n"
        + "counts() {\n"
        + "    local before=$(wc -c </oracle/tmp/{N}.count)\n"
        + "    sleep 0.6\n"
        + "    (($(wc -c </oracle/tmp/{N}.count) == before)) || { echo counts; return; }\n"
        + "    echo rests\n"
        + "}\n"
        + "act start {N}.service\nsleep 0.3\ncounts\n";

    public static IEnumerable<RunCase> All()
    {
        yield return Story(
            "and-thaw",
            "act freeze {N}.service\nfreezer {N}.service\ncounts\nshow {N}.service\n"
            + "act is-active {N}.service\nact thaw {N}.service\nfreezer {N}.service\ncounts\n");
        yield return Story(
            "twice",
            "act freeze {N}.service\nact freeze {N}.service\nfreezer {N}.service\n"
            + "act thaw {N}.service\nact thaw {N}.service\ncounts\n");
        yield return Story(
            "stop", "act freeze {N}.service\nact stop {N}.service\nshow {N}.service\n");
        yield return Story(
            "restart",
            "act freeze {N}.service\nact restart {N}.service\nfreezer {N}.service\ncounts\n"
            + "show {N}.service\n");
        yield return Story(
            "reload",
            "act freeze {N}.service\nact reload {N}.service\nfreezer {N}.service\ncounts\n"
            + "ls /oracle/tmp/{N}.reloaded\n");
        yield return Story(
            "kill",
            "act freeze {N}.service\nact kill --signal=KILL {N}.service\nsettle {N}.service\n"
            + "show {N}.service\nfreezer {N}.service\n");
        yield return RunCase.Story(
            Family, "freeze-of-others",
            "act freeze {N}.service\nact freeze {N}-none.service\nact thaw {N}-none.service\n"
            + "act start {N}.target\nact freeze {N}.target\n",
            ("{N}.service", "[Service]\nExecStart=/bin/sleep 300\n"),
            ("{N}.target", "[Unit]\nDescription=Nothing\n"));
        yield return Often(
            "timer", "[Timer]\nOnActiveSec=1h\nUnit={N}.service\n");
        yield return Often("path", "[Path]\nPathExists=/nowhere\nUnit={N}.service\n");
    }

    private static RunCase Story(string name, string script) => RunCase.Story(
        Family, "freeze-" + name, Words + script, ("{N}.service", Counting));

    // What no other unit names is unloaded by systemd when it is down, and its count with it.
    private static RunCase Often(string kind, string settings) => RunCase.Story(
        Family, $"start-limit-{kind}",
        $"act start {{N}}-hold.target\n"
        + $"for i in 1 2 3 4; do act start {{N}}.{kind}; act stop {{N}}.{kind}; done\n"
        + $"is {{N}}.{kind}\nact start {{N}}.{kind}\nis {{N}}.{kind}\n"
        + $"act reset-failed {{N}}.{kind}\nact start {{N}}.{kind}\nis {{N}}.{kind}\n",
        ($"{{N}}.{kind}",
            "[Unit]\nStartLimitBurst=3\nStartLimitIntervalSec=60\n" + settings),
        ("{N}-hold.target", $"[Unit]\nAfter={{N}}.{kind}\n"),
        ("{N}.service", "[Service]\nExecStart=/bin/sleep 300\n"));
}
