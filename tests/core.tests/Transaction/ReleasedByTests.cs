using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;

namespace InitTx.Core.Tests.Transaction;

/// <summary>The row of a job that begins names the end that let it begin.</summary>
internal sealed class ReleasedByTests
{
    [Test]
    public void A_job_that_waited_for_others_names_the_end_of_the_last_of_them()
    {
        var world = new World(
            Make.Service("a.service"), Make.Service("b.service"),
            Make.Service("c.service", deps: "After=a.service After=b.service"));
        world.StartAndRun("c.service b.service a.service");
        JournalRecord began = Began(world, "c.service");
        JournalRecord released = world.Records.Single(r => r.Seq == began.CauseSeq);
        Assert.That(began.Cause, Is.EqualTo(CauseKind.Dependency));
        Assert.That((released.Kind, released.To), Is.EqualTo((RecordKind.Job, "ended")));
        JournalRecord last = world.Records.Last(r => r.Kind == RecordKind.Job && r.To == "ended"
            && r.Unit is "a.service" or "b.service");
        Assert.That(released.Seq, Is.EqualTo(last.Seq), world.Dump());
    }

    [Test]
    public void A_job_that_waited_for_nothing_names_its_own_queueing()
    {
        var world = new World(Make.Service("a.service"));
        world.Start("a.service");
        JournalRecord began = Began(world, "a.service");
        JournalRecord queued = world.Records.Single(r => r.Seq == began.CauseSeq);
        Assert.That((queued.Unit, queued.To), Is.EqualTo(("a.service", "queued")));
    }

    private static JournalRecord Began(World world, string unit) => world.Records.Last(
        r => r.Kind == RecordKind.Job && r.To == "running" && r.Unit == unit);
}
