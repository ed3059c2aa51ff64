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
}
