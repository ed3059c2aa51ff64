using FsCheck;
using FsCheck.Fluent;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Core.Transaction;
using InitTx.Tests;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Transaction;

/// <summary>Plans over generated unit graphs.</summary>
internal sealed class PlanPropertyTests
{
    private static readonly string[] Kinds =
        ["Requires", "Wants", "BindsTo", "Requisite", "Conflicts", "After", "Before", "PartOf"];

    [Test]
    public void The_order_of_loading_does_not_show() => ForAllGraphs((graph, random) =>
    {
        World first = WorldOf(graph);
        World second = WorldOf(graph);
        foreach (int i in Shuffled(graph.Length, random))
            second.Engine.GetOrLoad(Name(i));
        foreach (int goal in Enumerable.Range(0, graph.Length))
        {
            TransactionPlan a = PlanTests.PlanOf(first, RequestVerb.Start, Name(goal).Value);
            TransactionPlan b = PlanTests.PlanOf(second, RequestVerb.Start, Name(goal).Value);
            Assert.That(b.Hash, Is.EqualTo(a.Hash));
            Assert.That(b.Refused, Is.EqualTo(a.Refused));
            Assert.That(b.Dropped, Is.EquivalentTo(a.Dropped));
            Assert.That(b.Jobs.Select(j => (j.Unit, j.Kind)), Is.EqualTo(a.Jobs.Select(j => (j.Unit, j.Kind))));
        }
    });

    [Test]
    public void A_plan_is_closed_under_requirements_and_free_of_contradictions() => ForAllGraphs((graph, _) =>
    {
        World world = WorldOf(graph);
        TransactionPlan plan = PlanTests.PlanOf(world, RequestVerb.Start, "u0.service");
        if (plan.Refused.Count > 0)
            return;
        var kinds = plan.Jobs.ToDictionary(j => j.Unit, j => j.Kind);
        Assert.That(kinds.Keys, Is.Ordered.And.Unique);
        Assert.That(kinds[Name(0)], Is.EqualTo(JobKind.Start));
        foreach (PlannedJob job in plan.Jobs.Where(j => j.Kind == JobKind.Start))
        {
            foreach (UnitDependency edge in world[job.Unit.Value].Definition.Dependencies)
            {
                JobKind? other = kinds.TryGetValue(edge.Target, out JobKind k) ? k : null;
                if (edge.Kind is DependencyKind.Requires or DependencyKind.BindsTo
                    && CanStart(world, edge.Target))
                    Assert.That(other, Is.EqualTo(JobKind.Start), $"{job.Unit} {edge}");
                if (edge.Kind == DependencyKind.Conflicts)
                    Assert.That(other, Is.Not.EqualTo(JobKind.Start), $"{job.Unit} {edge}");
            }
        }
    });

    [TestCase(RequestVerb.Start)]
    [TestCase(RequestVerb.Restart)]
    [TestCase(RequestVerb.TryRestart)]
    [TestCase(RequestVerb.Isolate)]
    [TestCase(RequestVerb.Stop)]
    public void No_plan_from_any_state_breaks_a_conflict_or_a_requirement(RequestVerb verb) =>
        ForAllGraphs((graph, random) =>
        {
            World world = WorldOf(graph);
            for (int i = random.Next(3); i > 0; i--)
                world.StartAndRun(Name(random.Next(graph.Length)).Value);
            HashSet<UnitName> up = [.. world.Engine.Units
                .Where(u => u.Active == ActiveState.Active).Select(u => u.Name)];
            TransactionPlan plan = PlanTests.PlanOf(world, verb, "u0.service");
            if (plan.Refused.Count > 0)
                return;
            HashSet<UnitName> started = [.. plan.Jobs
                .Where(j => j.Kind is JobKind.Start or JobKind.Restart).Select(j => j.Unit)];
            HashSet<UnitName> stopped = [.. plan.Jobs
                .Where(j => j.Kind == JobKind.Stop).Select(j => j.Unit)];
            HashSet<UnitName> after = [.. up, .. started];
            after.ExceptWith(stopped);
            foreach (UnitName unit in after)
            {
                foreach (UnitDependency edge in world[unit.Value].Definition.Dependencies)
                {
                    bool isNew = started.Contains(unit) || started.Contains(edge.Target);
                    if (edge.Kind == DependencyKind.Conflicts && isNew)
                        Assert.That(after, Does.Not.Contain(edge.Target), $"{unit} {edge}");
                    if (edge.Kind is DependencyKind.Requires && started.Contains(unit)
                        && CanStart(world, edge.Target))
                        Assert.That(after, Does.Contain(edge.Target), $"{unit} {edge}");
                    if (edge.Kind is DependencyKind.Requires or DependencyKind.BindsTo
                        or DependencyKind.PartOf or DependencyKind.Requisite && up.Contains(unit))
                        Assert.That(stopped, Does.Not.Contain(edge.Target), $"{unit} {edge}");
                }
            }
        }, 1_000);

    // What is only wanted starts without a requirement that has no usable file (decision 0013).
    private static bool CanStart(World world, UnitName name) =>
        world.Engine.Find(name)!.Definition.LoadState == UnitLoadState.Loaded;

    [Test]
    public void Edges_hold_an_order_in_which_all_jobs_can_run() => ForAllGraphs((graph, _) =>
    {
        World world = WorldOf(graph);
        TransactionPlan plan = PlanTests.PlanOf(world, RequestVerb.Start, "u0.service");
        if (plan.Refused.Count > 0)
            return;
        var left = plan.Jobs.Select(j => j.Unit).ToHashSet();
        while (left.Count > 0)
        {
            UnitName[] free = [.. left.Where(u => !plan.Edges.Any(e => e.After == u && left.Contains(e.Before)))];
            Assert.That(free, Is.Not.Empty, "a plan that was not refused has no cycle");
            left.ExceptWith(free);
        }
    });

    [Test]
    public void A_start_runs_in_the_order_of_the_plan_and_every_job_ends() => ForAllGraphs((graph, random) =>
    {
        World world = WorldOf(graph);
        TransactionPlan plan = PlanTests.PlanOf(world, RequestVerb.Start, "u0.service");
        if (plan.Refused.Count > 0)
            return;
        RequestId start = world.Request(
            RequestVerb.Start, "u0.service", more: r => r with { NoRollback = true });
        for (int i = 0; i < 500 && world.Outcome(start) is null; i++)
            AnswerOne(world, random);
        Assert.That(world.Outcome(start), Is.Not.Null, world.Dump());
        Assert.That(world.Engine.Jobs.All(j => j.Kind == JobKind.Stop), "only upkeep goes on");
        var begun = new Dictionary<string, long>();
        var ended = new Dictionary<string, long>();

        // The plan's own: what was stopped meanwhile because its requirement fell is not in it.
        foreach (JournalRecord row in world.Records.Where(
            r => r.Kind == RecordKind.Job && r.Transaction == 1))
            (row.To == "ended" ? ended : row.To == "running" ? begun : [])[row.Unit!] = row.Seq;
        foreach (PlanEdge edge in plan.Edges)
        {
            if (begun.TryGetValue(edge.After.Value, out long after))
                Assert.That(ended[edge.Before.Value], Is.LessThan(after), $"{edge}{world.Dump()}");
        }
    });

    private static void AnswerOne(World world, Random random)
    {
        Effect.Spawn[] open = [.. world.PendingSpawns];
        if (open.Length == 0)
        {
            EndOne(world);
            return;
        }

        Effect.Spawn spawn = open[random.Next(open.Length)];
        world.PendingSpawns.Remove(spawn);
        if (random.Next(5) == 0)
            world.Send(new EngineEvent.SpawnFailed(spawn.Token, ProcessExists: false, "clone3", 11));
        else
            world.Spawned(spawn);
    }

    // What has to go because its requirement fell obeys: others may wait for its end.
    private static void EndOne(World world)
    {
        foreach (UnitRuntime unit in world.Engine.Units)
        {
            if (unit.Sub == SubState.StopSigterm && !unit.MainProcess.IsNone)
            {
                world.MainExits(unit.Name.Value, 15, ExitKind.Killed);
                return;
            }
        }
    }

    private static void ForAllGraphs(Action<string[], Random> property, int graphs = 300)
    {
        Gen<(int Units, int Seed)> drawn =
            from units in Gen.Choose(1, 9)
            from seed in Gen.Choose(0, int.MaxValue - 1)
            select (units, seed);
        Check.One(Properties.Of(graphs), Prop.ForAll(drawn.ToArbitrary(), g =>
        {
            var random = new Random(g.Seed);
            property(Graph(g.Units, random), random);
        }));
    }

    private static string[] Graph(int units, Random random)
    {
        var graph = new string[units];
        for (int i = 0; i < units; i++)
        {
            var edges = new HashSet<string>();
            int count = random.Next(4);
            for (int e = 0; e < count; e++)
            {
                int other = random.Next(units + 1);
                if (other != i)
                    edges.Add($"{Kinds[random.Next(Kinds.Length)]}=u{other}.service");
            }

            graph[i] = string.Join(' ', edges);
        }

        return graph;
    }

    private static World WorldOf(string[] graph) =>
        new([.. graph.Select((deps, i) => Make.Service(
            $"u{i}.service", deps: deps, unit: u => u with { AllowIsolate = true }))]);

    private static UnitName Name(int i) => UnitName.Parse($"u{i}.service");

    private static int[] Shuffled(int count, Random random)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        random.Shuffle(order);
        return order;
    }
}
