namespace InitTx.Oracle.Tests.Running;

/// <summary>
/// systemd.automount(5): who looks, what they hear, and what becomes of the units. The places lie
/// in the root, so that the unit is called as the case.
/// </summary>
internal static class AutomountCases
{
    private const string Family = "automount";
    private const string Tmpfs = "[Mount]\nWhat=none\nWhere=/{N}\nType=tmpfs\nOptions=size=1m\n";
    private const string Start = "act start {N}.automount\nis {N}.automount {N}.mount\n";
    private const string Look = "look /{N}\nis {N}.automount {N}.mount\n";

    public static IEnumerable<RunCase> All()
    {
        yield return Of(
            "automountLook", Tmpfs, "[Automount]\nWhere=/{N}\n",
            Start + Look + "act stop {N}.mount\nis {N}.automount {N}.mount\n" + Look);
        yield return Of(
            "automountStopped", Tmpfs, "[Automount]\nWhere=/{N}\nDirectoryMode=0711\n",
            Start + "act stop {N}.automount\nis {N}.automount {N}.mount\n" + Look
            + "stat -c %a /{N}\n");
        yield return Of(
            "automountStoppedInUse", Tmpfs, "[Automount]\nWhere=/{N}\n",
            // When systemd notices that the mount went with it is a race.
            Start + Look + "act stop {N}.automount\nis {N}.automount\nlook /{N}\n");
        yield return Of(
            "automountFails", "[Mount]\nWhat=x\nWhere=/{N}\nType=nosuchtype\n",
            "[Automount]\nWhere=/{N}\n", Start + Look + Look);
        yield return Of(
            "automountLimit", "[Unit]\nStartLimitBurst=2\n[Mount]\nWhat=x\nWhere=/{N}\n"
            + "Type=nosuchtype\n",
            "[Automount]\nWhere=/{N}\n",
            Start + "look /{N}\nlook /{N}\nlook /{N}\nsleep 0.5\n" + Look);
        yield return Of(
            "automountIdle", Tmpfs, "[Automount]\nWhere=/{N}\nTimeoutIdleSec=1\n",
            Start + Look + "for ((i = 0; i < 100; i++)); do\n"
            + "    [[ $(systemctl is-active {N}.mount) == active ]] || break\n"
            + "    sleep 0.1\ndone\nsleep 0.3\nis {N}.automount {N}.mount\n" + Look);
        yield return Of(
            "automountBusy", Tmpfs, "[Automount]\nWhere=/{N}\nTimeoutIdleSec=1\n",
            Start + Look + "cd /{N} || exit\nsleep 3\nis {N}.automount {N}.mount\n");
        yield return Of(
            "automountOther", Tmpfs, "[Automount]\nWhere=/elsewhere\n", Start);
        yield return Of(
            "automountMounted", Tmpfs, "[Automount]\nWhere=/{N}\n",
            "act start {N}.mount\n" + Start);
        yield return Of(
            "automountByHand", Tmpfs, "[Automount]\nWhere=/{N}\n",
            Start + "act start {N}.mount\nis {N}.automount {N}.mount\n" + Look);
        yield return Of(
            "automountExtra", Tmpfs, "[Automount]\nWhere=/{N}\nExtraOptions=nonsense=1\n", Start);
        yield return RunCase.Story(
            Family, "automountTable",
            "is {N}.automount {N}.mount\n" + Look,
            ("/etc/fstab",
                "none /{N} tmpfs size=1m,x-systemd.automount,x-systemd.idle-timeout=1h 0 0\n"));
        yield return RunCase.Story(
            Family, "automountAlone", "act start {N}.automount\nis {N}.automount\n",
            ("{N}.automount", "[Automount]\nWhere=/{N}\n"));
        yield return RunCase.Story(
            Family, "automountBelow",
            Start + "act start {N}.service\nis {N}.automount {N}.mount\ntold {N}\n",
            ("{N}.mount", Tmpfs), ("{N}.automount", "[Automount]\nWhere=/{N}\n"),
            ("{N}.service",
                "[Service]\nType=oneshot\nWorkingDirectory=/{N}\n"
                + "ExecStart=/bin/sh -c 'stat -f -c %%T . >/oracle/tmp/{N}'\n"));
    }

    private static RunCase Of(string name, string mount, string automount, string script) =>
        RunCase.Story(Family, name, script, ("{N}.mount", mount), ("{N}.automount", automount));
}
