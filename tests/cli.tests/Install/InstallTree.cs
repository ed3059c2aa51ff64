namespace InitTx.Cli.Tests.Install;

/// <summary>A system's directories for install verbs, removed at the end.</summary>
internal sealed class InstallTree : IDisposable
{
    public const string Vendor = "usr/lib/systemd/system";
    public const string Config = "etc/systemd/system";
    public const string Presets = "usr/lib/systemd/system-preset";

    public InstallTree()
    {
        Path = Directory.CreateTempSubdirectory("initx-install-").FullName;
        foreach (string directory in
            (string[])[Vendor, Config, Presets, "run/systemd/system", "opt"])
            Directory.CreateDirectory(System.IO.Path.Combine(Path, directory));
        File.CreateSymbolicLink(System.IO.Path.Combine(Path, "lib"), "usr/lib");
    }

    public string Path { get; }

    public void Write(string name, string text)
    {
        string file = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public void Link(string name, string target)
    {
        string file = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        if (new FileInfo(file).LinkTarget is null)
            File.CreateSymbolicLink(file, target);
    }

    /// <summary>
    /// The links below /etc and /run, `path target`, sorted; /usr/lib as /lib, because either
    /// names the same file and Debian 12's systemctl writes the other one.
    /// </summary>
    public List<string> Links()
    {
        List<string> links = [];
        foreach (string top in (string[])["etc", "run"])
        {
            string directory = System.IO.Path.Combine(Path, top);
            foreach (string entry in Directory.EnumerateFileSystemEntries(
                directory, "*", SearchOption.AllDirectories))
            {
                if (new FileInfo(entry).LinkTarget is { } target)
                    links.Add($"{entry[(Path.Length + 1)..]} {Merged(target)}");
            }
        }

        links.Sort(StringComparer.Ordinal);
        return links;
    }

    public static string Merged(string target) =>
        target.StartsWith("/usr/lib/systemd/", StringComparison.Ordinal) ? target[4..] : target;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
