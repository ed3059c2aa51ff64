using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Parsing;

/// <summary>The corners of small grammars: names, escapes, addresses, statuses, paths.</summary>
public sealed class GrammarTests
{
    [TestCase(ListenKind.Stream, "vsock::1", true)]
    [TestCase(ListenKind.Stream, "vsock:4294967295:4294967295", true)]
    [TestCase(ListenKind.Stream, "vsock:4294967296:1", false)]
    [TestCase(ListenKind.Stream, "vsock:1:4294967296", false)]
    [TestCase(ListenKind.Stream, "vsock:x:1", false)]
    [TestCase(ListenKind.Stream, "vsock:1:x", false)]
    [TestCase(ListenKind.Stream, "vsock:1", false)]
    [TestCase(ListenKind.Stream, "vsock:1:2:3", false)]
    [TestCase(ListenKind.Stream, "[::1]:0", false)]
    [TestCase(ListenKind.Stream, "[::1]:x", false)]
    [TestCase(ListenKind.Stream, "[::1:80", false)]
    [TestCase(ListenKind.Stream, "[1.2.3.4]:80", false)]
    [TestCase(ListenKind.Stream, "::1]:80", false)]
    [TestCase(ListenKind.Stream, ":80", false)]
    [TestCase(ListenKind.Stream, "1.2.3.4:", false)]
    [TestCase(ListenKind.Stream, "1.2.3.256:80", false)]
    [TestCase(ListenKind.Stream, "", false)]
    [TestCase(ListenKind.Datagram, "/a/../b", false)]
    [TestCase(ListenKind.SequentialPacket, "/a/b", true)]
    [TestCase(ListenKind.Special, "/dev/x", true)]
    [TestCase(ListenKind.Special, "dev/x", false)]
    [TestCase(ListenKind.MessageQueue, "/", false)]
    [TestCase(ListenKind.MessageQueue, "q", false)]
    [TestCase(ListenKind.Netlink, "audit", true)]
    [TestCase(ListenKind.Netlink, "", false)]
    [TestCase(ListenKind.Netlink, "a 1 2", false)]
    [TestCase(ListenKind.Netlink, "audit x", false)]
    public void An_address_of_a_kind_is_good_or_not(ListenKind kind, string text, bool good) =>
        Assert.That(ListenAddress.Fault(kind, text) is null, Is.EqualTo(good));

    [Test]
    public void A_message_queue_has_a_longest_name()
    {
        Assert.That(ListenAddress.Fault(ListenKind.MessageQueue, "/" + new string('q', 254)),
            Is.Null);
        Assert.That(ListenAddress.Fault(ListenKind.MessageQueue, "/" + new string('q', 255)),
            Is.Not.Null);
    }

    [TestCase("a.b_c", true)]
    [TestCase("", false)]
    [TestCase("a:b", false)]
    [TestCase("a\tb", false)]
    [TestCase("é", false)]
    public void A_descriptor_name_is_printable(string name, bool good)
    {
        Assert.That(ListenAddress.IsFdName(name), Is.EqualTo(good));
        Assert.That(ListenAddress.IsFdName(new string('x', 256)), Is.False);
    }

    [TestCase("eth0", true)]
    [TestCase("fifteen-letters", true)]
    [TestCase("sixteen-letters-", false)]
    [TestCase("", false)]
    [TestCase(".", false)]
    [TestCase("..", false)]
    [TestCase("a b", false)]
    [TestCase("a/b", false)]
    [TestCase("a:b", false)]
    [TestCase("a%b", false)]
    [TestCase("é", false)]
    public void An_interface_name_is_what_the_kernel_takes(string name, bool good) =>
        Assert.That(ListenAddress.IsInterfaceName(name), Is.EqualTo(good));

    [TestCase("a", '\a', 1)]
    [TestCase("b", '\b', 1)]
    [TestCase("f", '\f', 1)]
    [TestCase("n", '\n', 1)]
    [TestCase("r", '\r', 1)]
    [TestCase("t", '\t', 1)]
    [TestCase("v", '\v', 1)]
    [TestCase("s", ' ', 1)]
    [TestCase("\\", '\\', 1)]
    [TestCase("\"", '"', 1)]
    [TestCase("'", '\'', 1)]
    [TestCase("x41", 0x41, 3)]
    [TestCase("xfF", 0xff, 3)]
    [TestCase("x4", 0, 0)]
    [TestCase("x4g", 0, 0)]
    [TestCase("x00", 0, 0)]
    [TestCase("101", 0x41, 3)]
    [TestCase("377", 0xff, 3)]
    [TestCase("400", 0, 0)]
    [TestCase("000", 0, 0)]
    [TestCase("18", 0, 0)]
    [TestCase("189", 0, 0)]
    [TestCase("8", 0, 0)]
    [TestCase("u00e9", 0xe9, 5)]
    [TestCase("ud800", 0, 0)]
    [TestCase("udfff", 0, 0)]
    [TestCase("ue000", 0xe000, 5)]
    [TestCase("u00e", 0, 0)]
    [TestCase("U0010ffff", 0x10ffff, 9)]
    [TestCase("U00110000", 0, 0)]
    [TestCase("Uffffffff", 0, 0)]
    [TestCase("q", 0, 0)]
    [TestCase("", 0, 0)]
    public void An_escape_is_one_character_or_none(string text, int value, int used)
    {
        int read = Unescaper.Read(text, out int found, out bool isByte);
        Assert.That(read, Is.EqualTo(used));
        if (used == 0)
            return;
        Assert.That(found, Is.EqualTo(value));
        Assert.That(isByte, Is.EqualTo(text[0] == 'x' || char.IsAsciiDigit(text[0])));
    }

    [TestCase("0", 0)]
    [TestCase("255", 255)]
    [TestCase("256", null)]
    [TestCase("DATAERR", 65)]
    [TestCase("dataerr", null)]
    [TestCase("", null)]
    public void A_status_is_a_number_or_a_name(string text, int? status)
    {
        Assert.That(ExitStatusParser.Parse(text), Is.EqualTo(status));
        if (status is { } known && ExitStatusParser.Name(known) is { } name)
            Assert.That(ExitStatusParser.Parse(name), Is.EqualTo(known));
    }

    [Test]
    public void Every_status_that_has_a_name_is_read_back_from_it()
    {
        int named = 0;
        for (int status = 0; status < 256; status++)
        {
            if (ExitStatusParser.Name(status) is not { } name)
                continue;
            named++;
            Assert.That(ExitStatusParser.Parse(name), Is.EqualTo(status));
        }

        Assert.That(named, Is.GreaterThan(60));
        Assert.That(ExitStatusParser.Name(100), Is.Null);
    }

    // Written as characters: an attribute cannot hold half a pair.
    [Test]
    public void A_variable_s_value_is_text()
    {
        const char High = (char)0xD83D, Low = (char)0xDE00;
        foreach (string good in (string[])["", "é", $"{High}{Low}", $"a{High}{Low}b"])
            Assert.That(EnvironmentName.IsValidValue(good), Is.True, good);
        foreach (string bad in
            (string[])[$"{High}", $"a{High}b", $"a{Low}", $"{High}{High}", $"{Low}{High}"])
            Assert.That(EnvironmentName.IsValidValue(bad), Is.False, bad);
    }

    [TestCase("/a//b/./c/", "/a/b/c")]
    [TestCase("a//b/.", "a/b")]
    [TestCase(".", "")]
    [TestCase("/", "/")]
    [TestCase("/a/..", "/a/..")]
    public void A_path_loses_what_says_nothing(string path, string collapsed) =>
        Assert.That(PathText.Collapse(path), Is.EqualTo(collapsed));

    [TestCase("/a", true, null)]
    [TestCase("a", true, "not an absolute path")]
    [TestCase("/a", false, "must be relative")]
    [TestCase("a/..", false, "holds '..'")]
    [TestCase("a\0b", false, "NUL")]
    public void A_path_is_absolute_or_relative_as_it_must_be(
        string path, bool absolute, string? fault)
    {
        string? found = PathText.Fault(path, absolute);
        Assert.That(found, fault is null ? Is.Null : Does.Contain(fault));
        Assert.That(PathText.Fault("/" + new string('x', 4095), true), Does.Contain("longer"));
    }

    [TestCase("/var/run", "/run")]
    [TestCase("/var/run/x", "/run/x")]
    [TestCase("/var/runx", null)]
    [TestCase("/run/x", null)]
    public void Var_run_is_run(string path, string? run) =>
        Assert.That(PathText.WithoutVarRun(path), Is.EqualTo(run));

    [TestCase("ConditionPathExists", "PathExists", false)]
    [TestCase("AssertPathExists", "PathExists", true)]
    [TestCase("ConditionFirmware", "Firmware", false)]
    [TestCase("AssertFirmware", null, true)]
    [TestCase("ConditionX", null, false)]
    [TestCase("PathExists", null, false)]
    public void A_condition_s_key_names_its_type(string key, string? type, bool isAssert)
    {
        Assert.That(ConditionParser.TypeOf(key, out bool assert), Is.EqualTo(type));
        Assert.That(assert, Is.EqualTo(isAssert));
    }

    [TestCase("a@.service", "b", "a@b.service")]
    [TestCase("a@x.service", "b", "a@b.service")]
    [TestCase("a@.service", "", "a@.service")]
    [TestCase("a.service", "b", null)]
    [TestCase("a@.service", "b/c", null)]
    public void A_template_takes_an_instance(string name, string instance, string? result) =>
        Assert.That(UnitName.Parse(name).WithInstance(instance)?.Value, Is.EqualTo(result));

    [TestCase("@a.service")]
    [TestCase(".service")]
    [TestCase("a")]
    [TestCase("a.nothing")]
    [TestCase("a b.service")]
    public void What_is_no_name_is_a_bug_of_who_says_it_is(string text)
    {
        Assert.That(UnitName.TryParse(text, out _), Is.False);
        Assert.That(() => UnitName.Parse(text), Throws.InstanceOf<FormatException>()
            .Or.InstanceOf<ArgumentException>());
    }

    [Test]
    public void A_name_and_its_template_belong_together()
    {
        Assert.That(UnitName.Parse("a@b.service").Template.Value, Is.EqualTo("a@.service"));
        Assert.That(UnitName.Parse("a.service").Template.Value, Is.EqualTo("a.service"));
        Assert.That(UnitName.Parse("a@.service").Template.Value, Is.EqualTo("a@.service"));
        Assert.That(UnitName.Parse("a@.service").IsInstance, Is.False);
        Assert.That(UnitName.Parse("a@b.service").IsInstance, Is.True);
        Assert.That(UnitName.Parse("a@b.service").IsTemplate, Is.False);
        Assert.That(UnitName.Parse("a@.service").IsTemplate, Is.True);
    }

    [TestCase("/a:/b/:/a", "/a /b")]
    [TestCase("/a:", "/a /usr/x /x")]
    [TestCase("/x:/a:", "/x /a /usr/x")]
    [TestCase(":", "/usr/x /x")]
    [TestCase("/", "/")]
    public void A_unit_path_replaces_the_defaults_or_precedes_them(string option, string path) =>
        Assert.That(UnitPath.Parse(option, ["/usr/x", "/x"]), Is.EqualTo(path.Split(' ')));

    [Test]
    public void A_user_s_unit_path_has_their_directories_in_systemd_s_order()
    {
        IReadOnlyList<string> path = UnitPath.User("/c", "/d", "/r", "/s/:/t");
        string[] order = ["/c/systemd/user.control", "/r/systemd/transient", "/c/systemd/user",
            "/etc/systemd/user", "/r/systemd/user", "/run/systemd/user", "/r/systemd/generator",
            "/d/systemd/user", "/s/systemd/user", "/t/systemd/user", "/usr/lib/systemd/user",
            "/r/systemd/generator.late"];
        Assert.That(path.Where(order.Contains), Is.EqualTo(order));
        Assert.That(UnitPath.User("", "", "", ""),
            Has.Some.EqualTo("/usr/share/systemd/user").And.None.StartsWith("/systemd"));
        Assert.That(UnitPath.System[^1],
            Is.EqualTo("/run/systemd/generator.late"));
    }
}
