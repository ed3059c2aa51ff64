using InitTx.Linux.Handles;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Handles;

/// <summary>Trees that somebody else changes, or has made, to turn root's work elsewhere.</summary>
[TestFixture]
public sealed class HostileTreeTests
{
    private const uint Uid = 1;

    // Again and again the name is a file of the attacker's own, then one that is the victim's.
    private const string Swap = """
        my ($d, $victim) = @ARGV;
        while (1) {
            open(my $f, '>', "$d/own") or die; close $f;
            rename "$d/own", "$d/x";
            link $victim, "$d/other" or die;
            rename "$d/other", "$d/x";
        }
        """;

    private const string Nest = """
        my ($in, $depth) = @ARGV;
        chdir $in or die;
        for (1..$depth) { mkdir 'd' or die; chdir 'd' or die; }
        """;

    private TestDirectory _directory = null!;

    [SetUp]
    public void Create() => _directory = new();

    // The runtime's own removal of a directory goes as deep as the paths that the kernel takes.
    [TearDown]
    public void Destroy() => TestChild.Run("/bin/rm", "-rf", _directory.Path);

    /// <summary>CVE-2018-15687: between the look and chown(2) the name is another file.</summary>
    [Test]
    public void CVE_2018_15687_a_file_swapped_for_another_s_is_not_given_away()
    {
        Assume.That(Environment.IsPrivilegedProcess, "chown needs root");
        Directory.CreateDirectory(_directory["tree"]);
        File.WriteAllText(_directory["victim"], "x");
        int swapper = TestChild.Start(
            "/usr/bin/perl", "-e", Swap, _directory["tree"], _directory["victim"]);
        int status = -1;
        try
        {
            using FileDescriptor tree = Directories.Open(_directory["tree"]).Require();
            for (int round = 0; round < 20_000; round++)
                Directories.ChangeOwnerBelow(tree, Uid, Uid, []);
        }
        finally
        {
            TestChild.kill(swapper, 9);
            status = TestChild.Reap(swapper);
        }

        Assert.That(Owner("victim"), Is.Zero, "the file outside was given away");
        Assert.That(status & 0x7F, Is.EqualTo(9), "it swapped files to the end");
    }

    /// <summary>The same for the file of a socket, the directory of a credential.</summary>
    [Test]
    public void CVE_2018_15687_only_what_has_the_name_alone_is_given_away()
    {
        Assume.That(Environment.IsPrivilegedProcess, "chown needs root");
        File.WriteAllText(_directory["victim"], "x");
        File.CreateSymbolicLink(_directory["link"], _directory["victim"]);
        File.WriteAllText(_directory["own"], "x");
        TestChild.Run("/bin/ln", _directory["victim"], _directory["second"]);
        SysResult Give(string name) => Files.ChangeOwner(Files.Cwd, _directory[name], Uid, Uid);
        Assert.That(Give("second").Error, Is.EqualTo(Errno.EMLINK));
        Assert.That(Give("link").IsOk, "the link itself");
        Assert.That(Give("own").IsOk && Give(".").IsOk);
        Assert.That(Give("none").Error, Is.EqualTo(Errno.ENOENT));
        Assert.That(new[] { "victim", "link", "own", "." }.Select(Owner),
            Is.EqualTo(new uint[] { 0, Uid, Uid, Uid }));
    }

    private uint Owner(string name)
    {
        Assert.That(Files.Status(Files.Cwd, _directory[name], out FileStatus status).IsOk);
        return status.Uid;
    }

    /// <summary>CVE-2021-3997: directories in directories until the stack is used up.</summary>
    [TestCase(64, true)]
    [TestCase(1_000, false)]
    public void CVE_2021_3997_directories_within_directories_use_up_no_stack(
        int depth, bool isRemoved)
    {
        Directory.CreateDirectory(_directory["tree"]);
        Assert.That(
            TestChild.Run("/usr/bin/perl", "-e", Nest, _directory["tree"], $"{depth}").Code,
            Is.Zero);
        List<string> problems = SmallStack.Run(() =>
        {
            List<string> found = [];
            using FileDescriptor parent = Directories.Open(_directory.Path).Require();
            Directories.Remove(parent, "tree", found);
            return found;
        });
        Assert.That(Directory.Exists(_directory["tree"]), Is.EqualTo(!isRemoved));
        if (isRemoved)
            Assert.That(problems, Is.Empty);
        else
            Assert.That(problems, Has.Some.Contains("ELOOP").And.Some.Contains("ENOTEMPTY"));
    }
}
