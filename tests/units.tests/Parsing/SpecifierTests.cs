using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Parsing;

/// <summary>Each specifier of systemd.unit(5), where it may stand and what it cannot do.</summary>
public sealed class SpecifierTests
{
    private const string All = "nNpPiIjJfyYHlqmbvaowBWMAtSCLEdTVhsuUgG";

    private static readonly SpecifierContext Facts = new()
    {
        HostName = "host.example.org",
        PrettyHostName = "My Host",
        MachineId = "0123456789abcdef0123456789abcdef",
        BootId = "fedcba9876543210fedcba9876543210",
        KernelRelease = "6.1.0",
        OsRelease = new Dictionary<string, string>
        {
            ["ID"] = "debian",
            ["VERSION_ID"] = "12",
            ["BUILD_ID"] = "b",
            ["VARIANT_ID"] = "v",
            ["IMAGE_ID"] = "m",
        },
        UserId = 7,
        GroupId = 8,
    };

    [TestCase('n', "a-b\\x2fc@d-e.service")]
    [TestCase('N', "a-b\\x2fc@d-e")]
    [TestCase('p', "a-b\\x2fc")]
    [TestCase('P', "a/b/c")]
    [TestCase('i', "d-e")]
    [TestCase('I', "d/e")]
    [TestCase('j', "b\\x2fc")]
    [TestCase('J', "b/c")]
    [TestCase('f', "/d/e")]
    [TestCase('y', "/u/a@.service")]
    [TestCase('Y', "/u")]
    [TestCase('H', "host.example.org")]
    [TestCase('l', "host")]
    [TestCase('q', "My Host")]
    [TestCase('m', "0123456789abcdef0123456789abcdef")]
    [TestCase('b', "fedcba9876543210fedcba9876543210")]
    [TestCase('v', "6.1.0")]
    [TestCase('a', "x86-64")]
    [TestCase('o', "debian")]
    [TestCase('w', "12")]
    [TestCase('B', "b")]
    [TestCase('W', "v")]
    [TestCase('M', "m")]
    [TestCase('A', "")]
    [TestCase('t', "/run")]
    [TestCase('S', "/var/lib")]
    [TestCase('C', "/var/cache")]
    [TestCase('L', "/var/log")]
    [TestCase('E', "/etc")]
    [TestCase('d', "/run/credentials/a-b\\x2fc@d-e.service")]
    [TestCase('T', "/tmp")]
    [TestCase('V', "/var/tmp")]
    [TestCase('h', "/root")]
    [TestCase('s', "/bin/sh")]
    [TestCase('u', "root")]
    [TestCase('U', "7")]
    [TestCase('g', "root")]
    [TestCase('G', "8")]
    public void A_specifier_is_replaced(char specifier, string value) =>
        Assert.That(Expand($"<%{specifier}>", "a-b\\x2fc@d-e.service"),
            Is.EqualTo($"<{value}>"));

    [TestCase("%f", "a-b.service", "/a/b")]
    [TestCase("%q", "a.service", "My Host")]
    [TestCase("%i%I", "a.service", "")]
    [TestCase("100%", "a.service", "100%")]
    [TestCase("%-%%", "a.service", "%-%")]
    public void A_text_is_expanded(string text, string unit, string result) =>
        Assert.That(Expand(text, unit), Is.EqualTo(result));

    [TestCase("%P", "a\\x.service", "cannot be unescaped")]
    [TestCase("%I", "a@\\x.service", "cannot be unescaped")]
    [TestCase("%J", "a\\x.service", "cannot be unescaped")]
    [TestCase("%f", "a--b.service", "no escaped path")]
    [TestCase("%c", "a.service", "deprecated")]
    [TestCase("%r", "a.service", "deprecated")]
    [TestCase("%R", "a.service", "deprecated")]
    [TestCase("%z", "a.service", "unknown specifier %z")]
    [TestCase("%1", "a.service", "unknown specifier %1")]
    public void What_cannot_be_replaced_is_named(string text, string unit, string error) =>
        Assert.That(Expand(text, unit), Does.StartWith("error: ").And.Contains(error));

    [TestCase("Hlq", "host name")]
    [TestCase("m", "/etc/machine-id")]
    [TestCase("b", "boot_id")]
    [TestCase("v", "kernel release")]
    [TestCase("owBWMA", "/etc/os-release")]
    public void A_fact_that_is_not_known_is_named(string specifiers, string fact)
    {
        foreach (char specifier in specifiers)
        {
            Assert.That(Expand($"%{specifier}", "a.service", SpecifierContext.Unknown),
                Does.StartWith($"error: specifier %{specifier} cannot").And.Contains(fact));
        }
    }

    [Test]
    public void The_short_host_name_stands_in_for_the_pretty_one() =>
        Assert.That(Expand("%q", "a.service", Facts with { PrettyHostName = null }),
            Is.EqualTo("host"));

    [TestCase("/a.service", "/")]
    [TestCase("a.service", "")]
    [TestCase("/u/v/a.service", "/u/v")]
    public void The_directory_of_the_file_is_known(string path, string directory)
    {
        var expander = new SpecifierExpander(Facts, UnitName.Parse("a.service"), path);
        Assert.That(expander.TryExpand("%Y", out string result, out _), Is.True);
        Assert.That(result, Is.EqualTo(directory));
    }

    [Test]
    public void A_result_has_a_limit()
    {
        var expander = new SpecifierExpander(Facts, UnitName.Parse("a.service"), "", 20);
        Assert.That(expander.TryExpand("%H%H", out _, out string error), Is.False);
        Assert.That(error, Is.EqualTo("longer than 20 characters after specifiers are replaced"));
    }

    [Test]
    public void A_long_text_is_shortened_in_its_error()
    {
        string error = Expand("%z" + new string('x', 100), "a.service");
        Assert.That(error, Does.Contain("xx...'").And.Length.LessThan(200));
        error = Expand("%z" + new string('x', 78), "a.service");
        Assert.That(error, Does.Contain($"in '%z{new string('x', 78)}'"));
    }

    [TestCase((int)SpecifierSet.Full, All)]
    [TestCase((int)SpecifierSet.UnitName, "ijnNpabBdHlqmMAovwW")]
    [TestCase((int)SpecifierSet.Install, "ijnNpabBHlqmMAovwWguUGTV")]
    public void A_setting_takes_its_set_of_specifiers(int set, string taken)
    {
        var expander = new SpecifierExpander(Facts, UnitName.Parse("a@b.service"), "/u/a");
        foreach (char specifier in All)
        {
            bool good = expander.TryExpand($"%{specifier}", (SpecifierSet)set, out _, out _);
            Assert.That(good, Is.EqualTo(taken.Contains(specifier)), $"%{specifier}");
        }
    }

    private static string Expand(string text, string unit, SpecifierContext? facts = null)
    {
        var expander = new SpecifierExpander(facts ?? Facts, UnitName.Parse(unit), "/u/a@.service");
        return expander.TryExpand(text, out string result, out string error) ? result
            : $"error: {error}";
    }
}
