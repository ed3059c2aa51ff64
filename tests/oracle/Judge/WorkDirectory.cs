using System.Text;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Oracle.Tests.Judge;

/// <summary>A directory of units that any user may read, removed at the end.</summary>
internal sealed class WorkDirectory : IDisposable
{
    private const UnixFileMode Readable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public WorkDirectory()
    {
        Path = Directory.CreateTempSubdirectory("initx-oracle-").FullName;
        File.SetUnixFileMode(Path, Readable);
    }

    public string Path { get; }

    public void Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

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
        if (!System.IO.Path.Exists(file) && new FileInfo(file).LinkTarget is null)
            File.CreateSymbolicLink(file, target);
    }

    /// <summary>
    /// Lays a directory of units into a folder of this one. Links to other units lead to the
    /// copy; what is there already stays.
    /// </summary>
    public void Lay(string source, string folder) =>
        Lay(source, System.IO.Path.Combine(Path, folder), System.IO.Path.Combine(Path, folder));

    /// <summary>Our reading of these folders.</summary>
    public UnitLoader Loader(params string[] folders) => new(
        DirectoryUnitSource.Read([.. folders.Select(Full)], LoadLimits.Default),
        SystemdRoot.Facts(), LoadLimits.Default);

    /// <summary>systemd's reading of these folders.</summary>
    public Dump Judge(string unit, params string[] folders) =>
        Dump.Of(Path, [.. folders.Select(Full)], unit);

    /// <summary>Writes a target that wants these units and nothing else.</summary>
    public void WriteAll(string file, IEnumerable<string> units)
    {
        var text = new StringBuilder("[Unit]\nDefaultDependencies=no\n");
        foreach (string unit in units)
            text.Append("Wants=").Append(unit).Append('\n');
        Write(file, text.ToString());
    }

    /// <summary>Every unit of a folder, templates with the instance <c>inst1</c>.</summary>
    public List<UnitName> UnitNames(params string[] folders)
    {
        var names = new SortedSet<UnitName>();
        foreach (string file in folders.Where(f => Directory.Exists(Full(f)))
            .SelectMany(f => Directory.EnumerateFileSystemEntries(Full(f))))
        {
            if (UnitName.TryParse(System.IO.Path.GetFileName(file), out UnitName name)
                && !(Directory.Exists(file) && !File.Exists(file)))
                names.Add(name.IsTemplate ? name.WithInstance("inst1")!.Value : name);
        }

        return [.. names];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private string Full(string folder) =>
        folder.StartsWith('/') ? folder : System.IO.Path.Combine(Path, folder);

    private static void Lay(string from, string to, string top)
    {
        Directory.CreateDirectory(to);
        foreach (FileSystemInfo entry in new DirectoryInfo(from).EnumerateFileSystemInfos())
        {
            string target = System.IO.Path.Combine(to, entry.Name);
            if (entry.LinkTarget is { } link)
            {
                bool masks = link == "/dev/null";
                string name = System.IO.Path.GetFileName(link);
                if (new FileInfo(target).LinkTarget is null && !System.IO.Path.Exists(target))
                    File.CreateSymbolicLink(target, masks ? link : to == top ? name : $"../{name}");
            }
            else if (entry is DirectoryInfo)
            {
                Lay(entry.FullName, target, top);
            }
            else if (!File.Exists(target) && new FileInfo(target).LinkTarget is null)
            {
                File.Copy(entry.FullName, target);
            }
        }
    }
}
