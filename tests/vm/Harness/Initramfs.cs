using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Vm.Tests.Harness;

/// <summary>The archives machines are booted from; tests put their own on top.</summary>
public static class Initramfs
{
    private static readonly Lazy<byte[]> LazyBase = new(() => MakeBase(withEtc: true));
    private static readonly Lazy<byte[]> LazyBaseWithoutEtc = new(() => MakeBase(withEtc: false));

    /// <summary>
    /// The minimal root (busybox, C library), device nodes for a console, nothing mounted.
    /// </summary>
    public static byte[] Base(bool withEtc = true) =>
        (withEtc ? LazyBase : LazyBaseWithoutEtc).Value;

    /// <summary>
    /// A shell script as /init, for machines that test the harness and not the product.
    /// </summary>
    public static byte[] Script(string body) => new CpioArchive()
        .File(
            "/init", $"#!/bin/sh\nexec </dev/console >/dev/console 2>&1\n{body}\n",
            executable: true)
        .ToArray();

    private static byte[] MakeBase(bool withEtc)
    {
        CommandResult made = HostCommand.Run([Repository.Script("mini-root")]);
        Assert.That(made.Status, Is.Zero, made.ToString);
        string root = made.Out.Trim();
        CpioArchive archive = new();
        Add(archive, root, root,
            path => withEtc || !path.StartsWith("/etc", StringComparison.Ordinal));
        return archive
            .CharacterDevice("/dev/console", 5, 1)
            .CharacterDevice("/dev/null", 1, 3)
            .ToArray();
    }

    private static void Add(
        CpioArchive archive, string root, string directory, Func<string, bool> wanted)
    {
        foreach (string path in
                 Directory.EnumerateFileSystemEntries(directory).Order(StringComparer.Ordinal))
        {
            string inside = path[root.Length..];
            FileInfo file = new(path);
            if (!wanted(inside))
                continue;
            if (file.LinkTarget is { } target)
                archive.Link(inside, target);
            else if (Directory.Exists(path))
                Add(archive.Directory(inside), root, path, wanted);
            else
                archive.File(inside, File.ReadAllBytes(path), IsExecutable(file));
        }
    }

    private static bool IsExecutable(FileInfo file) =>
        (file.UnixFileMode & UnixFileMode.UserExecute) != 0;
}
