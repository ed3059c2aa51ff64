using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>Slices as units, and where their services live.</summary>
[TestFixture]
public sealed class SliceTests
{
    private const string Sleep = "ExecStart=/bin/sleep 1000\n";

    [Test]
    public void A_service_lives_in_its_slice_which_is_a_unit_that_is_up_and_stops_with_it()
    {
        using Layer layer = new Layer()
            .Unit("work.service", "[Service]\nSlice=jobs-night.slice\n" + Sleep)
            .Unit("many@.service", "[Service]\n" + Sleep);
        using BootedSystem system = BootedSystem.Calm(layer);
        CommandResult start = system.Initx("start", "work.service", "many@one.service");
        Assert.That(start.Status, Is.Zero, system.Evidence);
        if (system.Cgroup != "-")
        {
            Assert.That(
                CgroupOf(system, "work.service"),
                Is.EqualTo("0::/jobs.slice/jobs-night.slice/work.service"));
            Assert.That(
                CgroupOf(system, "many@one.service"),
                Is.EqualTo("0::/system.slice/system-many.slice/many@one.service"));
        }

        Assert.That(
            system.Initx("is-active", "jobs.slice", "jobs-night.slice", "system-many.slice").Out,
            Is.EqualTo("active\nactive\nactive\n"));
        Assert.That(system.Initx("stop", "jobs.slice").Status, Is.Zero, system.Evidence);
        Assert.That(
            system.Initx("is-active", "work.service", "jobs-night.slice").Out,
            Is.EqualTo("inactive\ninactive\n"));
    }

    [Test]
    public void A_scope_cannot_be_started_and_says_why()
    {
        using Layer layer = new();
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(system.Initx("is-active", "init.scope").Out, Is.EqualTo("active\n"));
        CommandResult start = system.Initx("start", "session-1.scope");
        Assert.That(start.Status, Is.Not.Zero);
        Assert.That(start.ToString(), Does.Contain("session-1.scope"));
    }

    private static string CgroupOf(BootedSystem system, string unit)
    {
        string pid = system.Initx("show", "-p", "MainPID", "--value", unit).Out.Trim();
        return system.Shell($"tail -n 1 /proc/{pid}/cgroup").Out.Trim();
    }
}
