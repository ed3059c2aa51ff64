using InitTx.Tests;
using System.Text;
using FsCheck.Fluent;
using InitTx.Linux.Mounts;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Mounts;

[TestFixture]
public sealed class MountTableTests
{
    [Test]
    public void A_line_gives_its_fields_unescaped()
    {
        var entry = MountTable.Parse(Encoding.UTF8.GetBytes(
            @"36 35 98:0 /mnt1 /mnt\040a\134b\011 ro,noatime shared:1 master:2 "
                + @"- ext3 /dev/root\040x rw,errors=continue"));
        Assert.That(
            entry,
            Is.EqualTo(new MountEntry(
                36, 35, "/mnt a\\b\t", "ext3", "/dev/root x", true, "rw,errors=continue")
            {
                Device = "98:0",
            }));
    }

    [TestCase("36 35 98:0 / / rw - ext3 /dev/root rw", "ext3", false)]
    [TestCase("36 35 98:0 / /x rootflags - a b", "a", false)]
    [TestCase("36 35 98:0 / / ro - x y z", "x", true)]
    public void Optional_fields_may_be_missing(string line, string type, bool readOnly)
    {
        var entry = MountTable.Parse(Encoding.UTF8.GetBytes(line));
        Assert.That(entry?.Type, line.Split(' ').Length < 10 ? Is.Null : Is.EqualTo(type));
        Assert.That(entry?.IsReadOnly ?? readOnly, Is.EqualTo(readOnly));
    }

    [TestCase("")]
    [TestCase("x 35 98:0 / / rw a - ext3 /dev/root rw")]
    [TestCase("36 35 98:0 / / rw a b c d e f")]
    [TestCase("36 35 98:0 / / rw a b c d e -")]
    public void What_is_malformed_is_left_out(string line) =>
        Assert.That(MountTable.Parse(Encoding.UTF8.GetBytes(line)), Is.Null);

    [Test]
    public void No_bytes_make_it_throw() =>
        FsCheck.Check.One(Properties.Config, Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(),
            bytes =>
            {
                MountTable.Parse(bytes);
                MountTable.Parse(
                    [.. "1 2 3:4 / "u8, .. bytes, .. " rw a - b "u8, .. bytes, .. " c"u8]);
            }));

    [Test]
    public void The_machines_own_table_is_read_whole()
    {
        var entries = MountTable.Read();
        Assert.That(
            entries, Has.Count.EqualTo(File.ReadAllLines("/proc/thread-self/mountinfo").Length));
        Assert.That(entries.Any(entry => entry is { Path: "/proc", Type: "proc" }));
        Assert.That(MountTable.Read("/nonexistent"), Is.Empty);
    }

    /// <summary>
    /// CVE-2021-33910: a user may mount FUSE at a path of eight megabytes. It uses up no stack, and
    /// what is mounted later is not taken for unmounted.
    /// </summary>
    [TestCase(4_096)]
    [TestCase(65_536)]
    [TestCase(8 << 20)]
    public void CVE_2021_33910_a_mount_at_a_path_of_any_length_hides_no_other(int length)
    {
        using var directory = new TestDirectory();
        string path = "/" + string.Join('/', Enumerable.Repeat(new string('x', 200), length / 201));
        File.WriteAllText(
            directory["mountinfo"],
            $"""
            36 35 98:0 / /before rw - ext4 /dev/a rw
            37 35 0:50 / {path} rw - fuse x rw
            38 35 98:1 / /after rw - ext4 /dev/b rw
            39 35 0:51 / {path}/{path} rw - fuse x rw
            40 35 98:2 / /last rw - ext4 /dev/c rw

            """);
        List<MountEntry> entries = SmallStack.Run(() => MountTable.Read(directory["mountinfo"]));
        Assert.That(
            entries.Select(static entry => entry.Path).Where(static p => p.Length < 100),
            Is.EqualTo(new[] { "/before", "/after", "/last" }));
    }
}
