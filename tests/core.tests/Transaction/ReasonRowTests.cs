using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;

namespace InitTx.Core.Tests.Transaction;

/// <summary>
/// What a client says with a request: users who may not know who asked for what read the rows of
/// transactions, so it stands in the request's row and in no other.
/// </summary>
public sealed class ReasonRowTests
{
    [TestCase(RequestVerb.Start, "a.service")]
    [TestCase(RequestVerb.Stop, "b.service")]
    [TestCase(RequestVerb.Restart, "b.service")]
    [TestCase(RequestVerb.Kill, "b.service")]
    [TestCase(RequestVerb.Poweroff, "")]
    public void It_is_in_the_row_of_the_request_alone(RequestVerb verb, string units)
    {
        var world = new World(
            Make.Service("a.service"), Make.Service("b.service"), Make.Target("poweroff.target"));
        world.StartAndRun("b.service");
        world.Request(verb, units, more: r => r with { Reason = "hushhush", Signal = 1 });
        world.RunSpawns();
        JournalRecord[] told =
            [.. world.Records.Where(r => r.Text?.Contains("hushhush") == true)];
        Assert.That(told.Select(r => r.Kind), Is.EqualTo(new[] { RecordKind.Request }), world.Dump);
    }
}
