namespace InitTx.Oracle.Tests.Running;

/// <summary>
/// systemd.exec(5), RootDirectory= and MountAPIVFS=: what is mounted in another root, and what of
/// the system shows through.
/// </summary>
internal static class RootCases
{
    private static readonly (string Name, string Settings)[] Roots =
    [
        ("plain", ""),
        ("api", "MountAPIVFS=yes"),
        ("no-api", "MountAPIVFS=no"),
        ("taken-back", "MountAPIVFS=no\nMountAPIVFS="),
        ("user", "User=nobody"),
        ("devices", "PrivateDevices=yes"),
        ("processes", "ProtectProc=invisible\nUser=nobody"),
        ("strict", "ProtectSystem=strict"),
        ("run-bound", "BindPaths=/run:/run"),
        ("run-temporary", "TemporaryFileSystem=/run:mode=0700"),
        ("run-below", "BindPaths=/oracle/data:/run/data"),
        ("runtime", "RuntimeDirectory={N}"),
        ("runtime-no-api", "RuntimeDirectory={N}\nMountAPIVFS=no"),
        ("state", "StateDirectory={N}\nUser=nobody"),
        ("state-dynamic", "StateDirectory={N}\nDynamicUser=yes"),
        ("notify", "NotifyAccess=all"),
    ];

    // `run` shows what a manager bound there for the service; what it uses itself is its own.
    private const string Settings =
        "Type=oneshot\nExecStart=/oracle/rooted\nStandardOutput=truncate:/oracle/tmp/{N}\n"
        + "StandardError=null\nRootDirectory=/oracle/roots/{N}\n"
        + "BindReadOnlyPaths=/usr /etc /oracle\n";

    public static IEnumerable<RunCase> All()
    {
        foreach ((string name, string settings) in Roots)
        {
            yield return RunCase.Story(
                "root", $"root-{name}",
                "root {N}\nact start {N}.service\nsettle {N}.service\nshow {N}.service\n"
                + "told {N}\n",
                ("{N}.service", $"[Service]\n{Settings}{settings}\n"));
        }

        yield return RunCase.Story(
            "root", "root-own-run",
            "root {N}\nmount -t tmpfs -o mode=0711 none /oracle/roots/{N}/run\n"
            + "act start {N}.service\nsettle {N}.service\nshow {N}.service\ntold {N}\n",
            ("{N}.service", $"[Service]\n{Settings}"));
        yield return RunCase.Story(
            "root", "root-run-is-a-link",
            "root {N}\nrmdir /oracle/roots/{N}/run\nln -s var /oracle/roots/{N}/run\n"
            + "act start {N}.service\nsettle {N}.service\nshow {N}.service\ntold {N}\n",
            ("{N}.service", $"[Service]\n{Settings}"));
        yield return RunCase.Story(
            "root", "root-without-places",
            "root {N}\nrmdir /oracle/roots/{N}/{run,sys,proc,dev}\n"
            + "act start {N}.service\nsettle {N}.service\nshow {N}.service\ntold {N}\n",
            ("{N}.service", $"[Service]\n{Settings}"));
    }
}
