using FsCheck;
using FsCheck.Fluent;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Core.Transaction;
using InitTx.Tests;
using InitTx.Units.Model;
using static InitTx.Core.Tests.Transaction.RollbackTests;

namespace InitTx.Core.Tests.Transaction;

/// <summary>All or nothing over random graphs, requests, failures and crashes.</summary>
internal sealed class RollbackPropertyTests
{
    [Test]
    public void After_a_failure_every_unit_is_as_before_whatever_crashes_come()
    {
        Gen<(int Units, int Seed)> graphs =
            from units in Gen.Choose(2, 9)
            from seed in Gen.Choose(0, int.MaxValue - 1)
            select (units, seed);
        int rolledBack = 0;
        Check.One(Properties.Of(800), Prop.ForAll(graphs.ToArbitrary(), g =>
        {
            if (OneFailure(g.Units, g.Seed) == "rolledBack")
                rolledBack++;
        }));
        Assert.That(rolledBack, Is.GreaterThan(20), "the property is not about nothing");
    }

    private static string? OneFailure(int units, int seed)
    {
        var random = new Random(seed);
        World world = WorldOf(units, random);
        string Name() => $"u{random.Next(units)}.service";
        for (int i = 0; i < units; i++)
        {
            world.Request(RequestVerb.Start, Name(), more: r => r with { NoRollback = true });
            Answer(world);
        }

        Dictionary<string, bool> before = world.Engine.Units.ToDictionary(
            u => u.Name.Value, u => u.Active == ActiveState.Active);
        RequestVerb verb = random.Next(4) switch
        {
            0 => RequestVerb.Stop,
            1 => RequestVerb.Restart,
            _ => RequestVerb.Start,
        };
        world.Request(verb, string.Join(' ', new[] { Name(), Name() }.Distinct()));
        string[] broken = [.. Enumerable.Range(0, units).Where(_ => random.Next(4) == 0)
            .Select(i => $"u{i}.service")];
        for (int i = 0; i < 200 && world.Engine.OpenTransactions.Count > 0; i++)
        {
            if (random.Next(6) == 0)
            {
                world.PendingSpawns.Clear();
                world.Crash();
            }

            // What the failed transaction stopped starts well when it is put back.
            AnswerOnce(world, IsGoingBack(world) ? [] : broken);
        }

        if (world.Engine.EndedTransactions.LastOrDefault() is not { } ended)
            return null;
        string outcome = TransactionWords.Of(ended.Outcome);
        Assert.That(world.Engine.OpenTransactions, Is.Empty, () => $"seed {seed}{world.Dump()}");
        if (outcome == "rolledBack" && ended.Verb == verb)
        {
            foreach ((string unit, bool wasUp) in before)
            {
                // Left to what depends on it, and said.
                string left = $"{unit} stays up: ";
                if (ended.Messages.Any(m => m.StartsWith(left, StringComparison.Ordinal)))
                    continue;
                Assert.That(world[unit].Active == ActiveState.Active, Is.EqualTo(wasUp),
                    () => $"seed {seed}: {unit}{world.Dump()}");
            }
        }

        return outcome;
    }

    private static bool IsGoingBack(World world) =>
        world.Records.Any(r => r is { Kind: RecordKind.Transaction, To: "rollingBack" });

    private static World WorldOf(int units, Random random)
    {
        string[] kinds = ["Requires", "Wants", "BindsTo", "Conflicts", "After", "Requisite"];
        var definitions = new UnitDefinition[units];
        for (int i = 0; i < units; i++)
        {
            var edges = new HashSet<string>();
            for (int e = random.Next(3); e > 0; e--)
            {
                int other = random.Next(units);
                if (other == i)
                    continue;
                string kind = kinds[random.Next(kinds.Length)];
                edges.Add($"{kind}=u{other}.service");
                if (other < i)
                    edges.Add($"After=u{other}.service");
            }

            definitions[i] = Make.Service($"u{i}.service", deps: string.Join(' ', edges));
        }

        return new World(definitions);
    }
}
