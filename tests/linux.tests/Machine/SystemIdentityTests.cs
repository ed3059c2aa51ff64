using System.Text;
using InitTx.Linux.Interop;
using InitTx.Linux.Machine;
using InitTx.Linux.Sockets;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Machine;

[TestFixture]
public sealed class SystemIdentityTests
{
    [TestCase("host\n", "host")]
    [TestCase("# comment\n\n  a-b.c_d \nother\n", "a-b.c_d")]
    [TestCase("-x", null)]
    [TestCase("x-", null)]
    [TestCase("a..b", null)]
    [TestCase("a.-b", null)]
    [TestCase(".a", null)]
    [TestCase("a b", null)]
    [TestCase("h\u00F6st", null)]
    [TestCase("", null)]
    [TestCase("#only", null)]
    public void A_host_name_is_the_first_line_and_well_formed(string file, string? expected)
    {
        bool known = SystemIdentity.TryParseHostName(Encoding.UTF8.GetBytes(file), out string name);
        Assert.That(known ? name : null, Is.EqualTo(expected));
    }

    [Test]
    public void A_host_name_has_64_characters_at_most()
    {
        Assert.That(SystemIdentity.TryParseHostName(Bytes(64), out _));
        Assert.That(SystemIdentity.TryParseHostName(Bytes(65), out _), Is.False);

        static byte[] Bytes(int count) => [.. Enumerable.Repeat((byte)'x', count)];
    }

    [TestCase("0123456789ABCDEF0123456789abcdef\n", "0123456789abcdef0123456789abcdef")]
    [TestCase("01234567-89ab-cdef-0123-456789abcdef", "0123456789abcdef0123456789abcdef")]
    [TestCase("uninitialized\n", null)]
    [TestCase("00000000000000000000000000000000", null)]
    [TestCase("0123456789abcdef0123456789abcde", null)]
    [TestCase("0123456789abcdef0123456789abcdef0", null)]
    [TestCase("0-123456789abcdef0123456789abcdef", null)]
    [TestCase("", null)]
    public void An_id_is_32_digits_that_are_not_all_zero(string text, string? expected)
    {
        bool known = SystemIdentity.TryParseId(Encoding.UTF8.GetBytes(text), out string id);
        Assert.That(known ? id : null, Is.EqualTo(expected));
    }

    [Test]
    public void Kernel_and_boot_are_those_of_proc()
    {
        Assert.That(
            SystemIdentity.Kernel().Release,
            Is.EqualTo(File.ReadAllText("/proc/sys/kernel/osrelease").Trim()));
        Assert.That(
            SystemIdentity.BootId(),
            Is.EqualTo(
                File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim().Replace("-", "")));
    }

    [Test]
    public void The_host_name_is_set_from_the_file() =>
        PrivateNamespace.Run(PrivateNamespace.HostName, () =>
        {
            Assert.That(SystemIdentity.SetHostName("# x\nnew-name\n"u8).IsOk);
            Assert.That(SystemIdentity.Kernel().Node, Is.EqualTo("new-name"));
            Assert.That(SystemIdentity.SetHostName("bad name"u8).Error, Is.EqualTo(Errno.EINVAL));
            Assert.That(SystemIdentity.Kernel().Node, Is.EqualTo("new-name"));
        });

    [Test]
    public void Loopback_carries_traffic_once_it_is_up() =>
        PrivateNamespace.Run(PrivateNamespace.Network, () =>
        {
            Assert.That(
                ListenAddressParser.TryParse(
                    InitTx.Units.Model.ListenKind.Datagram, "127.0.0.1:9", out var target, out _));
            using var socket = SocketCalls.Create(Libc.AF_INET, Libc.SOCK_DGRAM).Require();
            Assert.That(
                SocketCalls.Connect(socket, target.Address!).Error, Is.EqualTo(Errno.ENETUNREACH));
            Assert.That(LoopbackInterface.BringUp().IsOk);
            Assert.That(SocketCalls.Connect(socket, target.Address!).IsOk);
            Assert.That(LoopbackInterface.BringUp().IsOk, "again");
        });
}
