using InitTx.Linux.Features;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Mounts;
using InitTx.Linux.Power;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Power;

/// <summary>
/// On mounts of the test's own, in a private namespace: never the machine's table.
/// </summary>
[TestFixture]
public sealed class UnmounterTests
{
    [Test]
    public void Mounts_go_in_reverse_order_and_a_busy_one_becomes_read_only()
    {
        using var directory = new TestDirectory();
        PrivateNamespace.Run(PrivateNamespace.Mounts, () =>
        {
            string lower = directory["a"];
            string upper = directory["a/b"];
            string used = directory["used"];
            foreach (string path in new[] { lower, upper, used })
            {
                Directory.CreateDirectory(path);
                Assert.That(MountCalls.Mount("t", path, "tmpfs", 0, "").IsOk);
            }

            var held = Files.Open(Files.Cwd, used, Libc.O_RDONLY).Require();
            var busy = new List<BusyMount>();
            Assert.That(Unmounter.Pass(Own(directory.Path), busy));
            Assert.That(busy, Is.Empty);
            var left = Own(directory.Path);
            Assert.That(left.Select(entry => entry.Path), Is.EqualTo(new[] { used }));
            Assert.That(left[0].Options.Split(',')[0], Is.EqualTo("ro"));
            held.Dispose();
            Assert.That(Unmounter.Pass(Own(directory.Path), busy));
            Assert.That(Own(directory.Path), Is.Empty);
            Assert.That(
                Unmounter.Pass(Own(directory.Path), busy), Is.False, "nothing left to change");
        });
    }

    [Test]
    public void One_that_is_written_to_is_told()
    {
        using var directory = new TestDirectory();
        PrivateNamespace.Run(PrivateNamespace.Mounts, () =>
        {
            Assert.That(MountCalls.Mount("t", directory.Path, "tmpfs", 0, "").IsOk);
            var writer = Files.Open(
                Files.Cwd, directory["file"], Libc.O_WRONLY | Libc.O_CREAT, 384).Require();
            var busy = new List<BusyMount>();
            Assert.That(Unmounter.Pass(Own(directory.Path), busy), Is.False);
            Assert.That(busy, Has.Count.EqualTo(1));
            Assert.That(busy[0].Error, Is.EqualTo(Errno.EBUSY));
            writer.Dispose();
            Unmounter.Pass(Own(directory.Path), busy);
        });
    }

    [Test]
    public void Without_sys_no_loop_device_is_touched_and_nothing_fails() =>
        PrivateNamespace.Run(PrivateNamespace.Mounts, () =>
        {
            // As where /sys is not mounted: its directory, and nothing in it.
            Assert.That(MountCalls.Mount("none", "/sys", "tmpfs", 0, "").IsOk);
            Assert.That(FeatureProbes.Sys(), Is.EqualTo(FeatureState.Missing));
            Assert.That(Unmounter.DetachLoopDevices(), Is.False);
            MountCalls.Unmount("/sys", 0);
        });

    /// <summary>The test's mounts, under a type that is not passed over.</summary>
    private static List<MountEntry> Own(string path) =>
    [
        .. MountTable.Read()
            .Where(entry => entry.Path == path
                || entry.Path.StartsWith(path + "/", StringComparison.Ordinal))
            .Select(entry => entry with { Type = "ext4" }),
    ];
}
