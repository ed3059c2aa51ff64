using InitTx.Core;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Notify;
using InitTx.Linux.Sockets;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Notify;

[TestFixture]
internal sealed class NotifySocketTests : NotifyFixture
{
    [Test]
    public void A_message_comes_with_the_senders_identity()
    {
        Send("READY=1\nSTATUS=up"u8);
        Assert.That(_socket.Receive(out var datagram), Is.EqualTo(NotifyReceipt.Message));
        Assert.That(datagram.SenderPid, Is.EqualTo(Environment.ProcessId));
        Assert.That(datagram.SenderUid, Is.EqualTo(Libc.getuid()));
        Assert.That(datagram.Message.Ready);
        Assert.That(datagram.Message.Status, Is.EqualTo("up"));
        Assert.That(_socket.Receive(out _), Is.EqualTo(NotifyReceipt.Empty));
    }

    [Test]
    public void A_sender_that_is_gone_is_still_named()
    {
        int pid = TestChild.Start(
            "/usr/bin/perl",
            "-MSocket",
            "-e",
            "socket(S,PF_UNIX,SOCK_DGRAM,0); "
                + "send(S,\"READY=1\\nSTATUS=hello\",0,pack_sockaddr_un($ARGV[0])) or die",
            _socket.Path);
        TestChild.Reap(pid);
        Assert.That(_socket.Receive(out var datagram), Is.EqualTo(NotifyReceipt.Message));
        Assert.That(datagram.SenderPid, Is.EqualTo(pid));
        Assert.That(datagram.Message.Status, Is.EqualTo("hello"));
    }

    [Test]
    public void Anybody_may_write_whatever_the_umask_is()
    {
        Files.Status(Files.Cwd, _socket.Path, out var status);
        Assert.That(status.Permissions, Is.EqualTo(Convert.ToUInt32("666", 8)));
        Assert.That(status.IsSocket);
    }

    [Test]
    public void A_stale_socket_is_replaced_and_another_file_is_not()
    {
        _socket.Dispose();
        _socket = NotifySocket.Open(_directory["notify"], new EngineLimits()).Require();
        File.WriteAllText(_directory["file"], "x");
        Assert.That(
            NotifySocket.Open(_directory["file"], new EngineLimits()).Error,
            Is.EqualTo(Errno.EADDRINUSE));
    }

    [Test]
    public void A_barrier_is_released_after_the_commit_and_not_before()
    {
        var (reader, writer) = TestPipe.Create();
        using (reader)
        {
            using (writer)
                Send("BARRIER=1"u8, writer.Number);
            Assert.That(_socket.Receive(out _), Is.EqualTo(NotifyReceipt.Barrier));
            Send("READY=1"u8);
            Assert.That(_socket.Receive(out _), Is.EqualTo(NotifyReceipt.Empty), "behind it");
            reader.SetNonBlocking(true);
            Assert.That(reader.Read(new byte[1]).Error, Is.EqualTo(Errno.EAGAIN), "still held");
            _socket.Release();
            Assert.That(reader.Read(new byte[1]), Is.EqualTo(SysResult.Ok), "end of file");
        }
    }

    [Test]
    public void Descriptors_that_nobody_asked_for_are_never_ours()
    {
        var before = OpenDescriptors.Snapshot();
        int[] many = [.. Enumerable.Repeat(_client.Number, AncillaryData.DescriptorsMax)];
        foreach (string text in (string[])["FDSTORE=1", "READY=1", "STATUS=x", ""])
        {
            Send(System.Text.Encoding.ASCII.GetBytes(text), many);
            Assert.That(Take(out var datagram), Is.EqualTo(NotifyReceipt.Message));
            Assert.That(datagram.Descriptors, Is.Empty, text);
        }

        Send("BARRIER=1"u8, _client.Number, _client.Number);
        Assert.That(_socket.Receive(out _), Is.EqualTo(NotifyReceipt.Barrier));
        Assert.That(OpenDescriptors.NewSince(before), Is.Empty, "also before its release");
        _socket.Release();
        Assert.That(OpenDescriptors.NewSince(before), Is.Empty);
    }

    [Test]
    public void Descriptors_to_store_are_handed_on_from_who_may()
    {
        var before = OpenDescriptors.Snapshot();
        _socket.MayStore = pid => pid == Environment.ProcessId;
        Send("FDSTORE=1\nFDNAME=a"u8, _client.Number, _client.Number);
        Assert.That(_socket.Receive(out var datagram), Is.EqualTo(NotifyReceipt.Message));
        Assert.That(datagram.Descriptors, Has.Length.EqualTo(2));
        Assert.That(datagram.Message.DescriptorName, Is.EqualTo("a"));
        foreach (FileDescriptor descriptor in datagram.Descriptors)
            descriptor.Dispose();
        _socket.Release();
        Assert.That(OpenDescriptors.NewSince(before), Is.Empty);
    }

    /// <summary>The shape of a service that fills the manager's table of descriptors.</summary>
    [Test]
    public void More_descriptors_than_are_accepted_drop_the_message_and_close_them_all()
    {
        var before = OpenDescriptors.Snapshot();
        _socket.MayStore = _ => true;
        RawSendMany("FDSTORE=1"u8, _client.Number, count: 200);
        Assert.That(_socket.Receive(out _), Is.EqualTo(NotifyReceipt.Dropped));
        Assert.That(OpenDescriptors.NewSince(before), Is.Empty);
        Send("READY=1"u8);
        Assert.That(_socket.Receive(out _), Is.EqualTo(NotifyReceipt.Message), "still listening");
    }

    [Test]
    public void Empty_oversized_and_garbage_datagrams_change_nothing()
    {
        Send(default);
        Assert.That(_socket.Receive(out var datagram), Is.EqualTo(NotifyReceipt.Message));
        Assert.That(datagram.Message, Is.EqualTo(new NotifyMessage()));
        Send(new byte[NotifyParser.DatagramMax + 1]);
        Assert.That(_socket.Receive(out _), Is.EqualTo(NotifyReceipt.Dropped));
        Send(new byte[60_000]);
        Assert.That(_socket.Receive(out _), Is.EqualTo(NotifyReceipt.Dropped));
        byte[] garbage = new byte[2000];
        new Random(1).NextBytes(garbage);
        Send(garbage);
        Assert.That(_socket.Receive(out _), Is.EqualTo(NotifyReceipt.Message));
        Assert.That(_socket.Dropped, Is.EqualTo(2));
    }

    /// <summary>
    /// CVE-2016-7795 and 7796: an empty datagram was an assertion of PID 1, and then an end of
    /// listening.
    /// </summary>
    [Test]
    public void CVE_2016_7795_no_datagram_of_any_length_with_any_descriptors_ends_the_listening()
    {
        var before = OpenDescriptors.Snapshot();
        _socket.MayStore = static _ => true;
        foreach (byte filling in "\0\n=A"u8.ToArray())
        {
            foreach (int length in (int[])[0, 1, 255, 4095, 4096, 4097, 65_535, 150_000])
            {
                byte[] text = new byte[length];
                Array.Fill(text, filling);
                foreach (int count in (int[])[0, 1, AncillaryData.DescriptorsMax, 253])
                {
                    RawSendMany(text, _client.Number, count);
                    CloseAllThatWaits();
                    Send("READY=1"u8);
                    Assert.That(Take(out var heard), Is.EqualTo(NotifyReceipt.Message));
                    Assert.That(heard.Message.Ready, $"after {length} of {filling}");
                }
            }
        }

        Assert.That(OpenDescriptors.NewSince(before), Is.Empty);
    }

    [Test]
    public void A_flood_is_read_in_order_without_allocating_or_leaking()
    {
        var before = OpenDescriptors.Snapshot();
        long allocated = long.MaxValue;
        for (int i = 0; i < 20_000; i++)
        {
            Send("WATCHDOG=1"u8);
            long start = GC.GetAllocatedBytesForCurrentThread();
            var receipt = _socket.Receive(out var datagram);
            _socket.Release();
            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - start);
            if (receipt != NotifyReceipt.Message || !datagram.Message.WatchdogPing)
                Assert.Fail($"datagram {i}: {receipt}");
        }

        Assert.That(allocated, Is.Zero);
        Assert.That(OpenDescriptors.NewSince(before), Is.Empty);
    }

    [Test]
    public void The_limiter_lets_a_burst_through_and_then_the_rate()
    {
        var limiter = new NotifyLimiter(perSecond: 10, burst: 3);
        long now = 1_000_000_000;
        Assert.That(Enumerable.Range(0, 5).Count(_ => limiter.TryTake(7, now)), Is.EqualTo(3));
        Assert.That(limiter.TryTake(8, now), "another unit has its own");
        Assert.That(limiter.TryTake(7, now + 100_000), "a token a tenth of a second");
        Assert.That(limiter.TryTake(7, now + 100_000), Is.False);
        Assert.That(limiter.TryTake(7, long.MaxValue / 2), "however long ago");
        Assert.That(limiter.TryTake(7, 0), "a clock that goes back takes nothing away");
        Assert.That(limiter.Refused, Is.EqualTo(3));
        Assert.That(Allocations.Of(() => limiter.TryTake(7, now)), Is.Zero);
    }

    // Heard, and all that came of it is done.
    private NotifyReceipt Take(out NotifyDatagram datagram)
    {
        NotifyReceipt receipt = _socket.Receive(out datagram);
        _socket.Release();
        return receipt;
    }

    private void CloseAllThatWaits()
    {
        while (Take(out var datagram) != NotifyReceipt.Empty)
        {
            foreach (FileDescriptor descriptor in datagram.Descriptors ?? [])
                descriptor.Dispose();
        }
    }

    private void Send(ReadOnlySpan<byte> text, params int[] fds) =>
        Assert.That(AncillaryData.Send(_client.Number, text, fds).IsOk);

    private static unsafe void RawSendMany(ReadOnlySpan<byte> text, int fd, int count)
    {
        int size = 16 + (count * sizeof(int));
        byte* control = stackalloc byte[size];
        *(Libc.ControlHeader*)control = new()
        {
            Length = (nuint)size,
            Level = Libc.SOL_SOCKET,
            Type = Libc.SCM_RIGHTS,
        };
        new Span<int>(control + 16, count).Fill(fd);
        fixed (byte* start = text)
        {
            var vector = new Libc.IoVector { Base = start, Length = (nuint)text.Length };
            Libc.MessageHeader header = default;
            header.Vectors = &vector;
            header.VectorCount = 1;
            header.Control = count == 0 ? null : control;
            header.ControlLength = count == 0 ? 0 : (nuint)size;
            Assert.That(
                SysResult.Of(Libc.sendmsg(fd, &header, 0)).Value, Is.EqualTo(text.Length));
        }
    }
}
