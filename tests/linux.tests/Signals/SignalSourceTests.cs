using InitTx.Linux.Loop;
using InitTx.Linux.Signals;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Signals;

[TestFixture]
public sealed class SignalSourceTests
{
    private const int Usr1 = 10;
    private const int Usr2 = 12;
    private const int RealTime = 40;

    [Test]
    public void Blocked_signals_are_read_with_their_sender()
    {
        using var source = SignalSource.Create(Bit(Usr1) | Bit(RealTime)).Require();
        using var loop = EventLoop.Create().Require();
        loop.Add(source.Fd, LoopEvents.Readable, new EventKey(1, 1));
        TestChild.raise(Usr1);
        TestChild.raise(RealTime);
        TestChild.raise(RealTime);
        Assert.That(loop.Wait(new ReadyEvent[1], block: true, out _).Value, Is.EqualTo(1));
        var signals = new SignalInfo[16];
        Assert.That(source.Drain(signals).Value, Is.EqualTo(3), "real-time signals queue");
        Assert.That(signals[0].Number, Is.EqualTo(Usr1));
        Assert.That(signals[0].SenderPid, Is.EqualTo(Environment.ProcessId));
        Assert.That(signals[1].Number, Is.EqualTo(RealTime));
        Assert.That(signals[2].Number, Is.EqualTo(RealTime));
        Assert.That(source.Drain(signals), Is.EqualTo(SysResult.Ok));
    }

    [Test]
    public void Draining_takes_no_more_than_there_is_room_for_and_allocates_nothing()
    {
        using var source = SignalSource.Create(Bit(Usr2) | Bit(RealTime)).Require();
        var one = new SignalInfo[1];
        TestChild.raise(Usr2);
        TestChild.raise(RealTime);
        Assert.That(source.Drain(one).Value, Is.EqualTo(1));
        Assert.That(source.Drain(one).Value, Is.EqualTo(1));
        long allocated = Allocations.Of(() =>
        {
            TestChild.raise(Usr2);
            source.Drain(one);
        });
        Assert.That(allocated, Is.Zero);
    }

    private static ulong Bit(int signal) => 1UL << (signal - 1);
}
