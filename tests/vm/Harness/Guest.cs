using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Vm.Tests.Harness;

/// <summary>
/// A guest with initxd as its true PID 1: the release binaries, a handful of units, and one check
/// that runs when multi-user.target is reached and writes to the console.
/// </summary>
public static class Guest
{
    public const int Keepers = 5;

    private const string UnitDirectory = "/usr/lib/systemd/system";

    private static readonly Lazy<byte[]> LazyProduct = new(MakeProduct);
    private static readonly Lazy<byte[]> LazyLean = new(() => Manager().ToArray());

    /// <summary>initxd as /init, initx-exec, initx, and the sender of crash requests.</summary>
    public static byte[] Product() => LazyProduct.Value;

    /// <summary>
    /// The units every guest has: targets as Debian names them, and services that stay.
    /// </summary>
    public static byte[] Units()
    {
        CpioArchive archive = new();
        string folder = Path.Combine(Repository.Root, "tests", "vm", "units");
        foreach (string path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
            archive.File($"{UnitDirectory}/{Path.GetFileName(path)}", File.ReadAllBytes(path));
        archive.Link($"{UnitDirectory}/default.target", "multi-user.target");
        archive.Link($"{UnitDirectory}/ctrl-alt-del.target", "reboot.target");
        for (int i = 1; i <= Keepers; i++)
        {
            archive.Link(
                $"{UnitDirectory}/multi-user.target.wants/keeper@{i}.service",
                "../keeper@.service");
        }
        return archive.ToArray();
    }

    /// <summary>
    /// A shell script that runs once the guest is up, with the functions of check.sh.
    /// </summary>
    public static byte[] Check(string script) => new CpioArchive()
        .File("/check/script", $". /check/library\n{script}\n")
        .File("/check/library", File.ReadAllText(
            Path.Combine(Repository.Root, "tests", "vm", "check.sh")))
        .Link($"{UnitDirectory}/multi-user.target.wants/check.service", "../check.service")
        .ToArray();

    /// <summary>
    /// Boots a guest that runs the script; the command line's words follow the usual ones.
    /// </summary>
    public static VirtualMachine Boot(
        string script, string commandLine = "", int memoryMiB = 256, bool crashTests = false,
        bool lean = false) =>
        VirtualMachine.Start(new MachineOptions
        {
            Initramfs =
                [Initramfs.Base(), lean ? LazyLean.Value : Product(), Units(), Check(script)],
            CommandLine = crashTests ? $"{commandLine} -- --crash-tests" : commandLine,
            MemoryMiB = memoryMiB,
            Compressed = lean,
        });

    private static byte[] MakeProduct()
    {
        string sender =
            Path.Combine(Path.GetTempPath(), $"inittx-sendgram-{Environment.ProcessId}");
        string source = Path.Combine(Repository.Root, "tests", "vm", "native", "sendgram.c");
        CommandResult built = HostCommand.Run(
            ["gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-static", source,
                "-o", sender]);
        Assert.That(built.Status, Is.Zero, built.ToString);
        byte[] archive = Manager()
            .Program(Repository.Binary("initx-archive"), "/usr/lib/initx/initx-archive")
            .Program(Repository.Binary("initx"), "/usr/bin/initx")
            .Program(sender, "/usr/bin/sendgram")
            .ToArray();
        File.Delete(sender);
        return archive;
    }

    private static CpioArchive Manager() => new CpioArchive()
        .Program(Repository.Binary("initxd"), "/usr/lib/initx/initxd")
        .Link("/init", "/usr/lib/initx/initxd")
        .Program(Repository.Binary("initx-exec"), "/usr/lib/initx/initx-exec");
}
