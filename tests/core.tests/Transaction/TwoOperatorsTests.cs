using FsCheck;
using FsCheck.Fluent;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Tests;

namespace InitTx.Core.Tests.Transaction;

/// <summary>
/// Two operators at once: requests overlap at every step of each other, and what is left at the end
/// is what some order of those that were committed would have left, one after the other, in which a
/// request that was answered before another was made comes first. What was refused, rolled back or
/// cancelled counts as not made. The order is looked for by trying all.
/// </summary>
internal sealed class TwoOperatorsTests
{
    private const int MostOperations = 6;

    private static readonly string[] Units =
        ["a.service", "b.service", "c.service", "d.service", "t.target"];

    [Test]
    public void What_two_operators_did_is_what_some_order_of_it_would_have_done()
    {
        int overlapped = 0, committed = 0, other = 0, excused = 0;
        var unexplained = new List<string>();
        Check.One(Properties.Of(400), Prop.ForAll(
            Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
            {
                History history = Play(new Random(seed));
                if (history.LeftSomething || RestartsBesideOthers(history.Operations)
                    || history.Operations.Exists(o => o.Outcome is "rollbackFailed" or "failed"))
                {
                    // What could not be put back, as a later request had taken it over or would
                    // have gone down with it, is named (docs/promises.md); RollbackTests look at
                    // that.
                    excused++;
                    return;
                }

                List<Operation> done = [.. history.Operations.Where(o => o.Outcome == "committed")];
                committed += done.Count;
                other += history.Operations.Count - done.Count;
                overlapped += done.Count(o => done.Any(p => p != o && !Precedes(o, p)
                    && !Precedes(p, o)));
                string[] ends = [.. Orders(done, []).Select(Sequentially).Distinct()];
                if (!ends.Contains(history.End))
                    unexplained.Add($"seed {seed}: {string.Join("; ", history.Operations)}");
            }));
        Assert.That(overlapped, Is.Positive, "nothing overlapped: this proves nothing");
        Assert.That(unexplained, Is.Empty);
        TestContext.Out.WriteLine($"figure: two operators: {committed} committed requests, "
            + $"{overlapped} of them at once with another, {other} not committed, "
            + $"{excused} histories with a failure that was not wholly undone not judged");
    }

    [Test]
    public void A_history_that_no_order_explains_is_found()
    {
        Operation start = new(RequestVerb.Start, "a.service", JobMode.Fail, 0) { Answered = 1 };
        Operation stop = new(RequestVerb.Stop, "a.service", JobMode.Fail, 2) { Answered = 3 };
        string[] ends = [.. Orders([start, stop], []).Select(Sequentially).Distinct()];
        Assert.That(ends, Is.EqualTo(new[] { Sequentially([start, stop]) }));
        Assert.That(ends, Has.No.Member(Sequentially([stop, start])));
    }

    private static History Play(Random random)
    {
        World world = New();
        var operations = new List<Operation>();
        var open = new Dictionary<RequestId, Operation>();
        int clock = 0;
        for (int steps = 0; steps < 400; steps++)
        {
            clock++;
            if (operations.Count < MostOperations && open.Count < 2 && random.Next(4) == 0)
            {
                Operation operation = Draw(random, clock);
                operations.Add(operation);
                open.Add(Ask(world, operation), operation);
            }
            else
            {
                // A restart that fails leaves its unit down, and what is only wanted may fail
                // without harm to the transaction (RollbackTests): no order explains these.
                bool mayFail = open.Values.All(o => o.Verb != RequestVerb.Restart);
                Answer(world, random, mayFail);
            }

            foreach ((RequestId request, Operation operation) in open.ToArray())
            {
                if (world.Outcome(request) is not { } outcome)
                    continue;
                (operation.Outcome, operation.Answered) = (outcome, clock);
                open.Remove(request);
            }

            if (operations.Count == MostOperations && open.Count == 0 && IsQuiet(world))
                return new History(operations, StatesOf(world), LeftSomething(world));
        }

        Assert.Fail("not everything was answered: " + world.Dump());
        throw new InvalidOperationException();
    }

    // What a restart takes along is what is up when it comes: beside a request that is rolled back
    // that is not what is up before or after both.
    private static bool RestartsBesideOthers(List<Operation> operations) => operations.Exists(
        o => o is { Verb: RequestVerb.Restart, Outcome: "committed" } && operations.Exists(
            p => p != o && p.Outcome != "committed" && !Precedes(o, p) && !Precedes(p, o)));

    private static bool LeftSomething(World world) => world.Engine.EndedTransactions.Any(
        t => t.Messages.Any(m => m.Contains(" stays up: ", StringComparison.Ordinal)));

    private static Operation Draw(Random random, int clock)
    {
        RequestVerb verb = random.Next(8) switch
        {
            < 3 => RequestVerb.Start,
            < 6 => RequestVerb.Stop,
            6 => RequestVerb.Restart,
            _ => RequestVerb.Isolate,
        };
        string unit = verb == RequestVerb.Isolate ? "t.target" : Units[random.Next(Units.Length)];
        return new Operation(verb, unit, (JobMode)random.Next(3), clock);
    }

    private static RequestId Ask(World world, Operation operation) =>
        world.Request(operation.Verb, operation.Unit, operation.Mode);

    // One thing that is due: a process appears or fails to, a process that was signalled ends.
    private static void Answer(World world, Random random, bool mayFail)
    {
        UnitRuntime[] ending = [.. world.Engine.Units.Where(u =>
            u.Active == ActiveState.Deactivating && !u.MainProcess.IsNone)];
        int choice = random.Next(Math.Max(1, world.PendingSpawns.Count + ending.Length));
        if (choice < world.PendingSpawns.Count)
        {
            Effect.Spawn spawn = world.PendingSpawns[choice];
            world.PendingSpawns.Remove(spawn);
            bool isWanted = world.Engine.Unit(spawn.Unit).Name.Value == "c.service";
            if (mayFail && !isWanted && random.Next(8) == 0)
                world.Send(new EngineEvent.SpawnFailed(spawn.Token, false, "clone3", 11));
            else
                world.Spawned(spawn);
        }
        else if (ending.Length > 0)
        {
            world.MainExits(ending[choice - world.PendingSpawns.Count].Name.Value, 15,
                ExitKind.Killed);
        }
    }

    private static bool IsQuiet(World world) => world.Engine.Jobs.Count == 0
        && world.PendingSpawns.Count == 0
        && world.Engine.Units.All(u => u.Active is not (ActiveState.Activating
            or ActiveState.Deactivating));

    private static bool Precedes(Operation a, Operation b) => a.Answered < b.Asked;

    private static IEnumerable<List<Operation>> Orders(List<Operation> left, List<Operation> done)
    {
        if (left.Count == 0)
            yield return [.. done];
        foreach (Operation next in left)
        {
            if (left.Exists(o => o != next && Precedes(o, next)))
                continue;
            foreach (List<Operation> order in Orders(
                [.. left.Where(o => o != next)], [.. done, next]))
                yield return order;
        }
    }

    /// <summary>The model: the same requests, each alone and to its end.</summary>
    private static string Sequentially(List<Operation> operations)
    {
        World world = New();
        foreach (Operation operation in operations)
        {
            Ask(world, operation);
            for (int i = 0; i < 200 && !IsQuiet(world); i++)
                Finish(world);
        }

        return StatesOf(world);
    }

    private static void Finish(World world)
    {
        if (world.PendingSpawns.Count > 0)
        {
            world.Spawned(world.PendingSpawns[0]);
            return;
        }

        if (world.Engine.Units.FirstOrDefault(u => u.Active == ActiveState.Deactivating
            && !u.MainProcess.IsNone) is { } unit)
            world.MainExits(unit.Name.Value, 15, ExitKind.Killed);
    }

    // A unit whose start failed is as down as one that nobody started.
    private static string StatesOf(World world) => string.Join(' ', Units.Select(u =>
        world[u].Active is ActiveState.Active or ActiveState.Reloading ? "up" : "down"));

    private static World New() => new(
        Make.Service("a.service"),
        Make.Service("b.service", deps: "Requires=a.service After=a.service"),
        Make.Service("c.service", deps: "Conflicts=b.service"),
        Make.Service("d.service", deps: "PartOf=a.service Wants=c.service"),
        Make.Target("t.target", "Requires=a.service After=a.service",
            u => u with { AllowIsolate = true }));

    private sealed record Operation(RequestVerb Verb, string Unit, JobMode Mode, int Asked)
    {
        public int Answered { get; set; } = int.MaxValue;
        public string Outcome { get; set; } = "";

        public override string ToString() =>
            $"{Asked}-{Answered} {Verb} {Unit} {Mode}: {Outcome}";
    }

    private sealed record History(List<Operation> Operations, string End, bool LeftSomething);
}
