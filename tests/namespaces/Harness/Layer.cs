namespace InitTx.Namespaces.Tests.Harness;

/// <summary>
/// A directory that is laid over a root: files go in before the boot, and it is deleted with the
/// test.
/// </summary>
public sealed class Layer : IDisposable
{
    private const UnixFileMode Executable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly Lazy<Layer> LazyProduct = new(MakeProduct);

    public string Path { get; } =
        Directory.CreateTempSubdirectory("inittx-layer.").FullName;

    public Layer() => File.SetUnixFileMode(Path, Executable);

    /// <summary>The release binaries in their places; shared by every test of the run.</summary>
    public static Layer Product => LazyProduct.Value;

    /// <summary>
    /// Writes a file; missing directories are made. Paths are absolute inside the system.
    /// </summary>
    public Layer WriteFile(string path, string content, bool executable = false)
    {
        string target = Prepare(path);
        File.WriteAllText(target, content);
        if (executable)
            File.SetUnixFileMode(target, Executable);
        return this;
    }

    /// <summary>Writes /etc/initx/system/NAME, and links it into each TARGET.wants.</summary>
    public Layer Unit(string name, string content, params string[] wantedBy)
    {
        WriteFile($"/etc/initx/system/{name}", content);
        foreach (string target in wantedBy)
            Link($"/etc/initx/system/{target}.wants/{name}", $"../{name}");
        return this;
    }

    /// <summary>
    /// The targets of a minimal system, as Debian names them; the goal is multi-user.
    /// </summary>
    public Layer Targets()
    {
        string folder = System.IO.Path.Combine(Repository.Root, "tests", "vm", "units");
        foreach (string file in Directory.EnumerateFiles(folder, "*.target"))
            Copy(file, $"/usr/lib/initx/system/{System.IO.Path.GetFileName(file)}");
        return Link("/usr/lib/initx/system/default.target", "multi-user.target");
    }

    /// <summary>Masks what only serves systemd's own PID 1, as ./run does.</summary>
    public Layer MaskReplacedUnits()
    {
        foreach (string line in File.ReadLines(Repository.Script("replaced-units.txt")))
        {
            string name = line.Split(' ', 2)[0];
            if (name.Length > 0 && name != "#")
                Link($"/usr/lib/initx/system/{name}", "/dev/null");
        }

        string added = Repository.Script("debian-units");
        foreach (string file in Directory.EnumerateFiles(added, "*", SearchOption.AllDirectories))
            Copy(file, "/usr/lib/initx/system" + file[added.Length..]);
        return this;
    }

    /// <summary>The units of docs/examples, enabled as ./run enables them.</summary>
    public Layer Examples()
    {
        string folder = System.IO.Path.Combine(Repository.Root, "docs", "examples");
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            string name = System.IO.Path.GetFileName(file);
            if (name.EndsWith(".md", StringComparison.Ordinal))
                continue;
            Copy(file, $"/usr/lib/initx/system/{name}");
            foreach (string line in File.ReadLines(file))
            {
                if (line.StartsWith("WantedBy=", StringComparison.Ordinal))
                    Link($"/etc/initx/system/{line[9..]}.wants/{name}",
                        $"/usr/lib/initx/system/{name}");
            }
        }

        return this;
    }

    public Layer Link(string path, string destination)
    {
        File.CreateSymbolicLink(Prepare(path), destination);
        return this;
    }

    /// <summary>A directory that everybody may write to, as /tmp is.</summary>
    public Layer OpenDirectory(string path)
    {
        Directory.CreateDirectory(Prepare(path));
        File.SetUnixFileMode(
            Path + path,
            Executable | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite
            | UnixFileMode.StickyBit);
        return this;
    }

    public Layer Copy(string source, string path)
    {
        File.Copy(source, Prepare(path));
        return this;
    }

    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }

    private string Prepare(string path)
    {
        string target = Path + path;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
        return target;
    }

    private static Layer MakeProduct()
    {
        Layer layer = new();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => layer.Dispose();
        return layer
            .Copy(Repository.Binary("initxd"), "/usr/lib/initx/initxd")
            .Copy(Repository.Binary("initx-exec"), "/usr/lib/initx/initx-exec")
            .Copy(Repository.Binary("initx-archive"), "/usr/lib/initx/initx-archive")
            .Copy(Repository.Binary("initx"), "/usr/bin/initx");
    }
}
