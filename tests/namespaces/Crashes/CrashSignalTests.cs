using System.Globalization;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// A signal that was read by the manager that crashed before it could commit: its sender does not
/// send it again.
/// </summary>
[TestFixture]
public sealed class CrashSignalTests
{
    [TestCase("38", BootedSystem.StatusPowerOff)]
    [TestCase("39", BootedSystem.StatusReboot)]
    public void A_crash_before_the_commit_loses_no_order_to_shut_down(string signal, int end)
    {
        using CrashSystem system = new();
        string pid = system.System.HostPid.ToString(CultureInfo.InvariantCulture);

        // While PID 1 is stopped both become ready, the signal first: one batch reads both.
        Kill("STOP", pid);
        Kill(signal, pid);
        system.Crash("ud2");
        Kill("CONT", pid);
        Assert.That(system.System.AwaitEnd(), Is.EqualTo(end), system.System.Evidence);
    }

    private static void Kill(string signal, string pid)
    {
        CommandResult sent = HostCommand.Run(["kill", "-" + signal, pid]);
        Assert.That(sent.Status, Is.Zero, sent.ToString);
    }
}
