using System.Text;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;
using InitTx.Units.Tests.Loading;

namespace InitTx.Units.Tests.Parsing;

/// <summary>What the manager takes from the kernel command line.</summary>
public sealed class KernelCommandLineTests
{
    [TestCase("", null)]
    [TestCase("root=/dev/sda1 ro quiet", null)]
    [TestCase("systemd.unit=foo.target", "foo.target")]
    [TestCase("initx.unit=foo", "foo.service")]
    [TestCase("systemd.unit=a.target rescue", "rescue.target")]
    [TestCase("single systemd.unit=a.target", "a.target")]
    [TestCase("s", "rescue.target")]
    [TestCase("1", "rescue.target")]
    [TestCase("emergency", "emergency.target")]
    [TestCase("3", "multi-user.target")]
    [TestCase("5", "graphical.target")]
    [TestCase("rescue=1", null)]
    [TestCase("\"systemd.unit=a.target\"\n", "a.target")]
    [TestCase("systemd.unit=\"x y\"", null)]
    [TestCase("init=/x 'unbalanced systemd.unit=a.target", null)]
    public void The_boot_goal_is_the_last_word_that_names_one(string line, string? unit) =>
        Assert.That(Parse(line).Unit, Is.EqualTo(unit));

    [Test]
    public void Our_own_words_are_read_and_bad_ones_are_named()
    {
        KernelCommandLine line = Parse(
            "initx.store=disk initx.log=kmsg initx.sequential initx.shell=1 initx.nope=2 "
            + "initx.store=tape systemd.mask=a systemd.mask=b.socket systemd.wants=c.service");
        Assert.That(line.Store, Is.EqualTo(JournalStore.Disk));
        Assert.That(line.Log, Is.EqualTo(LogTargetKind.Kmsg));
        Assert.That(line.Sequential, Is.True);
        Assert.That(line.Shell, Is.True);
        Assert.That(line.Masks.Select(n => n.Value), Is.EqualTo(new[] { "a.service", "b.socket" }));
        Assert.That(line.Wants.Select(n => n.Value), Is.EqualTo(new[] { "c.service" }));
        Assert.That(line.Diagnostics.Select(d => d.Message), Is.EqualTo(new[]
        {
            "initx.nope: not known, ignored",
            "initx.store=tape: not known, ignored; write one of: memory, disk, none",
        }));
    }

    [TestCase("quiet", true)]
    [TestCase("root", true)]
    [TestCase("root=/dev/a", true)]
    [TestCase("root=/dev", false)]
    [TestCase("roo", false)]
    [TestCase("quiet=", false)]
    [TestCase("quick", false)]
    public void A_condition_asks_for_a_word_or_a_key(string argument, bool expected) =>
        Assert.That(Parse("root=/dev/a quiet").Has(argument), Is.EqualTo(expected));

    [Test]
    public void Garbage_costs_no_more_than_the_caps()
    {
        byte[] bytes = new byte[1_000_000];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)(i % 2 == 0 ? 0xFF : ' ');
        KernelCommandLine line = KernelCommandLine.Parse(bytes);
        Assert.That(line.Words, Has.Count.EqualTo(KernelCommandLine.MaxWords));
        Assert.That(line.Unit, Is.Null);
    }

    [Test]
    public void Masks_and_wants_act_like_links_above_all_directories()
    {
        var line = Parse("systemd.mask=a.service systemd.wants=b.service");
        UnitFileTree tree = CommandLineUnits.Apply(
            new TextTree().File("a.service", "[Service]\nExecStart=/bin/true\n")
                .File("goal.target", "[Unit]\nDescription=g\n").Build(),
            line, UnitName.Parse("goal.target"));
        var loader = new UnitLoader(tree, TextTree.Facts, LoadLimits.Default);
        Assert.That(loader.Load(UnitName.Parse("a.service")).LoadState,
            Is.EqualTo(UnitLoadState.Masked));
        UnitDependency wants = loader.Load(UnitName.Parse("goal.target")).Dependencies
            .Single(d => d.Kind == DependencyKind.Wants);
        Assert.That(wants.Target.Value, Is.EqualTo("b.service"));
        Assert.That(wants.Source.ToString(),
            Is.EqualTo("/proc/cmdline/goal.target.wants/b.service"));
    }

    private static KernelCommandLine Parse(string line) =>
        KernelCommandLine.Parse(Encoding.UTF8.GetBytes(line));
}
