using InitTx.Tests;
using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using InitTx.Units.Loading;

namespace InitTx.Units.Tests.Loading;

/// <summary>
/// The picture of the unit path: what is read, and that its bytes survive a round trip.
/// </summary>
public sealed class UnitFileTreeTests
{
    private string _root = "";

    [SetUp]
    public void MakeDirectory() => _root = Directory.CreateTempSubdirectory("initx-tree-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_root, recursive: true);

    [Test]
    public void Files_links_masks_and_folders_are_seen_as_they_are()
    {
        Put("usr/lib/systemd/system/a.service", "[Service]\nExecStart=/bin/true\n");
        Put("usr/lib/systemd/system/empty.service", "");
        Put("usr/lib/systemd/system/README", "not a unit");
        Put("opt/linked.service", "[Service]\nExecStart=/bin/linked\n");
        Link("lib", "usr/lib");
        Link("etc/systemd/system/b.service", "/lib/systemd/system/a.service");
        Link("etc/systemd/system/linked.service", "/opt/linked.service");
        Link("etc/systemd/system/m.service", "/dev/null");
        Link("etc/systemd/system/gone.service", "../../../opt/gone.service");
        Link("etc/systemd/system/x.target.wants/a.service", "/lib/systemd/system/a.service");
        Put("etc/systemd/system/a.service.d/10.conf", "[Unit]\nDescription=x\n");
        Put("etc/systemd/system/a.service.d/ignored.txt", "x");
        Put("dev/null", "");
        UnitFileTree tree = DirectoryUnitSource.Read(
            ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system", "/none"],
            LoadLimits.Default, _root);

        Assert.That(tree.Diagnostics, Is.Empty);
        Assert.That(tree.Directories.Select(d => d.Path),
            Is.EqualTo(new[] { "/etc/systemd/system", "/usr/lib/systemd/system" }));
        Assert.That(tree.Directories[0].Entries.Select(Show), Is.EqualTo(new[]
        {
            "b.service Link /usr/lib/systemd/system/a.service",
            "gone.service Link /opt/gone.service missing",
            "linked.service Link /opt/linked.service 32 bytes",
            "m.service Link /dev/null empty",
        }));
        Assert.That(tree.Directories[1].Entries.Select(Show),
            Is.EqualTo(new[] { "a.service File 30 bytes", "empty.service File empty" }));
        Assert.That(tree.Directories[0].Folders.SelectMany(f =>
            f.Entries.Select(e => $"{f.Name}: {Show(e)}")),
            Is.EqualTo(new[]
            {
                "a.service.d: 10.conf File 21 bytes",
                "x.target.wants: a.service Link /usr/lib/systemd/system/a.service",
            }));
    }

    [Test]
    public void A_file_beyond_the_limit_is_named_and_not_read()
    {
        Put("u/big.service", new string('x', 2000));
        UnitFileTree tree = DirectoryUnitSource.Read(
            ["/u"], LoadLimits.Default with { MaxFileBytes = 1000 }, _root);
        Assert.That(tree.Directories[0].Entries[0].Kind, Is.EqualTo(UnitTreeEntryKind.Unreadable));
        Assert.That(tree.Diagnostics[0].Location.Path, Is.EqualTo("/u/big.service"));
        Assert.That(tree.Diagnostics[0].Message, Does.Contain("2000 bytes"));
    }

    [Test]
    public void Entries_beyond_the_limit_are_left_out_once_and_said()
    {
        for (int i = 0; i < 10; i++)
            Put($"u/{i}.service", "x");
        UnitFileTree tree = DirectoryUnitSource.Read(
            ["/u"], LoadLimits.Default with { MaxTreeEntries = 4 }, _root);
        Assert.That(tree.Directories[0].Entries, Has.Count.EqualTo(4));
        Assert.That(tree.Diagnostics, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_link_loop_ends_and_leads_nowhere()
    {
        Link("u/a.service", "b.service");
        Link("u/b.service", "a.service");
        UnitFileTree tree = DirectoryUnitSource.Read(["/u"], LoadLimits.Default, _root);
        Assert.That(tree.Directories[0].Entries.Select(e => e.Exists), Is.All.False);
    }

    [Test]
    public void A_tree_survives_its_binary_form()
    {
        Gen<string> name = Gen.Elements("a.service", "b@.socket", "é.target", "", "x y");
        Gen<UnitTreeEntry> entry =
            from n in name
            from kind in Gen.Choose(0, 2)
            from target in Gen.Elements("", "/dev/null", "/lib/x.service")
            from flags in Gen.Choose(0, 3)
            from bytes in Gen.ArrayOf(Gen.Choose(0, 255))
            select new UnitTreeEntry(n, (UnitTreeEntryKind)kind, target, (flags & 1) != 0,
                (flags & 2) != 0, bytes.Select(b => (byte)b).ToArray(), kind == 2 ? "why" : "");
        Gen<UnitTreeDirectory> directory =
            from path in Gen.Elements("/a", "/b/c")
            from entries in Gen.ListOf(entry)
            from folder in Gen.ListOf(entry)
            select new UnitTreeDirectory(path, [.. entries],
                [new UnitTreeFolder("f.d", [.. folder])]);
        Prop.ForAll(Gen.ListOf(directory).ToArbitrary(), list =>
        {
            UnitFileTree tree = UnitFileTree.Of([.. list]);
            byte[] bytes = Bytes(tree);
            return UnitFileTree.TryParse(bytes, out UnitFileTree again)
                && Bytes(again).AsSpan().SequenceEqual(bytes);
        }).Check(Properties.Config);
    }

    [Test]
    public void Every_cut_and_every_flipped_byte_is_refused_or_read_but_never_thrown()
    {
        Put("u/a.service", "[Unit]\nDescription=x\n");
        Link("u/a.service.wants/b.service", "/u/b.service");
        byte[] bytes = Bytes(DirectoryUnitSource.Read(["/u"], LoadLimits.Default, _root));
        for (int cut = 0; cut < bytes.Length; cut++)
            Assert.That(UnitFileTree.TryParse(bytes.AsSpan(0, cut), out _), Is.False,
                $"cut at {cut}");
        for (int i = 0; i < bytes.Length; i++)
        {
            foreach (byte flip in new byte[] { 0x01, 0x80, 0xFF })
            {
                byte[] copy = [.. bytes];
                copy[i] ^= flip;
                Assert.DoesNotThrow(() => UnitFileTree.TryParse(copy, out _), $"byte {i} ^ {flip}");
            }
        }
    }

    private static byte[] Bytes(UnitFileTree tree)
    {
        var writer = new ArrayBufferWriter<byte>();
        tree.Serialize(writer);
        return writer.WrittenSpan.ToArray();
    }

    private static string Show(UnitTreeEntry e) =>
        $"{e.Name} {e.Kind} {e.Target}".TrimEnd()
        + (!e.Exists ? " missing" : e.IsEmpty ? " empty" : e.Content.Length > 0
            ? $" {e.Content.Length} bytes" : "");

    private void Put(string path, string text)
    {
        string full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, Encoding.UTF8.GetBytes(text));
    }

    private void Link(string path, string target)
    {
        string full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.CreateSymbolicLink(full, target);
    }
}
