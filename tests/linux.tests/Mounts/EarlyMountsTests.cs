using InitTx.Linux.Handles;
using InitTx.Linux.Mounts;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Mounts;

[TestFixture]
public sealed class EarlyMountsTests
{
    [Test]
    public void What_is_missing_is_mounted_once_and_what_is_there_stays()
    {
        using var directory = new TestDirectory();
        PrivateNamespace.Run(PrivateNamespace.Mounts | PrivateNamespace.Cgroups, () =>
        {
            Assert.That(MountCalls.Mount("t", directory.Path, "tmpfs", 0, "").IsOk);
            var first = EarlyMounts.MountAll(directory.Path);
            foreach (string path in new[] { "/proc", "/dev/pts", "/dev/shm", "/run" })
            {
                var outcome = first.Single(mount => mount.Path == directory.Path + path);
                Assert.That(outcome.Error, Is.EqualTo(Errno.None), path);
                Assert.That(outcome.WasThere, Is.False, path);
            }

            File.WriteAllText(directory["run/kept"], "x");
            Assert.That(EarlyMounts.MountAll(directory.Path).All(mount => mount.WasThere));
            Assert.That(File.ReadAllText(directory["run/kept"]), Is.EqualTo("x"));
            Assert.That(
                new DirectoryInfo(directory["dev/fd"]).LinkTarget, Is.EqualTo("/proc/self/fd"));
            Assert.That(Files.Status(Files.Cwd, directory["dev/null"], out var status).IsOk);
            Assert.That(status.IsCharacterDevice);
            var table = MountTable.Read();
            for (int i = table.Count - 1; i >= 0; i--)
            {
                if (table[i].Path.StartsWith(directory.Path, StringComparison.Ordinal))
                    Assert.That(MountCalls.Unmount(table[i].Path, 0).IsOk, table[i].Path);
            }
        });
    }

    [Test]
    public void On_a_read_only_root_failures_are_told_and_tolerated()
    {
        using var directory = new TestDirectory();
        PrivateNamespace.Run(PrivateNamespace.Mounts, () =>
        {
            Assert.That(MountCalls.Mount("t", directory.Path, "tmpfs", 1, "").IsOk);
            var outcomes = EarlyMounts.MountAll(directory.Path);
            Assert.That(outcomes, Is.Not.Empty);
            Assert.That(outcomes.All(mount => mount.Error == Errno.ENOENT));
            MountCalls.Unmount(directory.Path, 0);
        });
    }
}
