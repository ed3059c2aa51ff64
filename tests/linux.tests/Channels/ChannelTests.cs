using InitTx.Linux.Channels;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Channels;

[TestFixture]
public sealed class ChannelTests
{
    [Test]
    public void Messages_keep_their_bounds_and_order_and_carry_descriptors()
    {
        var before = OpenDescriptors.Snapshot();
        using (var here = MessageChannel.Create(out var end).Require())
        using (var there = new MessageChannel(end!))
        {
            using var memory = MemFd.CreateSealed("test", "content"u8).Require();
            Assert.That(here.Send("one"u8).IsOk);
            Assert.That(here.Send("two"u8, [memory.Number, memory.Number]).IsOk);
            byte[] buffer = new byte[64];
            Assert.That(there.Receive(buffer, out var fds).Value, Is.EqualTo(3));
            Assert.That(fds, Is.Empty);
            Assert.That(there.Receive(buffer, out fds).Value, Is.EqualTo(3));
            Assert.That(fds, Has.Length.EqualTo(2));
            Assert.That(MemFd.ReadSealed(fds[1], 100, out byte[] content).Value, Is.EqualTo(7));
            Assert.That(content, Is.EqualTo("content"u8.ToArray()));
            fds[0].Dispose();
            fds[1].Dispose();
            Assert.That(there.Receive(buffer, out _).Error, Is.EqualTo(Errno.EAGAIN));
            here.Dispose();
            Assert.That(there.Receive(buffer, out _), Is.EqualTo(SysResult.Ok), "peer gone");
            Assert.That(there.Send("x"u8).Error, Is.EqualTo(Errno.EPIPE));
        }

        Assert.That(OpenDescriptors.NewSince(before), Is.Empty);
    }

    [Test]
    public void A_message_that_does_not_fit_is_lost_with_its_descriptors()
    {
        var before = OpenDescriptors.Snapshot();
        using (var here = MessageChannel.Create(out var end).Require())
        using (var there = new MessageChannel(end!))
        {
            here.Send(new byte[100], [here.Fd]);
            here.Send("next"u8);
            byte[] buffer = new byte[64];
            Assert.That(there.Receive(buffer, out var fds).Error, Is.EqualTo(Errno.EMSGSIZE));
            Assert.That(fds, Is.Empty);
            Assert.That(there.Receive(buffer, out _).Value, Is.EqualTo(4));
            Assert.That(here.Send("x"u8, new int[17]).Error, Is.EqualTo(Errno.E2BIG));
        }

        Assert.That(OpenDescriptors.NewSince(before), Is.Empty);
    }

    [Test]
    public void A_full_channel_says_so_instead_of_waiting()
    {
        using var here = MessageChannel.Create(out var end).Require();
        using var there = end!;
        byte[] block = new byte[16384];
        SysResult sent;
        while ((sent = here.Send(block)).IsOk)
        {
        }

        Assert.That(sent.Error, Is.EqualTo(Errno.EAGAIN));
    }

    [Test]
    public void A_sealed_memfd_cannot_be_changed_and_an_unsealed_one_is_not_believed()
    {
        using var sealed1 = MemFd.CreateSealed("a", "abc"u8).Require();
        Assert.That(sealed1.Write("x"u8).Error, Is.EqualTo(Errno.EPERM));
        Assert.That(MemFd.ReadSealed(sealed1, 2, out _).Error, Is.EqualTo(Errno.EFBIG));
        using var open = MemFd.Create("b").Require();
        open.WriteAll("abc"u8);
        Assert.That(MemFd.ReadSealed(open, 100, out _).Error, Is.EqualTo(Errno.EPERM));
        Assert.That(MemFd.Seal(open).IsOk);
        Assert.That(MemFd.ReadSealed(open, 100, out byte[] content).Value, Is.EqualTo(3));
        Assert.That(content, Has.Length.EqualTo(3));
        using var empty = MemFd.CreateSealed("c", default).Require();
        Assert.That(MemFd.ReadSealed(empty, 0, out _), Is.EqualTo(SysResult.Ok));
    }
}
