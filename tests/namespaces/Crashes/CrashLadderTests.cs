using System.Globalization;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// Crashes in a row: down the ladder to the C loop and back, with the services untouched on each
/// rung. One crash of a healthy loop, then N at start: of those five in a row cost a rung.
/// </summary>
[TestFixture]
public sealed class CrashLadderTests
{
    private const string LoopSpeaks = "the manager does not stay up";

    [Test]
    public void Four_rapid_crashes_change_nothing()
    {
        using CrashSystem system = CrashAtStart(4);
        Dictionary<string, string> facts = system.AwaitStart(after: 5);
        Assert.That(facts["rung"], Is.EqualTo("SameImage"));
        Assert.That(facts["crashes"], Is.EqualTo("5"));
        system.AssertUnharmed();
    }

    [Test]
    public void The_fifth_leads_to_a_start_without_configuration()
    {
        using CrashSystem system = CrashAtStart(5);
        Dictionary<string, string> facts = system.AwaitStart(after: 6);
        Assert.That(facts["rung"], Is.EqualTo("NoConfiguration"));
        system.AssertUnharmed();
    }

    [Test]
    [CancelAfter(180_000)]
    public void A_minute_of_health_brings_the_configuration_back()
    {
        using CrashSystem system = CrashAtStart(5);
        system.AwaitStart(after: 6);
        Thread.Sleep(TimeSpan.FromSeconds(61));
        Eventually.True(
            () => system.StartInfo()["rung"] == "SameImage", "the ladder was climbed", system.Evidence);
        system.AssertUnharmed();
    }

    [Test]
    public void The_loop_reaps_and_tries_again()
    {
        using CrashSystem system = CrashAtStart(10);
        system.System.AwaitConsole(LoopSpeaks);
        system.KillMortals();
        Dictionary<string, string> facts = system.AwaitStart(after: 12);
        Assert.That(facts["reason"], Is.EqualTo("Retry"), () => $"{string.Join(' ', facts)}\n{system.Evidence()}");
        Assert.That(facts["rung"], Is.EqualTo("SameImage"));
        system.AssertUnharmed();
        Eventually.True(
            () => system.RecordedExits("mortal1.service") is [CrashSystem.MortalStatus],
            "the status that the loop collected is recorded", system.Evidence);
        Eventually.True(() => system.IsActive("mortal1.service"), "and acted on", system.Evidence);
    }

    [TestCase("TERM", BootedSystem.StatusPowerOff)]
    [TestCase("PWR", BootedSystem.StatusPowerOff)]
    [TestCase("38", BootedSystem.StatusPowerOff)]
    [TestCase("48", BootedSystem.StatusPowerOff)]
    [TestCase("INT", BootedSystem.StatusReboot)]
    [TestCase("39", BootedSystem.StatusReboot)]
    [TestCase("49", BootedSystem.StatusReboot)]
    [TestCase("37", BootedSystem.StatusPowerOff, Description = "halt: the same for a namespace")]
    [TestCase("47", BootedSystem.StatusPowerOff)]
    public void The_loop_obeys(string signal, int end)
    {
        using CrashSystem system = CrashAtStart(1_000_000);
        system.System.AwaitConsole(LoopSpeaks);
        system.System.Shell($"kill -{signal} 1");
        Assert.That(system.System.AwaitEnd(), Is.EqualTo(end), system.System.Evidence);
    }

    [Test]
    public void The_loop_leaves_no_zombie_and_no_service_behind()
    {
        using CrashSystem system = CrashAtStart(1_000_000);
        system.System.AwaitConsole(LoopSpeaks);
        system.System.Shell("for i in 1 2 3 4 5 6 7 8 9; do (setsid sleep 0.1 &) ; done");
        Eventually.True(
            () => system.System.Shell("cat /proc/[0-9]*/stat 2>/dev/null | grep -c ' Z 1 '").Out.Trim() == "0",
            "orphans are reaped", system.System.Evidence);
        string services = system.System.Shell(
            $"for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline; echo; done 2>/dev/null | grep -o '^{NativePrograms.Probe} live' | wc -l")
            .Out.Trim();
        Assert.That(services, Is.EqualTo(system.Lives.Length.ToString(CultureInfo.InvariantCulture)));
    }

    [Test]
    public void Limits_that_make_a_start_impossible_are_restored_before_it()
    {
        using CrashSystem system = new();
        string before = Limits(system);
        string pid = system.System.HostPid.ToString(CultureInfo.InvariantCulture);
        CommandResult set = HostCommand.Run(
            ["prlimit", "--pid", pid, "--as=50000000:", "--data=1000000:", "--nofile=16:", "--fsize=0:"]);
        Assert.That(set.Status, Is.Zero, set.ToString);
        Assert.That(Limits(system), Is.Not.EqualTo(before));
        system.Crash("ud2");
        Assert.That(system.AwaitStart(after: 1)["rung"], Is.EqualTo("SameImage"));
        Assert.That(Limits(system), Is.EqualTo(before));
        system.AssertUnharmed();
    }

    private static string Limits(CrashSystem system) =>
        File.ReadAllText($"/proc/{system.System.HostPid}/limits");

    private static CrashSystem CrashAtStart(int times)
    {
        CrashSystem system = new();
        Assert.That(
            system.Ask("crash-at-start", times.ToString(CultureInfo.InvariantCulture)),
            Is.EqualTo("armed"));

        // A crash within 200 ms of the loop's begin would be a rapid one itself, and shift the count.
        Thread.Sleep(TimeSpan.FromMilliseconds(400));
        system.Crash("ud2");
        return system;
    }
}
