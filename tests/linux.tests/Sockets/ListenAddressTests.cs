using InitTx.Tests;
using FsCheck.Fluent;
using InitTx.Linux.Sockets;
using InitTx.Units.Model;
using AddressFamily = System.Net.Sockets.AddressFamily;
using IPAddress = System.Net.IPAddress;

namespace InitTx.Linux.Tests.Sockets;

[TestFixture]
public sealed class ListenAddressTests
{
    [TestCase(
        ListenKind.Stream, "80",
        "0A000050000000000000000000000000000000000000000000000000", true)]
    [TestCase(
        ListenKind.Stream, "65535",
        "0A00FFFF000000000000000000000000000000000000000000000000", true)]
    [TestCase(ListenKind.Datagram, "127.0.0.1:8080", "02001F907F0000010000000000000000", false)]
    [TestCase(
        ListenKind.Stream, "[::1]:443",
        "0A0001BB000000000000000000000000000000000000000100000000", false)]
    [TestCase(
        ListenKind.Stream, "[fe80::1%7]:1",
        "0A00000100000000FE80000000000000000000000000000107000000", false)]
    [TestCase(
        ListenKind.Stream, "[::ffff:1.2.3.4]:1",
        "0A0000010000000000000000000000000000FFFF0102030400000000", false)]
    [TestCase(ListenKind.Stream, "/run/x", "01002F72756E2F7800", false)]
    [TestCase(ListenKind.SequentialPacket, "@ab", "0100006162", false)]
    [TestCase(ListenKind.Stream, "vsock:2:1234", "28000000D20400000200000000000000", false)]
    [TestCase(ListenKind.Stream, "vsock::99", "2800000063000000FFFFFFFF00000000", false)]
    [TestCase(ListenKind.Netlink, "kobject-uevent 1", "100000000000000001000000", false)]
    public void An_address_has_the_kernels_bytes(
        ListenKind kind, string text, string expected, bool any)
    {
        Assert.That(
            ListenAddressParser.TryParse(kind, text, out var target, out string error), error);
        Assert.That(Convert.ToHexString(target.Address!.Raw), Is.EqualTo(expected));
        Assert.That(target.AnyAddress, Is.EqualTo(any));
    }

    [TestCase(ListenKind.Stream, "")]
    [TestCase(ListenKind.Stream, "0")]
    [TestCase(ListenKind.Stream, "65536")]
    [TestCase(ListenKind.Stream, "1.2.3:80")]
    [TestCase(ListenKind.Stream, "1.2.3.4")]
    [TestCase(ListenKind.Stream, "1.2.3.04:80")]
    [TestCase(ListenKind.Stream, "0x7f.1:80")]
    [TestCase(ListenKind.Stream, "::1:80")]
    [TestCase(ListenKind.Stream, "[::1]")]
    [TestCase(ListenKind.Stream, "[::1]:0")]
    [TestCase(ListenKind.Stream, "[::1:80")]
    [TestCase(ListenKind.Stream, "[]:80")]
    [TestCase(ListenKind.Stream, "localhost:80")]
    [TestCase(ListenKind.Stream, "[fe80::1%nosuchif0]:80")]
    [TestCase(ListenKind.Stream, "vsock:2")]
    [TestCase(ListenKind.Stream, "vsock:x:1")]
    [TestCase(ListenKind.Stream, "@")]
    [TestCase(ListenKind.Stream, "run/x")]
    [TestCase(ListenKind.Stream, "/a\0b")]
    [TestCase(ListenKind.Stream, "127.0.0.1:+80")]
    [TestCase(ListenKind.Stream, "127.0.0.1: 80")]
    [TestCase(ListenKind.SequentialPacket, "80")]
    [TestCase(ListenKind.Fifo, "x")]
    [TestCase(ListenKind.Netlink, "nonesuch")]
    [TestCase(ListenKind.Netlink, "route x")]
    [TestCase(ListenKind.MessageQueue, "x")]
    public void What_is_no_address_is_refused_in_words(ListenKind kind, string text)
    {
        Assert.That(ListenAddressParser.TryParse(kind, text, out _, out string error), Is.False);
        Assert.That(error, Is.Not.Empty);
    }

    [Test]
    public void A_unix_name_fills_sun_path_and_no_more()
    {
        string longest = "/" + new string('x', SocketAddress.UnixNameMax - 1);
        Assert.That(
            ListenAddressParser.TryParse(ListenKind.Stream, longest, out var target, out _));
        Assert.That(target.Address!.Raw, Has.Length.EqualTo(110));
        Assert.That(
            ListenAddressParser.TryParse(ListenKind.Stream, longest + "x", out _, out _), Is.False);
        Assert.That(
            ListenAddressParser.TryParse(
                ListenKind.Stream, "@" + new string('\u00E9', 54), out _, out _),
            Is.False,
            "bytes count, not characters");
    }

    [Test]
    public void No_text_makes_the_parser_throw() =>
        FsCheck.Check.One(Properties.Config, Prop.ForAll(
            ArbMap.Default.ArbFor<string>(),
            text =>
            {
                foreach (var kind in Enum.GetValues<ListenKind>())
                {
                    string[] variants = [text, $"[{text}]:1", $"{text}:1", "/" + text];
                    foreach (string variant in variants)
                        ListenAddressParser.TryParse(kind, variant ?? "", out _, out _);
                }
            }));

    [Test]
    public void Whatever_is_an_ipv6_address_here_is_the_same_for_the_runtime()
    {
        var text = Gen.Elements("0", "1", "ab", "ffff", "12345", ":", "::", "1.2.3.4", "g", "")
            .ListOf()
            .Select(parts => string.Concat(parts));
        FsCheck.Check.One(Properties.Config, Prop.ForAll(
            Arb.From(text),
            candidate =>
            {
                Span<byte> ours = stackalloc byte[16];
                bool known = InternetAddress.TryParseV6(candidate, ours);
                bool theirs = IPAddress.TryParse(candidate, out var address)
                    && address.AddressFamily == AddressFamily.InterNetworkV6;
                return known
                    ? theirs && ours.SequenceEqual(address!.GetAddressBytes())
                    : !theirs;
            }));
    }
}
