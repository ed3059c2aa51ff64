using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Loop;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Loop;

[TestFixture]
public sealed class EventLoopTests
{
    private EventLoop _loop = null!;
    private readonly ReadyEvent[] _ready = new ReadyEvent[8];

    [SetUp]
    public void Create() => _loop = EventLoop.Create().Require();

    [TearDown]
    public void Destroy() => _loop.Dispose();

    [Test]
    public void A_readable_descriptor_is_reported_under_its_key()
    {
        var (reader, writer) = TestPipe.Create();
        using (reader)
        using (writer)
        {
            var key = new EventKey(7, 0xFF_FFFF_FFFF_FFFE & 0x00FF_FFFF_FFFF_FFFF);
            Assert.That(_loop.Add(reader.Number, LoopEvents.Readable, key).IsOk);
            Assert.That(_loop.Wait(_ready, block: false, out _).Value, Is.Zero);
            writer.WriteAll("x"u8);
            Assert.That(_loop.Wait(_ready, block: true, out bool deadline).Value, Is.EqualTo(1));
            Assert.That(deadline, Is.False);
            Assert.That(_ready[0].Key, Is.EqualTo(key));
            Assert.That(_ready[0].Key.Kind, Is.EqualTo(7));
            Assert.That(_ready[0].Events.HasFlag(LoopEvents.Readable));
        }
    }

    [Test]
    public void A_one_shot_descriptor_is_silent_until_it_is_rearmed()
    {
        var (reader, writer) = TestPipe.Create();
        using (reader)
        using (writer)
        {
            var key = new EventKey(1, 2);
            _loop.Add(reader.Number, LoopEvents.Readable, key, once: true);
            writer.WriteAll("x"u8);
            Assert.That(_loop.Wait(_ready, block: true, out _).Value, Is.EqualTo(1));
            Assert.That(_loop.Wait(_ready, block: false, out _).Value, Is.Zero);
            _loop.Rearm(reader.Number, LoopEvents.Readable, key, once: true);
            Assert.That(_loop.Wait(_ready, block: false, out _).Value, Is.EqualTo(1));
        }
    }

    [Test]
    public void A_deadline_wakes_once_and_takes_no_room_among_the_events()
    {
        var (reader, writer) = TestPipe.Create();
        using (reader)
        using (writer)
        {
            _loop.Add(reader.Number, LoopEvents.Readable, new EventKey(1, 1));
            writer.WriteAll("x"u8);
            _loop.SetDeadline(MonotonicClock.BootTimeUs() - 1);
            bool deadline = false;
            for (int i = 0; i < 100 && !deadline; i++)
            {
                int count = _loop.Wait(_ready, block: true, out deadline).Value;
                Assert.That(count, Is.EqualTo(1));
                Assert.That(_ready[0].Key, Is.EqualTo(new EventKey(1, 1)));
            }

            Assert.That(deadline, "the deadline in the past was never reported");
            _loop.Wait(_ready, block: false, out deadline);
            Assert.That(deadline, Is.False);
        }
    }

    [TestCase(0L)]
    [TestCase(-5L)]
    [TestCase(long.MinValue)]
    public void A_deadline_at_or_before_the_epoch_fires_instead_of_disarming(long us)
    {
        Assert.That(_loop.SetDeadline(us).IsOk);
        _loop.Wait(_ready, block: true, out bool deadline);
        Assert.That(deadline);
    }

    [Test]
    public void Never_disarms_a_deadline_that_was_set()
    {
        _loop.SetDeadline(MonotonicClock.BootTimeUs() + 3_600_000_000);
        Assert.That(_loop.SetDeadline(EventLoop.Never).IsOk);
        _loop.SetDeadline(1);
        _loop.SetDeadline(EventLoop.Never);
        _loop.Wait(_ready, block: false, out bool deadline);
        Assert.That(deadline, Is.False);
    }

    [Test]
    public void A_regular_file_is_refused_with_an_errno()
    {
        using var file = Files.Open(Files.Cwd, "/proc/self/exe", Libc.O_RDONLY).Require();
        Assert.That(
            _loop.Add(file.Number, LoopEvents.Readable, default).Error, Is.EqualTo(Errno.EPERM));
    }

    [Test]
    public void Waiting_and_arming_allocate_nothing()
    {
        var (reader, writer) = TestPipe.Create();
        using (reader)
        using (writer)
        {
            _loop.Add(reader.Number, LoopEvents.Readable, new EventKey(1, 1));
            writer.WriteAll("x"u8);
            long allocated = Allocations.Of(() =>
            {
                _loop.SetDeadline(MonotonicClock.BootTimeUs() - 1);
                _loop.Wait(_ready, block: true, out _);
                _loop.Wait(_ready, block: true, out _);
                _loop.SetDeadline(MonotonicClock.BootTimeUs() + 1_000_000_000);
            });
            Assert.That(allocated, Is.Zero);
        }
    }

    [Test]
    public void The_clocks_agree_with_the_runtime()
    {
        long before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var now = MonotonicClock.Now();
        long after = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        Assert.That(now.RealtimeUs / 1000, Is.InRange(before - 1, after + 1));
        Assert.That(MonotonicClock.BootTimeUs(), Is.GreaterThanOrEqualTo(now.MonotonicUs));
    }

    [Test]
    public void What_lasts_is_told_by_a_loop_that_takes_it_over()
    {
        var (reader, writer) = TestPipe.Create();
        using (reader)
        using (writer)
        {
            Assert.That(_loop.AddLasting(reader.Number, LoopEvents.Readable, new(7, 5)).IsOk);
            var lasting = new FileDescriptor(_loop.LastingFd).Duplicate().Require();
            _loop.Dispose();
            _loop = EventLoop.Create(lasting).Require();
            Assert.That(_loop.IsTakenOver);
            Assert.That(_loop.Wait(_ready, block: false, out _).Value, Is.Zero);
            writer.WriteAll("x"u8);
            Assert.That(_loop.Wait(_ready, block: true, out _).Value, Is.EqualTo(1));
            Assert.That(_ready[0].Key, Is.EqualTo(new EventKey(7, 5)));
            Assert.That(_loop.Wait(_ready, block: false, out _).Value, Is.Zero, "told once");

            // The next image's number of it.
            using var again = reader.Duplicate().Require();
            Assert.That(_loop.AddLasting(again.Number, LoopEvents.Readable, new(7, 6)).IsOk);
            Assert.That(_loop.Wait(_ready, block: true, out _).Value, Is.EqualTo(1));
            Assert.That(_ready[0].Key, Is.EqualTo(new EventKey(7, 6)));
        }
    }

    [Test]
    public void What_is_no_epoll_instance_is_not_taken_over()
    {
        var (reader, writer) = TestPipe.Create();
        using (writer)
        {
            using var loop = EventLoop.Create(reader).Require();
            Assert.That(loop.IsTakenOver, Is.False);
            Assert.That(reader.IsOpen, Is.False);
        }
    }

    [Test]
    public void More_lasting_ones_than_there_is_room_for_come_at_the_next_wait()
    {
        var pipes = Enumerable.Range(0, 20).Select(static _ => TestPipe.Create()).ToList();
        var told = new HashSet<ulong>();
        for (int i = 0; i < pipes.Count; i++)
        {
            _loop.AddLasting(pipes[i].Reader.Number, LoopEvents.Readable, new(7, (ulong)i));
            pipes[i].Writer.WriteAll("x"u8);
        }

        _loop.SetDeadline(1);
        bool late = false;
        while (told.Count < pipes.Count)
        {
            int count = _loop.Wait(_ready, block: true, out bool deadline).Value;
            late |= deadline;
            for (int i = 0; i < count; i++)
                Assert.That(told.Add(_ready[i].Key.Id));
        }

        Assert.That(late, "the deadline is told beside them");
        foreach (var (reader, writer) in pipes)
        {
            reader.Dispose();
            writer.Dispose();
        }
    }
}
