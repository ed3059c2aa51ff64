using System.Buffers.Binary;
using InitTx.Linux.Mounts;

namespace InitTx.Linux.Tests.Mounts;

[TestFixture]
public sealed class AutofsTests
{
    [TestCase(5, 5, 7u, false)]
    [TestCase(5, 6, 7u, true)]
    public void A_request_names_its_token_its_kind_and_who_looked(
        int version, int type, uint token, bool expires) => Assert.That(
        Autofs.Parse(Packet(version, type, token)),
        Is.EqualTo(new AutofsRequest(expires, token, 77)));

    [TestCase(4, 5, 7u, TestName = "Another version is no request")]
    [TestCase(5, 3, 7u, TestName = "What indirect mounts ask is no request")]
    [TestCase(5, 5, 0u, TestName = "Without a token nobody can be answered")]
    public void What_is_no_request_is_none(int version, int type, uint token) =>
        Assert.That(Autofs.Parse(Packet(version, type, token)), Is.Null);

    [Test]
    public void What_is_cut_or_too_long_is_no_request()
    {
        byte[] packet = Packet(5, 5, 1);
        Assert.That(Autofs.Parse(packet.AsSpan(1)), Is.Null);
        Assert.That(Autofs.Parse([.. packet, 0]), Is.Null);
        Assert.That(Autofs.Parse([]), Is.Null);
    }

    private static byte[] Packet(int version, int type, uint token)
    {
        byte[] packet = new byte[Autofs.RequestBytes];
        BinaryPrimitives.WriteInt32LittleEndian(packet, version);
        BinaryPrimitives.WriteInt32LittleEndian(packet.AsSpan(4), type);
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(8), token);
        BinaryPrimitives.WriteInt32LittleEndian(packet.AsSpan(32), 77);
        return packet;
    }
}
