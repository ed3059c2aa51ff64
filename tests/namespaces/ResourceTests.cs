using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// Limits of control groups on whatever this machine has; what a kernel makes of them is the vm
/// layer's to show.
/// </summary>
[TestFixture]
public sealed class ResourceTests
{
    private const string Limited =
        "[Service]\nExecStart=/bin/sleep 1000\nSlice=lot.slice\nMemoryMax=32M\n";

    [TestCase(true)]
    [TestCase(false)]
    public void A_limit_that_cannot_be_had_is_told_once_and_keeps_nobody_from_running(
        bool withoutCgroup)
    {
        using Layer layer = new Layer()
            .Targets()
            .Unit("lot.slice", "[Slice]\nMemoryHigh=64M\n")
            .Unit("limited.service", Limited, "multi-user.target");
        using BootedSystem system = BootedSystem.Boot(
            SystemRoot.Mini, [layer, Layer.Product], ["/usr/lib/initx/initxd"],
            withoutCgroup: withoutCgroup);
        Eventually.True(
            () => system.Initx("is-active", "-q", "limited.service").Status == 0, "it runs",
            system.Evidence);
        bool has = system.Shell("cat /sys/fs/cgroup/cgroup.controllers").Out.Split().Contains(
            "memory");
        Told(system, has);
        Assert.That(system.Initx("restart", "limited.service").Status, Is.Zero, system.Evidence);
        Told(system, has);
        system.Signal("SEGV");
        Eventually.True(
            () => system.Initx("history").Out.Contains("SIGSEGV", StringComparison.Ordinal),
            "the manager is back", system.Evidence);
        Assert.That(system.Initx("restart", "limited.service").Status, Is.Zero, system.Evidence);
        Told(system, has);
    }

    /// <summary>Born beside the manager it would be seen and stopped by nobody.</summary>
    [Test]
    public void A_unit_whose_cgroup_is_refused_is_not_started_among_the_manager_s_processes()
    {
        const string Limit = "/sys/fs/cgroup/system.slice/cgroup.max.descendants";
        using Layer layer = new Layer()
            .Targets()
            .Unit("plain.service", "[Service]\nExecStart=/bin/sleep 1000\n");
        using BootedSystem system = BootedSystem.Boot(
            SystemRoot.Mini, [layer, Layer.Product], ["/usr/lib/initx/initxd"]);
        Eventually.True(
            () => system.Initx("is-active", "-q", "multi-user.target").Status == 0, "it is up",
            system.Evidence);
        if (system.Shell($"echo 0 > {Limit}").Status != 0)
            Assert.Ignore("no cgroup v2 that may be written here");
        Assert.That(
            system.Initx("start", "plain.service").Status, Is.Not.Zero, system.Evidence);
        Assert.That(
            system.Initx("history", "plain.service").Out, Does.Contain("cgroup: "));
        Assert.That(
            system.Shell("cat /proc/[0-9]*/comm").Out.Split('\n'), Does.Not.Contain("sleep"));
        system.Shell($"echo max > {Limit}");
        Assert.That(system.Initx("start", "plain.service").Status, Is.Zero, system.Evidence);
    }

    private static void Told(BootedSystem system, bool has)
    {
        foreach ((string unit, string setting) in
            ((string, string)[])[("limited.service", "MemoryMax="), ("lot.slice", "MemoryHigh=")])
        {
            string rows = system.Initx("history", "--kind", "config", unit).Out;
            Assert.That(
                rows.Split("not applied: " + setting).Length - 1, Is.EqualTo(has ? 0 : 1), rows);
            string status = system.Initx("status", unit).Out;
            Assert.That(
                status.Contains("Not applied: " + setting, StringComparison.Ordinal),
                Is.EqualTo(!has), status);
        }
    }
}
