using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>What ends without being anybody's service.</summary>
[TestFixture]
public sealed class OrphanTests
{
    private const string Zombies = "grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null; true";

    /// <summary>
    /// A known child that ended hides the orphans behind it until it is reaped itself.
    /// </summary>
    [Test]
    public void Helpers_and_orphans_that_end_leave_no_zombie()
    {
        using Layer layer = new Layer().Unit(
            "prepared.service",
            "[Service]\nRuntimeDirectory=prepared\nExecStart=/bin/sleep 100000\n",
            "multi-user.target");
        using BootedSystem system = BootedSystem.Initxd(layer, "--unit=prepared.service");

        // More than once: any other event would free the first ones.
        for (int round = 0; round < 3; round++)
        {
            system.Initx("restart", "prepared.service");
            Eventually.True(
                () => system.Initx("is-active", "prepared.service").Out.Trim() == "active",
                "the service is active",
                system.Evidence);
            CommandResult killed = system.Shell("kill -9 $(pidof initx-exec)");
            Assert.That(killed.Status, Is.Zero, () => $"{killed}\n{system.Evidence()}");
            for (int i = 0; i < 20; i++)
                system.Shell("(sleep 0.01 &) ; (true &)");
            Eventually.True(
                () => system.Shell(Zombies).Out.Length == 0,
                "every zombie is reaped",
                () => system.Shell(Zombies + "; ps").Out + system.Evidence());
        }
    }
}
