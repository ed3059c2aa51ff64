using System.Buffers.Binary;
using InitTx.Linux.DBus;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests;

/// <summary>The D-Bus wire format, as far as a client that follows names needs it.</summary>
internal sealed class DBusTests
{
    [Test]
    public void A_call_reads_back_as_it_was_written()
    {
        byte[] bytes = DBusWriter.Call(7, "GetNameOwner", "org.example.A");
        DBusMessage message = DBusReader.Read(bytes)!;
        Assert.That(DBusReader.Length(bytes), Is.EqualTo(bytes.Length));
        Assert.Multiple(() =>
        {
            Assert.That(message.Type, Is.EqualTo(DBusMessageType.MethodCall));
            Assert.That(message.Serial, Is.EqualTo(7));
            Assert.That(message.Member, Is.EqualTo("GetNameOwner"));
            Assert.That(message.Interface, Is.EqualTo("org.freedesktop.DBus"));
            Assert.That(message.Path, Is.EqualTo("/org/freedesktop/DBus"));
            Assert.That(message.Texts, Is.EqualTo(new[] { "org.example.A" }));
        });
    }

    [Test]
    public void A_call_without_arguments_has_no_body() =>
        Assert.That(DBusReader.Read(DBusWriter.Call(1, "Hello"))!.Texts, Is.Empty);

    [Test]
    public void A_signal_and_an_error_read_back_as_they_were_written()
    {
        DBusMessage signal = DBusReader.Read(DBusWriter.Signal(
            3, "org.example.To", "/a/b", "org.example.I", "Failed", "x", "yy", ""))!;
        Assert.Multiple(() =>
        {
            Assert.That(signal.Type, Is.EqualTo(DBusMessageType.Signal));
            Assert.That(signal.Path, Is.EqualTo("/a/b"));
            Assert.That(signal.Interface, Is.EqualTo("org.example.I"));
            Assert.That(signal.Member, Is.EqualTo("Failed"));
            Assert.That(signal.Texts, Is.EqualTo(new[] { "x", "yy", "" }));
            Assert.That(signal.WantsReply, Is.False);
        });
        DBusMessage error = DBusReader.Read(
            DBusWriter.Error(4, ":1.7", 99, "org.example.No", "why"))!;
        Assert.Multiple(() =>
        {
            Assert.That(error.Type, Is.EqualTo(DBusMessageType.Error));
            Assert.That(error.ReplySerial, Is.EqualTo(99));
            Assert.That(error.ErrorName, Is.EqualTo("org.example.No"));
            Assert.That(error.Texts, Is.EqualTo(new[] { "why" }));
        });
    }

    [Test]
    public void Whether_an_answer_is_wanted_is_in_the_flags()
    {
        byte[] call = DBusWriter.Call(5, "RequestName", "org.example.A", 4);
        Assert.That(DBusReader.Read(call)!.WantsReply, Is.True);
        call[2] = 1;
        Assert.That(DBusReader.Read(call)!.WantsReply, Is.False);
    }

    /// <summary>Each single byte set to something else.</summary>
    [Test]
    public void Any_damage_gives_a_message_or_none()
    {
        byte[] good = DBusWriter.Call(7, "AddMatch", "type='signal'", "x");
        for (int at = 0; at < good.Length; at++)
        {
            foreach (byte value in (byte[])[0, 1, 0x7f, 0xff])
            {
                byte[] bad = [.. good];
                bad[at] = value;
                Assert.That(() => DBusReader.Read(bad), Throws.Nothing, $"byte {at} = {value}");
            }

            Assert.That(DBusReader.Read(good.AsSpan(0, at)), Is.Null, $"{at} bytes");
        }
    }

    [Test]
    public void A_length_beyond_the_specification_ends_the_stream()
    {
        byte[] bytes = DBusWriter.Call(1, "Hello");
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), 0x7fff_ffff);
        Assert.That(DBusReader.Length(bytes), Is.EqualTo(-1));
    }

    [Test]
    public void The_length_of_the_other_byte_order_is_known_so_that_it_can_be_skipped()
    {
        byte[] prefix = new byte[16];
        (prefix[0], prefix[1], prefix[3]) = ((byte)'B', 4, 1);
        BinaryPrimitives.WriteUInt32BigEndian(prefix.AsSpan(4), 100);
        BinaryPrimitives.WriteUInt32BigEndian(prefix.AsSpan(12), 9);
        Assert.That(DBusReader.Length(prefix), Is.EqualTo(16 + 16 + 100));
    }

    [Test]
    public void News_between_manager_and_helper_come_back_as_they_were()
    {
        BusNews[] all =
        [
            new BusNews.Follow(5, "org.example.A"), new BusNews.Leave(6), new BusNews.Heard(7),
            new BusNews.Owner(8, true, 4711),
        ];
        foreach (BusNews news in all)
            Assert.That(BusNews.Decode(BusNews.Encode(news)), Is.EqualTo(news));
        Assert.That(BusNews.Encode(new BusNews.Follow(1, new string('x', 2000))), Is.Empty);
        Assert.That(BusNews.Decode("nonsense"u8), Is.Null);
    }

    /// <summary>CVE-2019-6454: the path of an object may be as long as a message.</summary>
    [Test]
    public void CVE_2019_6454_a_name_as_long_as_a_message_uses_up_no_stack()
    {
        string name = new('x', 4 << 20);
        byte[] call = DBusWriter.Call(1, name, name);
        DBusMessage? message = SmallStack.Run(() => DBusReader.Read(call));
        Assert.That(message?.Member.Length ?? 0, Is.AnyOf(0, name.Length));
    }
}
