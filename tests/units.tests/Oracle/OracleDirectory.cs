using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Oracle;

/// <summary>A directory of units that any user may read, removed at the end.</summary>
internal sealed class OracleDirectory : IDisposable
{
    private const UnixFileMode Readable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public OracleDirectory()
    {
        Path = Directory.CreateTempSubdirectory("initx-oracle-").FullName;
        File.SetUnixFileMode(Path, Readable);
    }

    public string Path { get; }

    public void Write(string name, string text) =>
        Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    public void Write(string name, byte[] bytes)
    {
        string file = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, bytes);
    }

    public void Link(string name, string target)
    {
        string file = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.CreateSymbolicLink(file, target);
    }

    /// <summary>Copies files and folders; links that stay inside are pointed at the copy.</summary>
    public void CopyFrom(string source) => Copy(source, Path, source);

    /// <summary>Every unit, templates with the instance <c>inst1</c>.</summary>
    public List<UnitName> UnitNames()
    {
        List<UnitName> names = [];
        foreach (string file in Directory.EnumerateFileSystemEntries(Path))
        {
            if (UnitName.TryParse(System.IO.Path.GetFileName(file), out UnitName name)
                && !(Directory.Exists(file) && !File.Exists(file)))
                names.Add(name.IsTemplate ? name.WithInstance("inst1")!.Value : name);
        }

        names.Sort();
        return names;
    }

    /// <summary>The facts of this machine, which systemd puts into its dump.</summary>
    public static SpecifierContext Facts()
    {
        string release = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        string Read(string path) => File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        return new SpecifierContext
        {
            HostName = Environment.MachineName,
            KernelRelease = release,
            MachineId = Read("/etc/machine-id") is { Length: 32 } id ? id : null,
            BootId = Read("/proc/sys/kernel/random/boot_id")
                .Replace("-", "", StringComparison.Ordinal),
            OsRelease = EnvironmentFileParser.Parse("/etc/os-release",
                File.ReadAllBytes("/etc/os-release"), LoadLimits.Default)
                .Variables.ToDictionary(v => v.Key, v => v.Value),
            UserName = "nobody",
            UserId = 65534,
            GroupName = "nogroup",
            GroupId = 65534,
            HomeDirectory = "/nonexistent",
            Shell = "/usr/sbin/nologin",
        };
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private void Copy(string from, string to, string root)
    {
        Directory.CreateDirectory(to);
        File.SetUnixFileMode(to, Readable);
        foreach (FileSystemInfo entry in new DirectoryInfo(from).EnumerateFileSystemInfos())
        {
            string target = System.IO.Path.Combine(to, entry.Name);
            if (entry.LinkTarget is { } link)
            {
                string resolved = System.IO.Path.GetFullPath(link, from);
                string inside = System.IO.Path.GetFileName(
                    System.IO.Path.GetDirectoryName(resolved)!);
                bool stays = inside == "system" && resolved != "/dev/null";
                File.CreateSymbolicLink(target, stays
                    ? $"{Path}/{System.IO.Path.GetFileName(resolved)}" : link);
            }
            else if (entry is DirectoryInfo)
            {
                Copy(entry.FullName, target, root);
            }
            else
            {
                File.Copy(entry.FullName, target);
            }
        }
    }
}
