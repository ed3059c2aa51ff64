using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Vm.Tests.Harness;

/// <summary>Debian's kernel for virtual machines, from the cache.</summary>
public static class Kernel
{
    private static readonly Lazy<string> LazyImage = new(() =>
    {
        CommandResult made =
            HostCommand.Run([Repository.Script("vm-kernel")], TimeSpan.FromMinutes(10));
        Assert.That(made.Status, Is.Zero, made.ToString);
        return made.Out.Trim();
    });

    public static string Image => LazyImage.Value;

    /// <summary>A module that belongs to it, as insmod(8) takes it.</summary>
    public static byte[] Module(string name) =>
        File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(Image)!, name + ".ko"));
}
