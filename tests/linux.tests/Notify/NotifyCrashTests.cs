using InitTx.Core;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Notify;
using InitTx.Linux.Sockets;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Notify;

/// <summary>What a crash leaves in the notify socket for the next image.</summary>
[TestFixture]
internal sealed class NotifyCrashTests : NotifyFixture
{
    private const long SysSetsockopt = 54;

    /// <summary>
    /// The next image has the socket, and nothing of what this one had in memory. What it hears
    /// twice are descriptors of one file.
    /// </summary>
    [TestCase("READY=1")]
    [TestCase("FDSTORE=1\nFDNAME=a")]
    [TestCase("BARRIER=1")]
    [TestCase("")]
    public void What_was_not_released_is_received_again_after_a_crash(string text)
    {
        _socket.MayStore = static _ => true;
        Send("STATUS=first"u8);
        Send(System.Text.Encoding.ASCII.GetBytes(text), _client.Number);
        Send("STATUS=last"u8);
        _socket.Receive(out _);
        NotifyReceipt receipt = _socket.Receive(out var heard);
        using NotifySocket next = Next();
        next.Receive(out var first);
        Assert.That(first.Message.Status, Is.EqualTo("first"));
        if (text.Length > 0)
        {
            Assert.That(next.Receive(out var again), Is.EqualTo(receipt));
            Assert.That(again.Message, Is.EqualTo(heard.Message));
            AssertSame(heard.Descriptors, again.Descriptors);
        }

        next.Release();
        next.Receive(out var last);
        Assert.That(last.Message.Status, Is.EqualTo("last"), "what is released is gone");
        next.Release();
        if (text.Length == 0)
        {
            // The empty one was passed over, and went in the place of the last.
            Assert.That(next.Receive(out _), Is.EqualTo(NotifyReceipt.Message), "heard twice");
            next.Release();
        }

        Assert.That(next.Receive(out _), Is.EqualTo(NotifyReceipt.Empty));
    }

    /// <summary>The loop would find the socket readable for ever.</summary>
    [Test]
    public void An_empty_one_that_the_image_before_has_seen_is_taken_all_the_same()
    {
        Send(default);
        Assert.That(_socket.Receive(out _), Is.EqualTo(NotifyReceipt.Message));
        using NotifySocket next = Next();
        Assert.That(next.Receive(out _), Is.EqualTo(NotifyReceipt.Dropped));
        Assert.That(next.Receive(out _), Is.EqualTo(NotifyReceipt.Empty));
        using NotifySocket third = Next();
        Assert.That(third.Receive(out _), Is.EqualTo(NotifyReceipt.Empty));
    }

    [Test]
    public void Many_are_looked_at_in_order_and_a_long_one_hides_none()
    {
        _socket.MayStore = static _ => true;
        Send("STATUS=1"u8);
        Send(new byte[60_000]);
        Send("FDSTORE=1\nSTATUS=2"u8, _client.Number);
        Send(default);
        Send("FDSTORE=1\nSTATUS=3"u8, _client.Number, _client.Number);
        var heard = new List<string>();
        NotifyReceipt receipt;
        while ((receipt = _socket.Receive(out var datagram)) != NotifyReceipt.Empty)
        {
            heard.Add($"{receipt} {datagram.Message?.Status} {datagram.Descriptors?.Length}");
            foreach (FileDescriptor descriptor in datagram.Descriptors ?? [])
                descriptor.Dispose();
        }

        string[] wanted = ["Message 1 0", "Dropped  ", "Message 2 1", "Message  0", "Message 3 2"];
        Assert.That(heard, Is.EqualTo(wanted));
        _socket.Release();
        using NotifySocket next = Next();
        Assert.That(next.Receive(out _), Is.EqualTo(NotifyReceipt.Empty));
    }

    [Test]
    public void Without_SO_PEEK_OFF_one_is_looked_at_at_a_time() => KernelWithout.Argument(
        SysSetsockopt, 2, uint.MaxValue, Libc.SO_PEEK_OFF, Errno.EOPNOTSUPP, () =>
        {
            using NotifySocket socket = NotifySocket.Open(
                _directory["second"], new EngineLimits()).Require();
            socket.MayStore = static _ => true;
            Assert.That(SocketCalls.Connect(_client, SocketAddress.Unix(socket.Path)!).IsOk);
            Send("FDSTORE=1\nSTATUS=1"u8, _client.Number);
            Send("STATUS=2"u8);
            Assert.That(socket.Receive(out var first), Is.EqualTo(NotifyReceipt.Message));
            Assert.That(first.Descriptors, Has.Length.EqualTo(1));
            first.Descriptors[0].Dispose();
            Assert.That(socket.Receive(out _), Is.EqualTo(NotifyReceipt.Empty), "held back");
            socket.Release();
            socket.Receive(out var second);
            Assert.That(second.Message.Status, Is.EqualTo("2"));
            socket.Release();
            Assert.That(socket.Receive(out _), Is.EqualTo(NotifyReceipt.Empty));
        });

    [Test]
    public void One_that_an_image_has_died_of_is_heard_once_more_and_alone()
    {
        Send("STATUS=before"u8);
        Send("STATUS=poison"u8);
        Send("STATUS=after"u8);
        _socket.BeCareful();
        _socket.Receive(out _);
        Assert.That(_socket.Receive(out _), Is.EqualTo(NotifyReceipt.Empty), "not yet");
        _socket.Release();
        _socket.Receive(out var poison);
        Assert.That(poison.Message.Status, Is.EqualTo("poison"));
        using NotifySocket next = Next();
        next.Receive(out var after);
        Assert.That(after.Message.Status, Is.EqualTo("after"));
    }

    /// <summary>The socket as the next image gets it.</summary>
    private NotifySocket Next()
    {
        FileDescriptor fd = new((int)Libc.fcntl(_socket.Fd, Libc.F_DUPFD_CLOEXEC, 0));
        NotifySocket next = NotifySocket.Adopt(fd, _socket.Path, new EngineLimits()).Require();
        next.MayStore = static _ => true;
        return next;
    }

    private void AssertSame(FileDescriptor[] some, FileDescriptor[] others)
    {
        Assert.That(some, Has.Length.EqualTo(others.Length));
        for (int i = 0; i < some.Length; i++)
        {
            Assert.That(Descriptors.AreSame(some[i], others[i]));
            Assert.That(Descriptors.AreSame(some[i], _client));
            some[i].Dispose();
            others[i].Dispose();
        }

        using FileDescriptor other = SocketCalls.Create(Libc.AF_UNIX, Libc.SOCK_DGRAM).Require();
        Assert.That(Descriptors.AreSame(other, _client), Is.False);
    }

    private void Send(ReadOnlySpan<byte> text, params int[] fds) =>
        Assert.That(AncillaryData.Send(_client.Number, text, fds).IsOk);
}
