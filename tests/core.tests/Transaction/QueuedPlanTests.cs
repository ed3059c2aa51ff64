using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Transaction;

/// <summary>
/// A request that waits (--job-mode=queue) and is to run one plan only (--plan-hash).
/// </summary>
internal sealed class QueuedPlanTests
{
    [TestCase(0L, false)]
    [TestCase(60_000_000L, false)]
    [TestCase(60_000_000L, true)]
    public void The_plan_of_a_request_that_waits_is_the_same_as_long_as_nothing_changed(
        long timeoutUs, bool crash)
    {
        var world = new World(
            Make.Service("slow.service", ServiceType.Notify),
            Make.Service("b.service", deps: "After=slow.service"),
            Make.Service("other.service"));
        world.StartAndRun("b.service");
        world.StartAndRun("slow.service");
        world.Request(RequestVerb.Restart, "b.service");
        string hash = ((EngineReply.Planned)world.Final(world.Request(
            RequestVerb.Stop, "b.service", JobMode.Queue,
            r => r with { TimeoutUs = timeoutUs, DryRun = true }))!).Plan.Hash;
        RequestId stop = world.Request(RequestVerb.Stop, "b.service", JobMode.Queue,
            r => r with { TimeoutUs = timeoutUs, PlanHash = hash });
        Assert.That(world.Outcome(stop), Is.Null, world.Dump());
        if (crash)
            world.Crash();
        world.StartAndRun("other.service");
        Assert.That(world.Outcome(stop), Is.Null, world.Dump());
        Assert.That(world.Records, Has.None.Matches<JournalRecord>(r => r.Result == "refused"),
            world.Dump());
        Assert.That(world.Restored(out _).Digest(), Is.EqualTo(world.Engine.Digest()));
    }
}
