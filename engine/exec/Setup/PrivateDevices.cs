using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Launch;

namespace InitTx.Exec.Setup;

/// <summary>PrivateDevices= (systemd.exec(5)): a /dev with what is no hardware.</summary>
internal static class PrivateDevices
{
    private const uint Character = 0x2000;
    private const uint ForAll = 0b110_110_110;

    private const string JournalLog = "/run/systemd/journal/dev-log";

    private static readonly string[] Nodes =
        ["null", "zero", "full", "random", "urandom", "tty"];

    private static readonly string[] Trees = ["pts", "shm", "mqueue", "hugepages"];

    private static readonly (string Name, string Target)[] Links =
    [
        ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ];

    /// <summary>Builds it aside, then moves it over <paramref name="path"/>.</summary>
    public static SysResult Mount(string path, string scratch)
    {
        string aside = scratch + "/dev";
        SysResult result = Files.MakeDirectory(Files.Cwd, aside, 0b111_101_101);
        if (result.IsOk)
        {
            result = Namespaces.MountNew("tmpfs", aside,
                MountAttribute.NoSetUid | MountAttribute.NoExecute, "mode=0755,size=4m");
        }

        uint mask = ProcessImage.SetUmask(0);
        if (result.IsOk)
            result = Files.MakeDirectory(Files.Cwd, aside + "/char", 0b111_101_101);
        foreach (string name in Nodes)
        {
            if (result.IsOk)
                result = Node(path, aside, name);
        }

        foreach (string name in Trees)
        {
            if (result.IsOk)
                result = Tree($"{path}/{name}", $"{aside}/{name}");
        }

        if (result.IsOk)
            result = Terminals(path, aside);
        foreach ((string name, string target) in Links)
        {
            if (result.IsOk)
                result = Files.MakeSymlink(target, Files.Cwd, $"{aside}/{name}");
        }

        if (result.IsOk)
            result = Log(path, aside);
        ProcessImage.SetUmask(mask);
        if (result.IsError)
            return result;
        SysResult<FileDescriptor> tree = Namespaces.CopyTree(aside, recursive: true);
        if (tree.IsError)
            return SysResult.Fail(tree.Error);
        using FileDescriptor held = tree.Require();
        result = Namespaces.Attach(held, path);
        return result.IsOk ? Namespaces.Detach(aside) : result;
    }

    // In a user namespace nodes cannot be made; the system's own are bound instead.
    private static SysResult Node(string path, string aside, string name)
    {
        string from = $"{path}/{name}";
        SysResult result = PathFacts.Status(from, out _);
        if (result.Error == Errno.ENOENT)
            return SysResult.Ok;
        ulong device = name switch
        {
            "null" => 0x103,
            "zero" => 0x105,
            "full" => 0x107,
            "random" => 0x108,
            "urandom" => 0x109,
            _ => 0x500,
        };
        result = Namespaces.MakeNode($"{aside}/{name}", Character | ForAll, device);
        if (result.Error == Errno.EPERM)
            result = BindFile(from, $"{aside}/{name}");
        return result.IsOk
            ? Files.MakeSymlink($"../{name}", Files.Cwd,
                $"{aside}/char/{device >> 8}:{device & 0xFF}")
            : result;
    }

    private static SysResult BindFile(string from, string to)
    {
        const uint regular = 0x8000;
        SysResult result = Namespaces.MakeNode(to, regular, 0);
        return result.IsError ? result : Bind(from, to);
    }

    private static SysResult Bind(string from, string to)
    {
        SysResult<FileDescriptor> tree = Namespaces.CopyTree(from, recursive: true);
        if (tree.IsError)
            return SysResult.Fail(tree.Error);
        using FileDescriptor held = tree.Require();
        return Namespaces.Attach(held, to);
    }

    private static SysResult Tree(string from, string to)
    {
        if (PathFacts.Status(from, out FileStatus status).IsError || !status.IsDirectory)
            return SysResult.Ok;
        SysResult result = Files.MakeDirectory(Files.Cwd, to, status.Permissions);
        return result.IsError ? result : Bind(from, to);
    }

    // ptmx is a link to the one of this pts, or a node of the system's (5, 2).
    private static SysResult Terminals(string path, string aside)
    {
        SysResult result = Files.Status(Files.Cwd, path + "/ptmx", out FileStatus status);
        if (result.IsError)
            return SysResult.Ok;
        if (status.IsSymlink || PathFacts.Status(path + "/pts/ptmx", out _).IsOk)
            return Files.MakeSymlink("pts/ptmx", Files.Cwd, aside + "/ptmx");
        result = Namespaces.MakeNode(aside + "/ptmx", Character | ForAll, 0x502);
        return result.Error == Errno.EPERM ? BindFile(path + "/ptmx", aside + "/ptmx") : result;
    }

    // syslog(3) is to reach whom it reaches outside. Where nobody listens yet the link leads to
    // journald's place, as systemd's always does: nothing can be added to this /dev later.
    private static SysResult Log(string path, string aside)
    {
        if (Files.Status(Files.Cwd, path + "/log", out FileStatus status).IsError)
            return Files.MakeSymlink(JournalLog, Files.Cwd, aside + "/log");
        Span<byte> target = stackalloc byte[4096];
        if (!status.IsSymlink)
            return BindFile(path + "/log", aside + "/log");
        SysResult read = SymbolicLinks.Read(Files.Cwd, path + "/log", target);
        return read.IsError
            ? read
            : Files.MakeSymlink(System.Text.Encoding.UTF8.GetString(target[..read.Value]),
                Files.Cwd, aside + "/log");
    }
}
