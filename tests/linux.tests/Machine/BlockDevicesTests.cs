using InitTx.Linux.Machine;
using InitTx.Linux.Mounts;

namespace InitTx.Linux.Tests.Machine;

public sealed class BlockDevicesTests
{
    private static readonly MountEntry[] Mounts =
    [
        At("/", "8:1"), At("/srv", "8:17"), At("/srv/net", "0:44"), At("/over", "8:2"),
        At("/over", "8:3"),
    ];

    [TestCase("/etc/passwd", "8:1")]
    [TestCase("/srv", "8:17")]
    [TestCase("/srv/data", "8:17")]
    [TestCase("/srvx", "8:1")]
    [TestCase("/srv/net/file", null)]
    [TestCase("/over/x", "8:3")]
    public void A_file_is_on_the_device_of_the_nearest_mount(string path, string? device) =>
        Assert.That(BlockDevices.OfMount(path, Mounts), Is.EqualTo(device));

    [Test]
    public void A_partition_counts_with_its_disk()
    {
        DirectoryInfo blocks = Directory.CreateTempSubdirectory("initx-blocks");
        try
        {
            string mine = MountTable.Read().Last(m => m.Path == "/").Device;
            Directory.CreateDirectory($"{blocks.FullName}/disk/part");
            File.WriteAllText($"{blocks.FullName}/disk/dev", "259:7\n");
            File.WriteAllText($"{blocks.FullName}/disk/part/partition", "1\n");
            File.CreateSymbolicLink($"{blocks.FullName}/{mine}", "disk/part");
            string? found = BlockDevices.Find("/", blocks.FullName);
            Assert.That(found, mine.StartsWith("0:", StringComparison.Ordinal)
                ? Is.Null : Is.EqualTo("259:7"));
        }
        finally
        {
            blocks.Delete(recursive: true);
        }
    }

    [Test]
    public void A_node_that_is_no_block_device_is_looked_for_in_the_mount_table() =>
        Assert.That(BlockDevices.Find("/dev/null"),
            Is.EqualTo(BlockDevices.OfMount("/dev/null", MountTable.Read())));

    [Test]
    public void What_the_machine_has_is_read()
    {
        Assert.That(MachineCapacity.MemoryBytes(), Is.GreaterThan(1UL << 20));
        Assert.That(MachineCapacity.MemoryBytes("/nowhere"), Is.EqualTo(ulong.MaxValue));
        Assert.That(MachineCapacity.Tasks(), Is.InRange(1UL, 4_194_303UL));
    }

    private static MountEntry At(string path, string device) =>
        new(1, 0, path, "ext4", "/dev/x", false, "rw") { Device = device };
}
