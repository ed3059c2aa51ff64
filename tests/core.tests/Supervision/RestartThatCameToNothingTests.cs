using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

internal sealed class RestartThatCameToNothingTests
{
    [Test]
    public void A_unit_whose_restart_job_times_out_in_the_queue_tries_again()
    {
        var world = new World(
            Make.Service("base.service",
                with: s => s with { Restart = RestartMode.Always },
                unit: u => u with { JobTimeoutUs = 2_000_000 }),
            Make.Service("user.service", deps: "Requires=base.service After=base.service"));
        world.StartAndRun("base.service user.service");
        world.MainExits("base.service", 1);
        world.AdvanceSeconds(0.1);

        // The restart takes user.service along, which does not stop.
        Assert.That(world.State("user.service"), Is.EqualTo("stop-sigterm"), world.Dump());
        world.AdvanceSeconds(2);
        Assert.That(world.JobResults(), Has.Member("base.service restart timeout"));
        Assert.That(world.State("base.service"), Is.EqualTo("auto-restart"));
        Assert.That(world["base.service"].DeadlineUs, Is.EqualTo(world.NowUs + 100_000));

        world.AdvanceSeconds(0.1);
        Assert.That(world["base.service"].Job, Is.Not.Null, world.Dump());
    }

    [TestCase(RequestVerb.Stop, "dead")]
    [TestCase(RequestVerb.Restart, "running")]
    public void An_automatic_restart_takes_no_place_of_a_stop_or_restart_that_waits_for_its_turn(
        RequestVerb verb, string end)
    {
        var world = new World(
            Make.Service("base.service", with: s => s with { Restart = RestartMode.Always }),
            Make.Service("user.service", deps: "Requires=base.service After=base.service"));
        world.StartAndRun("base.service user.service");
        world.MainExits("base.service", 1);

        // user.service has to be down first.
        RequestId asked = world.Request(verb, "base.service");
        long job = world["base.service"].Job!.Id.Value;
        world.AdvanceSeconds(1);
        Assert.That(world["base.service"].Job?.Id.Value, Is.EqualTo(job), world.Dump());
        Assert.That(world.State("base.service"), Is.EqualTo("auto-restart"));
        Assert.That(
            world.Records.Count(r => r is { Kind: RecordKind.Transaction, To: "begun" }),
            Is.EqualTo(2), "none of the manager's own: " + world.Dump());
        world.MainExits("user.service");
        world.RunSpawns();
        Assert.That(world.State("base.service"), Is.EqualTo(end), world.Dump());
        Assert.That(world.Outcome(asked), Is.EqualTo("committed"));
    }
}
