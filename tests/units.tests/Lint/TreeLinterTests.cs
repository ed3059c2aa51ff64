using InitTx.Units.Lint;
using InitTx.Units.Loading;
using InitTx.Units.Tests.Loading;

namespace InitTx.Units.Tests.Lint;

/// <summary>What lint says about a whole tree.</summary>
public sealed class TreeLinterTests
{
    private const string Run = "[Service]\nExecStart=/bin/true\n";

    private static List<string> Findings(TextTree tree)
    {
        UnitLoader loader = tree.Loader();
        return [.. TreeLinter.Lint(loader.Names.Select(loader.Load).Distinct())
            .Select(f => $"{f.Unit}: {f.Finding.Message}")];
    }

    [Test]
    public void A_circle_is_named_once_with_file_and_line_of_each_order()
    {
        List<string> findings = Findings(new TextTree()
            .File("a.service", "[Unit]\nAfter=c.service\n" + Run)
            .File("b.service", "[Unit]\nAfter=a.service\n" + Run)
            .File("c.service", "[Unit]\n\nAfter=b.service\n" + Run)
            .File("d.service", "[Unit]\nAfter=c.service\n" + Run));
        Assert.That(findings, Has.Count.EqualTo(1));
        Assert.That(findings[0], Does.StartWith("a.service: ordering circle: ")
            .And.Contain("a.service after c.service (/etc/systemd/system/a.service:2)")
            .And.Contain("b.service after a.service (/etc/systemd/system/b.service:2)")
            .And.Contain("c.service after b.service (/etc/systemd/system/c.service:3)"));
    }

    [Test]
    public void A_Before_and_an_After_make_a_circle_of_two()
    {
        List<string> findings = Findings(new TextTree()
            .File("a.service", "[Unit]\nAfter=b.service\nBefore=b.service\n" + Run)
            .File("b.service", Run));
        Assert.That(findings, Has.One.Contains("b.service after a.service")
            .And.One.Contains("a.service after b.service"));
    }

    [Test]
    public void Two_circles_are_two_findings()
    {
        List<string> findings = Findings(new TextTree()
            .File("a.service", "[Unit]\nAfter=b.service\n" + Run)
            .File("b.service", "[Unit]\nAfter=a.service c.service\n" + Run)
            .File("c.service", "[Unit]\nAfter=d.service\n" + Run)
            .File("d.service", "[Unit]\nAfter=c.service\n" + Run));
        Assert.That(findings.Select(f => f[..9]), Is.EqualTo(new[] { "a.service", "c.service" }));
    }

    [Test]
    public void An_address_and_a_name_on_the_bus_have_one_owner()
    {
        List<string> findings = Findings(new TextTree()
            .File("a.socket", "[Socket]\nListenStream=/run/x\n").File("a.service", Run)
            .File("b.socket", "[Socket]\nListenStream=/run/x\n").File("b.service", Run)
            .File("c.service", "[Service]\nType=dbus\nBusName=org.x\nExecStart=/bin/true\n")
            .File("d.service", "[Service]\nType=dbus\nBusName=org.x\nExecStart=/bin/true\n"));
        Assert.That(findings, Is.EqualTo(new[]
        {
            "b.socket: /run/x is also that of a.socket: only one of them can be up",
            "d.service: org.x is also that of c.service: only one of them can be up",
        }));
    }

    [Test]
    public void A_tree_in_order_has_no_findings() => Assert.That(
        Findings(new TextTree().File("a.service", "[Unit]\nAfter=b.service\n" + Run)
            .File("b.service", Run)), Is.Empty);
}
