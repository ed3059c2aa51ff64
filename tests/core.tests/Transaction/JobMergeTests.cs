using InitTx.Core.Job;
using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;

namespace InitTx.Core.Tests.Transaction;

/// <summary>What two jobs of one unit become when they meet.</summary>
internal sealed class JobMergeTests
{
    [Test]
    public void The_merge_table_is_commutative_and_total()
    {
        string table = "";
        foreach (JobKind a in Enum.GetValues<JobKind>())
        {
            foreach (JobKind b in Enum.GetValues<JobKind>())
            {
                JobKind? merged = JobMerge.Merge(a, b, isActive: false);
                Assert.That(JobMerge.Merge(b, a, isActive: false), Is.EqualTo(merged), $"{a} {b}");
                table += merged is { } kind ? JobWords.Of(kind)[..3] + " " : "--- ";
            }

            table += "\n";
        }

        Assert.That(table, Is.EqualTo(
            "sta --- res sta sta sta --- \n"
            + "--- sto --- --- --- sto --- \n"
            + "res --- res res res res --- \n"
            + "sta --- res rel rel rel --- \n"
            + "sta --- res rel ver ver ver \n"
            + "sta sto res rel ver nop ver \n"
            + "--- --- --- --- ver ver --- \n"));
    }

    [TestCase(RequestVerb.Start, "user.service")]
    [TestCase(RequestVerb.Start, "base.service")]
    [TestCase(RequestVerb.Restart, "base.service")]
    public void A_restart_that_is_stopping_its_unit_does_not_begin_anew_for_who_wants_the_unit_up(
        RequestVerb verb, string unit)
    {
        var world = new World(
            Make.Service("base.service"),
            Make.Service("user.service", deps: "Requisite=base.service After=base.service"));
        world.StartAndRun("base.service");
        RequestId restart = world.Request(RequestVerb.Restart, "base.service");
        RequestId other = world.Request(verb, unit);
        Assert.That(
            world.Records.Count(r => r is { Unit: "base.service", From: "restart", To: "queued" }),
            Is.EqualTo(1), world.Dump());
        world.MainExits("base.service");
        world.RunSpawns();
        Assert.That(
            world.Path("base.service"),
            Is.EqualTo("dead start running stop-sigterm dead start running"));
        Assert.That(world.State(unit), Is.EqualTo("running"), world.Dump());
        Assert.That(world.Outcome(restart), Is.EqualTo("committed"));
        Assert.That(world.Outcome(other), Is.EqualTo("committed"));
    }
}
