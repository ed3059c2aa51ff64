using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// Every way in which PID 1 can die or hang, made to happen inside the real binary. Afterwards: the
/// same PID, the same services, their exit statuses (of those that ended during it too), the same
/// descriptors, and managed exceptions that are exceptions.
/// </summary>
[TestFixture]
public sealed class CrashTableTests
{
    [TestCase("failfast", "SIGABRT")]
    [TestCase("unhandled", "SIGABRT")]
    [TestCase("unhandled-thread", "not on the main thread")]
    [TestCase("stack-overflow", "stack overflow")]
    [TestCase("stack-overflow-thread", "stack overflow")]
    [TestCase("native-stack-overflow", "stack overflow")]
    [TestCase("wild-write", "address 0xdeadbeef000")]
    [TestCase("null-deref-native", "address 0x10")]
    [TestCase("null-deref-thread", "not on the main thread")]
    [TestCase("abort", "SIGABRT")]
    [TestCase("div0-native", "SIGFPE")]
    [TestCase("ud2", "SIGILL")]
    [TestCase("sigbus", "SIGBUS")]
    [TestCase("raise-segv", "SIGSEGV")]
    [TestCase("free-bad", "SIG")]
    [TestCase("heap-oom", "SIG")]
    [TestCase("main-returns", "Main returned")]
    [TestCase("exit", "exit was called")]
    [TestCase("hang-loop", "no progress")]
    [TestCase("hang-blocked", "no progress")]
    [TestCase("hang-main-lock", "no progress")]
    [TestCase("hang-native-lock", "no progress")]
    public void PID_1_survives(string kind, string cause)
    {
        using CrashSystem system = new();
        system.Crash(kind);
        system.KillMortals();
        Dictionary<string, string> facts = system.AwaitStart(after: 1);
        Assert.Multiple(() =>
        {
            Assert.That(facts["cause"], Does.Contain(cause));
            Assert.That(facts["off-main"], Is.EqualTo("False"), "the exec was the main thread's");
            Assert.That(facts["rung"], Is.EqualTo("SameImage"));
            Assert.That(facts["image"], Is.EqualTo("Memfd"));
            Assert.That(facts["closed"], Is.EqualTo("0"), "every descriptor is what it was");
            Assert.That(CrashSystem.Number(facts, "held"), Is.GreaterThanOrEqualTo(2));
        });
        system.AssertUnharmed();
        AssertCollected(system, "mortal1.service", 1);
        AssertDoorOpens(system);
    }

    [TestCase("SEGV")]
    [TestCase("ABRT")]
    [TestCase("BUS")]
    [TestCase("FPE")]
    [TestCase("TRAP")]
    [TestCase("SYS")]
    public void PID_1_survives_a_fatal_signal_from_a_process(string signal)
    {
        using CrashSystem system = new();
        Assert.That(system.System.Shell($"kill -{signal} 1").Status, Is.Zero);
        Dictionary<string, string> facts = system.AwaitStart(after: 1);
        Assert.That(facts["cause"], Does.StartWith($"SIG{signal} sent by process"));
        Assert.That(CrashSystem.Number(facts, "sender"), Is.GreaterThan(1));
        system.AssertUnharmed();
    }

    [Test]
    public void PID_1_survives_a_fatal_signal_from_outside_its_namespace()
    {
        using CrashSystem system = new();
        system.System.Signal("SEGV");
        Dictionary<string, string> facts = system.AwaitStart(after: 1);
        Assert.That(facts["cause"], Does.StartWith("SIGSEGV sent by process 0"));
        system.AssertUnharmed();
    }

    [TestCase("KILL")]
    [TestCase("STOP")]
    [TestCase("64")]
    public void PID_1_does_not_notice(string signal)
    {
        using CrashSystem system = new();
        system.System.Shell($"kill -{signal} 1");
        Assert.That(system.StartInfo()["starts"], Is.EqualTo("1"));
        system.AssertUnharmed();
    }

    /// <summary>
    /// In D state no signal reaches the main thread: another one has to exec, and says so.
    /// </summary>
    [Test]
    public void PID_1_survives_an_uninterruptible_wait()
    {
        using CrashSystem system = new();
        system.Crash("hang-vfork");
        Dictionary<string, string> facts = system.AwaitStart(after: 1);
        Assert.That(facts["off-main"], Is.EqualTo("True"));
        Assert.That(facts["cause"], Does.Contain("no progress"));
        foreach (string unit in system.Lives)
            Assert.That(system.IsActive(unit), Is.True, unit);
    }

    [Test]
    public void Counters_that_were_overwritten_are_dropped_and_nothing_else()
    {
        using CrashSystem system = new();
        system.Crash("state-overwritten");
        Dictionary<string, string> facts = Eventually.Value(
            () => system.StartInfo() is { } found && found["reason"] == "Crash" ? found : null,
            "PID 1 starts again", system.Evidence);
        Assert.That(facts["starts"], Is.EqualTo("1"), "the count began anew");
        Assert.That(facts["image"], Is.EqualTo("Memfd"));
        Assert.That(facts["closed"], Is.EqualTo("0"));
        system.AssertUnharmed();
    }

    [Test]
    public void A_planned_re_exec_is_no_crash()
    {
        using CrashSystem system = new();
        CommandResult result = system.System.Initx("reexec");
        Assert.That(result.Status, Is.Zero, result.ToString);
        Dictionary<string, string> facts = system.AwaitStart(after: 1);
        Assert.That(facts["reason"], Is.EqualTo("Planned"));
        Assert.That(facts["crashes"], Is.EqualTo("0"));
        system.AssertUnharmed();
        AssertDoorOpens(system);
    }

    private static void AssertCollected(CrashSystem system, string unit, int times)
    {
        Eventually.True(
            () => system.RecordedExits(unit).Count >= times, $"{unit} is recorded to have ended",
            system.Evidence);
        Assert.That(
            system.RecordedExits(unit), Is.EqualTo(Enumerable.Repeat(CrashSystem.MortalStatus, times)));
        Eventually.True(() => system.IsActive(unit), $"{unit} was restarted", system.Evidence);
    }

    /// <summary>The listening socket still is the one that the socket unit opened.</summary>
    private static void AssertDoorOpens(CrashSystem system)
    {
        CommandResult answer = system.System.Run(
            [NativePrograms.Probe, "knock", "/run/door"]);
        Assert.That(answer.Out.Trim(), Is.EqualTo("!"), () => $"{answer}\n{system.Evidence()}");
    }
}
