using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Processes;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Processes;

[TestFixture]
public sealed class ChildReaperTests
{
    private const byte Children = 3;

    private readonly ReadyEvent[] _ready = new ReadyEvent[64];
    private readonly ChildExit[] _exits = new ChildExit[4];
    private EventLoop _loop = null!;
    private ProcFs _proc = null!;
    private ChildReaper _reaper = null!;

    [SetUp]
    public void Create()
    {
        _loop = EventLoop.Create().Require();
        _proc = ProcFs.Open();
        _reaper = new ChildReaper(_loop, Children);
    }

    [TearDown]
    public void Destroy()
    {
        _loop.Dispose();
        _proc.Dispose();
    }

    [TestCase("exit 0", ExitKind.Exited, 0)]
    [TestCase("exit 255", ExitKind.Exited, 255)]
    [TestCase("kill -9 $$", ExitKind.Killed, 9)]
    [TestCase("ulimit -c 0; kill -11 $$", ExitKind.Killed, 11)]
    public void An_exit_is_reported_before_the_zombie_is_reaped(
        string script, ExitKind kind, int code)
    {
        int pid = Known(script, tag: 17);
        var exit = WaitForExit();
        Assert.That(exit.Process.Pid, Is.EqualTo(pid));
        Assert.That((exit.Kind, exit.Code, exit.Tag), Is.EqualTo((kind, code, 17UL)));
        Assert.That(_proc.TryStat(pid, out var stat) && stat.State == 'Z', "still a zombie");
        Assert.That(_reaper.TryPeek(pid, out _), Is.False, "reported once");
        _reaper.ReapCommitted();
        Assert.That(_proc.TryStat(pid, out _), Is.False, "reaped");
        Assert.That(_reaper.IsKnown(pid), Is.False);
    }

    [Test]
    public void After_a_loss_of_all_state_the_unreaped_child_tells_its_status_again()
    {
        int pid = Known("exit 42", tag: 1);
        WaitForExit();
        _loop.Dispose();
        Create();
        _reaper.Register(_proc.Identify(pid), null, tag: 2);
        var exit = WaitForExit();
        Assert.That((exit.Process.Pid, exit.Code, exit.Tag), Is.EqualTo((pid, 42, 2UL)));
        _reaper.ReapCommitted();
    }

    [Test]
    public void Strangers_behind_a_known_zombie_are_reaped_after_its_commit()
    {
        int known = Known("exit 3", tag: 5);
        AwaitZombie(known);
        int[] strangers = [.. Enumerable.Range(0, 5).Select(_ => TestChild.Shell("exit 1"))];
        foreach (int stranger in strangers)
            AwaitZombie(stranger);

        _reaper.ChildSignalled();
        Assert.That(_reaper.Sweep(_exits), Is.EqualTo(1));
        Assert.That(_exits[0].Process.Pid, Is.EqualTo(known));
        Assert.That(_reaper.SweepPending, "more zombies wait behind it");
        Assert.That(_reaper.Sweep(_exits), Is.Zero, "not reported twice");
        Assert.That(_proc.TryStat(known, out _), "and not reaped before the commit");

        _reaper.ReapCommitted();
        Assert.That(_reaper.Sweep(_exits), Is.Zero);
        Assert.That(_reaper.SweepPending, Is.False);
        Assert.That(_reaper.StrangersReaped, Is.EqualTo(5));
        Assert.That(strangers.Any(pid => _proc.TryStat(pid, out _)), Is.False);
    }

    [Test]
    public void A_sweep_is_bounded_and_says_that_it_is_not_done()
    {
        int count = ChildReaper.StrangersPerSweep + 20;
        int[] strangers = [.. Enumerable.Range(0, count).Select(_ => TestChild.Start("/bin/true"))];
        foreach (int stranger in strangers)
            AwaitZombie(stranger);
        _reaper.Sweep(_exits);
        Assert.That(_reaper.StrangersReaped, Is.EqualTo(ChildReaper.StrangersPerSweep));
        Assert.That(_reaper.SweepPending);
        _reaper.Sweep(_exits);
        Assert.That(_reaper.StrangersReaped, Is.EqualTo(count));
        Assert.That(_reaper.SweepPending, Is.False);
    }

    [Test]
    public void A_living_known_child_does_not_hide_strangers()
    {
        int living = Known("exec sleep 1000", tag: 1);
        int stranger = TestChild.Shell("exit 1");
        AwaitZombie(stranger);
        Assert.That(_reaper.Sweep(_exits), Is.Zero);
        Assert.That(_reaper.StrangersReaped, Is.EqualTo(1));
        Assert.That(_reaper.Signal(_proc, _proc.Identify(living), 9).IsOk);
        Assert.That(WaitForExit().Code, Is.EqualTo(9));
        _reaper.ReapCommitted();
    }

    [Test]
    public void A_signal_to_a_pid_that_is_someone_else_now_is_refused()
    {
        int pid = Known("exec sleep 1000", tag: 1);
        var identity = _proc.Identify(pid);
        var earlier = identity with { StartTicks = identity.StartTicks - 1 };
        Assert.That(_reaper.Signal(_proc, earlier, 9).Error, Is.EqualTo(Errno.ESRCH));
        var other = new ProcessIdentity(Environment.ProcessId, 1);
        Assert.That(_reaper.Signal(_proc, other, 9).Error, Is.EqualTo(Errno.ESRCH));
        Assert.That(_reaper.Signal(_proc, identity, 9).IsOk);
        WaitForExit();
        _reaper.ReapCommitted();
        Assert.That(_reaper.Signal(_proc, identity, 9).Error, Is.EqualTo(Errno.ESRCH));
    }

    [Test]
    public void A_forgotten_child_is_reaped_like_a_stranger()
    {
        int pid = Known("exit 1", tag: 1);
        AwaitZombie(pid);
        _reaper.Forget(pid);
        Assert.That(_reaper.Sweep(_exits), Is.Zero);
        Assert.That(_reaper.StrangersReaped, Is.EqualTo(1));
    }

    [Test]
    public void Peeking_sweeping_and_reaping_allocate_nothing()
    {
        long least = long.MaxValue;
        for (int round = 0; round < 20; round++)
        {
            int pid = Known("exit 0", tag: 1);
            AwaitZombie(pid);
            int stranger = TestChild.Shell("exit 0");
            AwaitZombie(stranger);
            long before = GC.GetAllocatedBytesForCurrentThread();
            _reaper.ChildSignalled();
            _reaper.Sweep(_exits);
            _reaper.ReapCommitted();
            _reaper.Sweep(_exits);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(_reaper.StrangersReaped, Is.EqualTo(20));
        Assert.That(least, Is.Zero);
    }

    [Test]
    public void The_next_image_hears_of_exits_by_what_was_parked()
    {
        int living = Known("exec sleep 1000", tag: 1);
        int ended = Known("exit 42", tag: 2);
        AwaitZombie(ended);
        int reported = Known("exit 3", tag: 3);
        AwaitZombie(reported);
        Assert.That(_reaper.TryPeek(reported, out _));
        using var parked = _reaper.Park().Require();
        var lasting = new FileDescriptor(_loop.LastingFd).Duplicate().Require();

        // The image goes, and with it all its descriptors.
        foreach (int pid in new[] { living, ended, reported })
            _reaper.Forget(pid);
        _loop.Dispose();
        _loop = EventLoop.Create(lasting).Require();
        _reaper = new ChildReaper(_loop, Children);
        _reaper.TakeOver(parked);
        Assert.That(_reaper.IsParked(living) && _reaper.IsParked(ended));
        Assert.That(_reaper.IsParked(reported), Is.False, "its exit was told: found anew");
        foreach (int pid in new[] { living, ended, reported })
            Assert.That(_reaper.Register(_proc.Identify(pid), null, (ulong)pid).IsOk);
        _reaper.DropParked();
        var codes = new Dictionary<int, int>();
        while (codes.Count < 2)
        {
            // Both may come at once.
            int count = _loop.Wait(_ready, block: true, out _).Value;
            for (int i = 0; i < count; i++)
            {
                if (_reaper.TryPeek((int)_ready[i].Key.Id, out var exit))
                    codes.Add(exit.Process.Pid, exit.Code);
            }
        }

        Assert.That((codes[ended], codes[reported]), Is.EqualTo((42, 3)));
        _reaper.ReapCommitted();
        Assert.That(_reaper.Signal(_proc, new(living, 0), 9).IsOk);
        Assert.That(WaitForExit().Tag, Is.EqualTo((ulong)living));
        _reaper.ReapCommitted();
    }

    [Test]
    public void Parked_ones_that_nobody_asks_for_are_closed()
    {
        int living = Known("exec sleep 1000", tag: 1);
        using var parked = _reaper.Park().Require();
        var next = new ChildReaper(_loop, Children);
        var before = OpenDescriptors.Snapshot();
        next.TakeOver(parked);
        Assert.That(OpenDescriptors.NewSince(before).Count(), Is.EqualTo(1));
        next.DropParked();
        Assert.That(OpenDescriptors.NewSince(before), Is.Empty);
        _reaper.Signal(_proc, new(living, 0), 9);
        WaitForExit();
        _reaper.ReapCommitted();
    }

    /// <summary>A debugger that stands still, or a hostile child of the service itself.</summary>
    [Test]
    public void A_zombie_that_its_tracer_withholds_makes_no_noise_and_is_reported_when_let_go()
    {
        int traced = Known("exec sleep 1000", tag: 9);
        int tracer = TestChild.Start("/usr/bin/perl", "-e",
            $"syscall(101, 0x4206, {traced}, 0, 0) == 0 or die; sleep 1000");
        AwaitTracer(traced, tracer);
        TestChild.kill(traced, 9);
        Assert.That(_loop.Wait(_ready, block: true, out _).Value, Is.EqualTo(1));
        Assert.That(_reaper.TryPeek(traced, out _), Is.False, "its tracer has not looked yet");
        Assert.That(_loop.Wait(_ready, block: false, out _).Value, Is.Zero, "it comes for ever");

        // The kernel sends SIGCHLD to the parent when the tracer is gone.
        TestChild.kill(tracer, 9);
        AwaitZombie(tracer);
        _reaper.ChildSignalled();
        Assert.That(_reaper.Sweep(_exits), Is.EqualTo(1));
        Assert.That((_exits[0].Process.Pid, _exits[0].Code, _exits[0].Tag),
            Is.EqualTo((traced, 9, 9UL)));
        _reaper.ReapCommitted();
        _reaper.Sweep(_exits);
        Assert.That(_reaper.StrangersReaped, Is.EqualTo(1));
    }

    private void AwaitTracer(int traced, int tracer)
    {
        string wanted = $"TracerPid:\t{tracer}\n";
        string status = $"/proc/{traced}/status";
        while (!File.ReadAllText(status).Contains(wanted, StringComparison.Ordinal))
        {
            if (_proc.TryStat(tracer, out var stat) && stat.State == 'Z')
                Assert.Ignore("ptrace(2) is refused here");
            Thread.Sleep(1);
        }
    }

    private int Known(string script, ulong tag)
    {
        int pid = TestChild.Shell(script);
        Assert.That(_reaper.Register(_proc.Identify(pid), null, tag).IsOk);
        return pid;
    }

    private ChildExit WaitForExit()
    {
        while (true)
        {
            int count = _loop.Wait(_ready, block: true, out _).Value;
            for (int i = 0; i < count; i++)
            {
                Assert.That(_ready[i].Key.Kind, Is.EqualTo(Children));
                if (_reaper.TryPeek((int)_ready[i].Key.Id, out var exit))
                    return exit;
            }
        }
    }

    private void AwaitZombie(int pid)
    {
        using var pidfd = PidFd.Open(pid).Require();
        using var loop = EventLoop.Create().Require();
        loop.Add(pidfd.Number, LoopEvents.Readable, default);
        loop.SetDeadline(MonotonicClock.BootTimeUs() + 10_000_000);
        loop.Wait(_ready, block: true, out bool late);
        Assert.That(late, Is.False, $"process {pid} did not end");
    }
}
