using InitTx.PlannerCheck.Running;
using InitTx.PlannerCheck.Scenarios;

namespace InitTx.Core.Tests.Transaction;

/// <summary>
/// Plans, orders and texts against the written rules over a fixed part of the graphs that
/// <c>./test planner</c> goes through (tests/planner/README.md): little enough for every run, and
/// for every change that the mutation campaign makes.
/// </summary>
internal sealed class WrittenRulesTests
{
    private const int PairParts = 15;
    private const int PlansOfAPair = 30;

    [Test]
    public void Two_units_are_planned_by_the_rules([Range(0, PairParts - 1)] int part)
    {
        var tally = new Tally();
        var worker = new Worker(tally, plantsFault: false);
        for (int block = part; block < Pairs.Blocks; block += PairParts)
            Pairs.RunSome(worker, block, PlansOfAPair);
        Judge(tally);
    }

    [Test]
    public void Three_units_are_planned_by_the_rules([Range(0, 4)] int part)
    {
        var tally = new Tally();
        var worker = new Worker(tally, plantsFault: false);
        var draw = new Draw((ulong)part);
        for (int i = 0; i < 50; i++)
            Triples.Run(worker, new Scenario(), draw.Below(Triples.Blocks), seed: 1);
        Judge(tally);
    }

    [Test]
    public void Four_and_five_units_are_planned_by_the_rules([Range(0, 24)] int part)
    {
        var tally = new Tally();
        var worker = new Worker(tally, plantsFault: false);
        for (int i = 0; i < 150; i++)
            Samples.Run(worker, (part * 150) + i, seed: 1);
        Judge(tally);
    }

    private static void Judge(Tally tally) =>
        Assert.That(tally.Shown, Is.Empty, string.Join('\n', tally.Shown));
}
