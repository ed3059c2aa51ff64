using System.Diagnostics;
using InitTx.Core;
using InitTx.Init.Processes;
using InitTx.Linux.Loop;

namespace InitTx.Protocol.Tests.Processes;

/// <summary>The rest of a unit's processes hears of a stop a little later.</summary>
[TestFixture]
internal sealed class LateSignalTests : CgroupFixture
{
    private LateSignals _late = null!;

    [SetUp]
    public void CreateLate() => _late = new LateSignals(_cgroups, _engine, _queue);

    [Test]
    public void Others_than_those_that_had_it_are_signalled()
    {
        UnitRuntime unit = Unit(out Process main, out Process other);
        _late.Add(unit.Id, new LateSignal(15, main.Id, 0));
        _late.Send(unit.Id);
        Assert.That(other.WaitForExit(20_000), "it lives");
        Assert.That(main.HasExited, Is.False, "it had the signal already, and got another");
    }

    [Test]
    public void One_that_had_it_while_it_was_stopped_goes_on()
    {
        UnitRuntime unit = Unit(out Process main, out Process other);
        Signal("STOP", main);
        WaitUntilStopped(main);
        Signal("TERM", main);
        Assert.That(main.HasExited, Is.False);
        _late.Add(unit.Id, new LateSignal(15, main.Id, 0));
        _late.SendAll();
        Assert.That(main.WaitForExit(20_000), "it is stopped");
        Assert.That(other.WaitForExit(20_000), "it lives");
    }

    [Test]
    public void Nobody_is_signalled_before_the_time_and_everybody_after_it()
    {
        UnitRuntime unit = Unit(out Process main, out Process other);
        Assert.That(_late.NextDeadlineUs, Is.EqualTo(long.MaxValue));
        long before = MonotonicClock.BootTimeUs();
        _late.Add(unit.Id, new LateSignal(15, main.Id, 0));
        long due = _late.NextDeadlineUs;
        Assert.That(due, Is.GreaterThan(before));
        _late.OnTime(due - 1, isBusy: false);
        Assert.That(_late.NextDeadlineUs, Is.EqualTo(due), "it still waits");
        _late.OnTime(due, isBusy: true);
        Assert.That(_late.NextDeadlineUs, Is.GreaterThan(due), "exits come first");
        _late.OnTime(_late.NextDeadlineUs, isBusy: false);
        Assert.That(other.WaitForExit(20_000), "it lives");
        Assert.That(_late.NextDeadlineUs, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void Who_is_forgotten_is_not_signalled_and_wakes_nobody()
    {
        UnitRuntime unit = Unit(out Process main, out Process other);
        _late.Add(unit.Id, new LateSignal(15, main.Id, 0));
        _late.Forget(unit.Id);
        _late.OnTime(_late.NextDeadlineUs, isBusy: false);
        Assert.That(_late.NextDeadlineUs, Is.EqualTo(long.MaxValue));
        Assert.That(other.HasExited, Is.False);
        Assert.That(main.HasExited, Is.False);
    }

    [Test]
    public void A_busy_manager_does_not_put_it_off_for_ever()
    {
        UnitRuntime unit = Unit(out Process main, out Process other);
        _late.Add(unit.Id, new LateSignal(15, main.Id, 0));
        for (int i = 0; i < 1000 && _late.NextDeadlineUs != long.MaxValue; i++)
            _late.OnTime(_late.NextDeadlineUs, isBusy: true);
        Assert.That(_late.NextDeadlineUs, Is.EqualTo(long.MaxValue));
        Assert.That(other.WaitForExit(20_000), "it lives");
    }

    private static void Signal(string name, Process process) =>
        Process.Start("/bin/kill", ["-s", name, $"{process.Id}"]).WaitForExit();

    // Of two signals that are pending the kernel delivers SIGTERM, the lower number, first.
    private static void WaitUntilStopped(Process process)
    {
        for (int i = 0; i < 10_000; i++)
        {
            if (File.ReadAllText($"/proc/{process.Id}/stat").Contains(") T "))
                return;
            Thread.Sleep(2);
        }

        Assert.Fail("the process did not stop");
    }

    // Up, with two processes in its cgroup.
    private UnitRuntime Unit(out Process main, out Process other)
    {
        UnitRuntime unit = Exited("a.service");
        string cgroup = Left("a.service");
        (main, other) = (ChildIn(cgroup), ChildIn(cgroup));
        _cgroups.TakeOver();
        return unit;
    }
}
