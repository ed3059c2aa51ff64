using InitTx.Oracle.Tests.Judge;

namespace InitTx.Oracle.Tests.Cases;

/// <summary>
/// Which packages are compared: twelve in CI, all of packages.txt in the larger tiers.
/// </summary>
internal static class Corpus
{
    // Chosen so that every type, drop-ins, templates, masks and aliases are among them.
    private static readonly string[] Few =
    [
        "systemd", "udev", "dbus", "openssh-server", "nginx-common", "postgresql-common",
        "mariadb-server", "nfs-common", "lvm2", "network-manager", "chrony",
        "libvirt-daemon-system",
    ];

    // What these depend on, so that nothing is required that is not there.
    private static readonly string[] Support = ["dbus-system-bus-common", "dmeventd"];

    /// <summary>True for the larger tiers: INITX_ORACLE=nightly.</summary>
    public static bool IsNightly { get; } =
        Environment.GetEnvironmentVariable("INITX_ORACLE") == "nightly";

    public static List<string> Packages() =>
        IsNightly
            ? [.. File.ReadAllLines(
                    Path.Combine(SystemdRoot.Source, "tests/oracle/packages.txt"))
                .Where(l => l.Length > 0 && l[0] != '#').Union(Support)]
            : [.. Few, .. Support];

    /// <summary>Their units in two folders, <c>etc</c> and <c>lib</c>.</summary>
    public static WorkDirectory Lay(IReadOnlyList<string> packages)
    {
        string cache = SystemdRoot.Packages(packages);
        var work = new WorkDirectory();
        Directory.CreateDirectory(Path.Combine(work.Path, "etc"));
        foreach (string package in packages)
        {
            foreach (string folder in new[] { "etc", "lib" })
            {
                string source = Path.Combine(cache, package, folder);
                if (Directory.Exists(source))
                    work.Lay(source, folder);
            }
        }

        return work;
    }
}
