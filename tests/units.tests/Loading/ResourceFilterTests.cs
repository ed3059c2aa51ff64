using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Loading;

/// <summary>
/// systemd.resource-control(5): addresses, ports and interfaces, in the form that initx-exec is
/// told.
/// </summary>
public sealed class ResourceFilterTests
{
    [TestCase("IPAddressDeny=any", "IPAddressDeny=0.0.0.0/0|IPAddressDeny=::/0")]
    [TestCase("IPAddressAllow=localhost",
        "IPAddressAllow=127.0.0.0/8|IPAddressAllow=::1/128")]
    [TestCase("IPAddressAllow=link-local multicast",
        "IPAddressAllow=169.254.0.0/16|IPAddressAllow=fe80::/64|IPAddressAllow=224.0.0.0/4|"
        + "IPAddressAllow=ff00::/8")]
    [TestCase("IPAddressAllow=10.1.2.3/8 192.168.0.1 2001:db8::1/32",
        "IPAddressAllow=10.0.0.0/8|IPAddressAllow=192.168.0.1/32|IPAddressAllow=2001:db8::/32")]
    [TestCase("IPAddressAllow=10.0.0.0/33 nonsense ::1/64", "IPAddressAllow=::/64")]
    [TestCase("IPAddressDeny=any\nIPAddressDeny=", "")]
    [TestCase("IPAddressDeny=any\nIPAddressAllow=::1\nIPAddressDeny=", "IPAddressAllow=::1/128")]
    [TestCase("SocketBindAllow=any", "SocketBindAllow=any")]
    [TestCase("SocketBindAllow=ipv4:tcp:80-90\nSocketBindDeny=udp\nSocketBindAllow=443",
        "SocketBindAllow=ipv4:tcp:80-90|SocketBindDeny=udp|SocketBindAllow=443-443")]
    [TestCase("SocketBindAllow=0\nSocketBindAllow=9-8\nSocketBindAllow=tcp:ipv4:1\n"
        + "SocketBindAllow=ipv4:\nSocketBindAllow=80 90\nSocketBindAllow=65536", "")]
    [TestCase("SocketBindDeny=any\nSocketBindDeny=", "")]
    [TestCase("RestrictNetworkInterfaces=eth0 lo", "RestrictNetworkInterfaces=eth0 lo")]
    [TestCase("RestrictNetworkInterfaces=~eth0 lo\nRestrictNetworkInterfaces=lo",
        "RestrictNetworkInterfaces=~eth0")]
    [TestCase("RestrictNetworkInterfaces=eth0\nRestrictNetworkInterfaces=eth1 eth0",
        "RestrictNetworkInterfaces=eth0 eth1")]
    [TestCase("RestrictNetworkInterfaces=eth0\nRestrictNetworkInterfaces=~eth0", "")]
    [TestCase("RestrictNetworkInterfaces=a/b 0123456789abcdef", "")]
    [TestCase("RestrictNetworkInterfaces=eth0\nRestrictNetworkInterfaces=", "")]
    public void Settings_take_one_form(string lines, string expected)
    {
        Assert.That(Text(TextTree.Service($"ExecStart=/bin/true\n{lines}\n")),
            Is.EqualTo(expected));
        UnitDefinition slice =
            new TextTree().File("a.slice", $"[Slice]\n{lines}\n").Load("a.slice");
        Assert.That(Text(slice), Is.EqualTo(expected), "a slice");
    }

    [Test]
    public void Rules_for_ports_have_a_limit() => Assert.That(
        TextTree.Service("ExecStart=/bin/true\nIPAddressDeny=any\n" + string.Concat(
            Enumerable.Range(1, 200).Select(i => $"SocketBindDeny={i}\n"))).Resources.Filters,
        Has.Count.EqualTo(2 + 128));

    [TestCase("1.2.3.4/0", "0.0.0.0/0")]
    [TestCase("255.255.255.255/31", "255.255.255.254/31")]
    [TestCase("::ffff:1.2.3.4", "::ffff:1.2.3.4/128")]
    [TestCase("FE80::/10", "fe80::/10")]
    public void Networks_are_read_as_inet_pton_reads_them(string text, string expected)
    {
        Assert.That(AddressPrefixParser.TryParse(text, out byte[] address, out int bits));
        Assert.That(AddressPrefixParser.Format(address, bits), Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("1.2.3")]
    [TestCase("01.2.3.4")]
    [TestCase("0x1.2.3.4")]
    [TestCase("1.2.3.4/")]
    [TestCase("1.2.3.4/-1")]
    [TestCase("1.2.3.4/+1")]
    [TestCase("1.2.3.4/33")]
    [TestCase("::1/129")]
    [TestCase("::1/0000")]
    [TestCase("fe80::1%lo")]
    [TestCase("[::1]")]
    [TestCase("::1.2.3")]
    [TestCase("1:2:3:4:5:6:7:8:9")]
    [TestCase("localhost")]
    public void What_is_no_network_is_refused(string text) =>
        Assert.That(AddressPrefixParser.TryParse(text, out _, out _), Is.False);

    private static string Text(UnitDefinition unit) =>
        string.Join('|', unit.Resources.Filters.Select(o => $"{o.Key}={o.Value}"));
}
