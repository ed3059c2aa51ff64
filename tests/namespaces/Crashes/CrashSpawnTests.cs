using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// PID 1 dies between the intent to make a process and the knowledge of its pid. The slot in the
/// black box, filled by the kernel itself, tells what became of it: nothing runs twice, nothing runs
/// unknown.
/// </summary>
[TestFixture]
public sealed class CrashSpawnTests
{
    [TestCase("crash-after-clone")]
    [TestCase("crash-before-clone")]
    public void A_spawn_cut_short_by_a_crash_is_resolved(string kind)
    {
        using CrashSystem system = new();
        Assert.That(system.Ask(kind), Is.EqualTo("armed"));
        system.KillMortals();  // its restart is the next spawn
        system.AwaitStart(after: 1);
        Eventually.True(
            () => system.IsActive("mortal1.service") && Processes(system).Length == 1,
            "one process runs, and it is the unit's", system.Evidence);
        Assert.That(
            Processes(system), Is.EqualTo(new[] { $"{system.MainPid("mortal1.service")}" }),
            system.Evidence);
        system.AssertUnharmed();

        system.KillMortals();
        Eventually.True(
            () => system.RecordedExits("mortal1.service").Count >= 2, "its end is noticed",
            system.Evidence);
        Assert.That(
            system.RecordedExits("mortal1.service").Count(code => code == CrashSystem.MortalStatus),
            Is.EqualTo(2), system.Evidence);
    }

    private static string[] Processes(CrashSystem system) => system.System.Shell(
        $"for p in /proc/[0-9]*; do grep -qs '^{NativePrograms.Probe}.mortal' $p/cmdline && "
        + "echo ${p#/proc/}; done").Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
