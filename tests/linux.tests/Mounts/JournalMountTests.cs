using InitTx.Linux.Handles;
using InitTx.Linux.Mounts;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Mounts;

[TestFixture]
public sealed class JournalMountTests
{
    private const long Size = 4 << 20;

    [Test]
    public void The_journal_gets_a_mount_of_its_own_that_an_exec_finds_again()
    {
        using var directory = new TestDirectory();
        PrivateNamespace.Run(PrivateNamespace.Mounts, () =>
        {
            string path = directory["run/journal"];
            var place = JournalMount.Prepare(path, Size).Require();
            Assert.That(
                place.Store, Is.EqualTo(JournalStore.TmpfsNoSwap).Or.EqualTo(JournalStore.Ramfs));
            Assert.That(place.Note.Length > 0, Is.EqualTo(place.Store == JournalStore.Ramfs));
            Files.Status(Files.Cwd, path, out var status);
            Assert.That(status.Permissions, Is.EqualTo(Convert.ToUInt32("700", 8)));
            File.WriteAllText(path + "/live.db", "rows");
            var again = JournalMount.Prepare(path, Size).Require();
            Assert.That(again.Store, Is.EqualTo(place.Store));
            Assert.That(File.ReadAllText(path + "/live.db"), Is.EqualTo("rows"));
            var entries = MountTable.Read().Where(entry => entry.Path == path).ToList();
            Assert.That(entries, Has.Count.EqualTo(1), "mounted once");
            MountCalls.Unmount(path, 0);
        });
    }

    [Test]
    public void A_mount_of_somebody_else_is_mounted_over()
    {
        using var directory = new TestDirectory();
        PrivateNamespace.Run(PrivateNamespace.Mounts, () =>
        {
            string path = directory["journal"];
            Directory.CreateDirectory(path);
            Assert.That(MountCalls.Mount("other", path, "tmpfs", 0, "mode=0777").IsOk);
            File.WriteAllText(path + "/planted", "");
            Assert.That(JournalMount.Prepare(path, Size).IsOk);
            Assert.That(Directory.GetFiles(path), Is.Empty);
            MountCalls.Unmount(path, 0);
            MountCalls.Unmount(path, 0);
        });
    }

    [Test]
    public void Without_the_right_to_mount_an_own_directory_serves_with_a_note()
    {
        using var directory = new TestDirectory();
        string path = directory["journal"];
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite
            | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        var place = JournalMount.OwnDirectory(path, Errno.EPERM).Require();
        Assert.That(place.Store, Is.EqualTo(JournalStore.Directory));
        Assert.That(place.Note, Does.Contain("EPERM"));
        Files.Status(Files.Cwd, path, out var status);
        Assert.That(
            status.Permissions, Is.EqualTo(Convert.ToUInt32("700", 8)), "nobody else reads it");
    }

    [Test]
    public void A_link_in_place_of_the_directory_is_refused()
    {
        using var directory = new TestDirectory();
        Directory.CreateDirectory(directory["elsewhere"]);
        File.CreateSymbolicLink(directory["journal"], directory["elsewhere"]);
        Assert.That(
            JournalMount.OwnDirectory(directory["journal"], Errno.EPERM).Error,
            Is.EqualTo(Errno.ENOTDIR).Or.EqualTo(Errno.ELOOP));
    }
}
