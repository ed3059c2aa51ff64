using InitTx.Oracle.Tests.Judge;
using InitTx.Units.Loading;

namespace InitTx.Oracle.Tests.Cases;

/// <summary>
/// A system that boots to a target: the packages' units in its folders, enabled by
/// <c>systemctl preset-all</c> of the judge's root.
/// </summary>
internal static class BootTree
{
    public const string Goal = "multi-user.target";

    // Both folders below "root", as on a system: links are absolute there.
    public static WorkDirectory Make()
    {
        List<string> packages = Corpus.Packages();
        string cache = SystemdRoot.Packages(packages);
        var work = new WorkDirectory();
        Directory.CreateDirectory(Path.Combine(work.Path, "etc/systemd/system"));
        foreach (string package in packages)
        {
            foreach ((string from, string to) in new[]
            {
                ("lib", "usr/lib/systemd/system"), ("etc", "etc/systemd/system"),
            })
            {
                string source = Path.Combine(cache, package, from);
                if (Directory.Exists(source))
                    work.Lay(source, to);
            }
        }

        // Presets of Debian; a few units cannot be preset, which systemctl says and goes on.
        work.Lay(Path.Combine(SystemdRoot.Path, "usr/lib/systemd/system-preset"),
            "usr/lib/systemd/system-preset");
        Said said = SystemdRoot.RunAsRoot(
            work.Path, ["systemctl", $"--root={work.Path}", "preset-all"]);
        Assert.That(said.Messages.Split("Created symlink"), Has.Length.GreaterThan(30),
            said.Messages);
        PointInside(work.Path, Path.Combine(work.Path, "etc/systemd/system"));
        return work;
    }

    // What systemctl wrote for the root leads to /usr/lib and /etc of it.
    private static void PointInside(string root, string folder)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries(
            folder, "*", SearchOption.AllDirectories))
        {
            if (new FileInfo(entry).LinkTarget is not { } link || !link.StartsWith('/')
                || link == "/dev/null" || link.StartsWith(root, StringComparison.Ordinal))
                continue;
            string to = link.StartsWith("/lib/", StringComparison.Ordinal) ? "/usr" + link : link;
            File.Delete(entry);
            File.CreateSymbolicLink(entry, root + to);
        }
    }

    public static string[] Folders(WorkDirectory work) =>
    [
        $"{work.Path}/etc/systemd/system", $"{work.Path}/usr/lib/systemd/system",
    ];

    public static UnitLoader Loader(string root) => new(
        DirectoryUnitSource.Read(
            [$"{root}/etc/systemd/system", $"{root}/usr/lib/systemd/system"], LoadLimits.Default),
        SystemdRoot.Facts(), LoadLimits.Default);
}
