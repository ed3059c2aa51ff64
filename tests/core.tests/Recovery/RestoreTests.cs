using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Tests;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Recovery;

internal sealed class RestoreTests
{
    [Test]
    public void What_steps_mark_as_changed_is_all_that_is_needed_to_come_back() => ForAllWalks(100, seed =>
    {
        var walk = new RandomWalk(seed);
        for (int i = 0; i < 60; i++)
        {
            walk.Step();
            if (i % 4 != 0)
                continue;
            Engine back = walk.World.Restored(out IReadOnlyList<string> problems);
            Assert.That(problems, Is.Empty, $"seed {seed} step {i}");
            Assert.That(back.Digest(), Is.EqualTo(walk.World.Engine.Digest()),
                () => $"seed {seed} step {i}: {Differences(walk.World, back)}");
        }
    });

    [Test]
    public void Two_walks_of_one_seed_write_the_same_rows_and_effects() => ForAllWalks(50, seed =>
    {
        var one = new RandomWalk(seed);
        var two = new RandomWalk(seed);
        for (int i = 0; i < 80; i++)
        {
            one.Step();
            two.Step();
            Assert.That(two.World.Effects.Select(e => e.ToString()),
                Is.EqualTo(one.World.Effects.Select(e => e.ToString())));
        }

        Assert.That(two.World.Records, Is.EqualTo(one.World.Records));
        Assert.That(two.World.Engine.Digest(), Is.EqualTo(one.World.Engine.Digest()));
    });

    [Test]
    public void A_crash_at_any_step_leaves_a_system_that_goes_on() => ForAllWalks(200, seed =>
    {
        var walk = new RandomWalk(seed);
        var random = new Random(seed);
        for (int i = 0; i < 80; i++)
        {
            walk.Step();
            if (random.Next(10) == 0)
            {
                // Effects of the last step are lost: intents without a slot did not run.
                walk.World.PendingSpawns.Clear();
                walk.World.Crash();
            }
        }

        Invariants(walk.World, seed);
        Assert.That(walk.Settle(2_000), () => $"seed {seed}: {Left(walk.World)}");
    });

    [Test]
    public void Every_job_ends_when_the_world_answers() => ForAllWalks(200, seed =>
    {
        var walk = new RandomWalk(seed);
        walk.Steps(60);
        Assert.That(walk.Settle(2_000), () => $"seed {seed}: {Left(walk.World)}");
    });

    [Test]
    public void Rows_are_numbered_without_gap_and_one_for_each_change() => ForAllWalks(100, seed =>
    {
        var walk = new RandomWalk(seed);
        walk.Steps(100);
        Invariants(walk.World, seed);
    });

    [Test]
    public void Bytes_of_any_content_give_an_engine() => ForAllWalks(200, seed =>
    {
        var walk = new RandomWalk(seed);
        walk.Steps(40);
        var random = new Random(seed);
        var units = walk.World.Store
            .Select(p => KeyValuePair.Create(p.Key, Damaged(p.Value, random))).ToList();
        Engine engine = Engine.Restore(
            walk.World.Catalog, walk.World.Limits, Damaged(walk.World.EngineStore, random), units,
            out _, ended: [.. walk.World.EndedStore.Select(
                p => KeyValuePair.Create(p.Key, Damaged(p.Value, random)))]);
        var step = new EngineStep();
        engine.Handle(
            new EngineEvent.Recovered(new RecoveryFacts { Kind = RecordKind.Crash, Text = "damaged" }),
            new Instant(walk.World.NowUs, 0), step);
        engine.Handle(EngineEvent.Tick.Instance, new Instant(long.MaxValue / 4, 0), step);
        var output = new ArrayBufferWriter<byte>();
        engine.WriteEngine(output);
        Assert.That(output.WrittenCount, Is.GreaterThan(0));
    });

    [Test]
    public void An_intent_without_a_process_is_tried_again_once()
    {
        var world = new World(Make.Service("a.service"));
        world.Start("a.service");
        Effect.Spawn lost = world.TheSpawn(ExecRole.Main);
        world.Crash(new RecoveryFacts
        {
            Kind = RecordKind.Crash,
            Text = "SIGSEGV",
            Slots = [new SlotFinding(lost.Token, default, false, UnitName.Parse("a.service"))],
        });
        Effect.Spawn again = world.TheSpawn(ExecRole.Main);
        Assert.That(again.Token, Is.Not.EqualTo(lost.Token));
        world.Spawned(again);
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
    }

    [Test]
    public void A_process_found_in_a_slot_is_the_units_and_is_not_made_again()
    {
        var world = new World(Make.Service("a.service", ServiceType.Exec));
        RequestId start = world.Start("a.service");
        Effect.Spawn spawn = world.TheSpawn(ExecRole.Main);
        world.Crash(new RecoveryFacts
        {
            Kind = RecordKind.Crash,
            Text = "SIGSEGV",
            Slots = [
                new SlotFinding(
                    spawn.Token, new ProcessIdentity(321, 9), true, UnitName.Parse("a.service")),
            ],
        });
        Assert.That(world.Effects.OfType<Effect.Spawn>(), Is.Empty);
        Assert.That(world["a.service"].MainProcess.Pid, Is.EqualTo(321));
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.Engine.EndedTransactions.Single().Outcome.ToString(), Is.EqualTo("Committed"));
        Assert.That(world.Outcome(start), Is.Null, "its client has to come back for it");
    }

    [TestCase(RecordKind.Crash, KillMode.ControlGroup)]
    [TestCase(RecordKind.Reexec, KillMode.ControlGroup)]
    [TestCase(RecordKind.Crash, KillMode.None)]
    [TestCase(RecordKind.Reexec, KillMode.None)]
    public void A_process_in_a_slot_whose_intent_was_given_up_lives_only_by_KillMode_none(
        RecordKind kind, KillMode mode)
    {
        var world = new World(Make.Service(
            "a.service", kill: new KillSettings { Mode = mode }));
        world.Start("a.service");
        Effect.Spawn spawn = world.TheSpawn(ExecRole.Main);
        world.Request(
            RequestVerb.Stop, "a.service", more: r => r with { Mode = JobMode.Replace });
        for (int i = 0; i < 4 && mode != KillMode.None; i++)
            world.AdvanceSeconds(90);
        Assert.That(world.State("a.service"), Is.AnyOf("dead", "failed"), world.Dump());
        var process = new ProcessIdentity(321, 9);
        world.Crash(new RecoveryFacts
        {
            Kind = kind,
            Text = "test",
            Slots = [new SlotFinding(spawn.Token, process, false, UnitName.Parse("a.service"))],
        });
        Assert.That(
            world.Effects.OfType<Effect.Signal>().Where(s => s.Process == process)
                .Select(s => (s.Scope, s.Number)),
            Is.EqualTo(mode == KillMode.None ? [] : new[] { (SignalScope.Process, 9) }));
    }

    [Test]
    public void An_exit_that_came_meanwhile_is_judged_as_any_other()
    {
        var world = new World(Make.Service(
            "a.service", with: s => s with { Restart = RestartMode.Always }));
        world.StartAndRun("a.service");
        ProcessIdentity main = world["a.service"].MainProcess;
        world.Crash();
        Assert.That(world["a.service"].MainProcess, Is.EqualTo(main));
        world.Send(new EngineEvent.Exited(main, ExitKind.Exited, 1, true));
        Assert.That(world.State("a.service"), Is.EqualTo("auto-restart"));
        world.Crash();
        world.Advance(100_000);
        world.RunSpawns();
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
    }

    [Test]
    public void A_process_that_nobody_can_ask_any_more_is_lost_and_said_so()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        world.Crash(new RecoveryFacts
        {
            Kind = RecordKind.Crash,
            Text = "SIGSEGV",
            Lost = [world["a.service"].MainProcess],
        });
        Assert.That(world.State("a.service"), Is.EqualTo("failed"));
        Assert.That(world.Records.Any(r => r is { Kind: RecordKind.Process, To: "lost" }));
    }

    [Test]
    public void Signals_of_a_stop_are_sent_again_after_a_crash_but_not_after_a_reexec()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        world.Stop("a.service");
        world.Crash(new RecoveryFacts { Kind = RecordKind.Reexec, Text = "reexec" });
        Assert.That(world.Effects.OfType<Effect.Signal>(), Is.Empty);
        world.Crash();
        Assert.That(world.Effects.OfType<Effect.Signal>().Single().Number, Is.EqualTo(15));
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
    }

    [Test]
    public void Missing_rows_are_a_gap_and_their_numbers_are_not_used_again()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        long next = world.Engine.NextSeq;
        world.Crash(new RecoveryFacts { Kind = RecordKind.Crash, Text = "x", ExpectedHeadSeq = next + 9 });
        JournalRecord gap = world.Records.Single(r => r.Kind == RecordKind.Gap);
        Assert.That(gap.Seq, Is.EqualTo(next + 10));
        Assert.That(gap.Text, Does.Contain("10 rows"));
    }

    [Test]
    public void Prepare_is_asked_again_and_a_late_answer_to_the_old_question_is_ignored()
    {
        var world = new World(Make.Service("a.service", unit: u => u with
        {
            Exec = new ExecSettings { User = "www" },
        }));
        world.Start("a.service");
        PrepareToken old = world["a.service"].PrepareToken;
        world.Crash();
        Assert.That(world.Effects.OfType<Effect.Prepare>().Single().Token, Is.Not.EqualTo(old));
        world.Send(new EngineEvent.Prepared(old, PrepareOutcome.Failed, "stale"));
        Assert.That(world.State("a.service"), Is.EqualTo("condition"));
        world.Prepared("a.service");
        world.RunSpawns();
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
    }

    [Test]
    public void What_a_commit_writes_does_not_grow_with_what_ended_before()
    {
        var world = new World(Make.Service("a.service"));
        StartAndStop(world);
        int young = world.EngineStore.Length;
        for (int i = 0; i < 20; i++)
            StartAndStop(world);
        Assert.That(world.EngineStore, Has.Length.EqualTo(young));
        Assert.That(world.EndedStore, Has.Count.EqualTo(42));
    }

    [Test]
    public void The_last_ended_transactions_come_back_after_a_crash()
    {
        var limits = new EngineLimits { EndedTransactions = 3 };
        var world = new World(limits, Make.Service("a.service"));
        for (int i = 0; i < 4; i++)
            StartAndStop(world);
        world.Crash();
        Assert.That(
            world.Engine.EndedTransactions.Select(t => t.Id.Value), Is.EqualTo((long[])[6, 7, 8]));
        Assert.That((world.Engine.FirstEnded, world.Engine.LastEnded), Is.EqualTo((6L, 8L)));
        StartAndStop(world);
        world.Crash();
        Assert.That(
            world.Engine.EndedTransactions.Select(t => t.Id.Value), Is.EqualTo((long[])[8, 9, 10]));
    }

    [Test]
    public void A_damaged_ended_transaction_is_told_and_the_others_stay()
    {
        var world = new World(Make.Service("a.service"));
        StartAndStop(world);
        StartAndStop(world);
        world.EndedStore[2] = [1, 2, 3];
        Engine back = world.Restored(out IReadOnlyList<string> problems);
        Assert.That(problems, Has.Count.EqualTo(1));
        Assert.That(problems[0], Does.StartWith("ended transaction 2: "));
        Assert.That(back.EndedTransactions.Select(t => t.Id.Value), Is.EqualTo((long[])[1, 3, 4]));
        Assert.That(back.LastEnded, Is.EqualTo(4));
    }

    private static void StartAndStop(World world)
    {
        world.StartAndRun("a.service");
        world.Stop("a.service");
        world.MainExits("a.service", 15, ExitKind.Killed);
        world.RunSpawns();
    }

    [Test]
    public void A_unit_whose_file_is_gone_is_supervised_on()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        var other = new TableCatalog();
        Engine back = Engine.Restore(other, world.Limits, world.EngineStore,
            [.. world.Store.Select(p => KeyValuePair.Create(p.Key, p.Value))], out _);
        var step = new EngineStep();
        back.Handle(new EngineEvent.Recovered(
            new RecoveryFacts { Kind = RecordKind.Crash, Text = "x" }), new Instant(world.NowUs, 0), step);
        UnitRuntime unit = back.GetOrLoad(UnitName.Parse("a.service"));
        Assert.That(unit.Sub.ToString(), Is.EqualTo("Running"));
        back.Handle(new EngineEvent.Exited(unit.MainProcess, ExitKind.Exited, 0),
            new Instant(world.NowUs, 0), step);
        Assert.That(unit.Sub.ToString(), Is.EqualTo("Dead"));
    }

    internal static void Invariants(World world, int seed)
    {
        long last = 0;
        var state = new Dictionary<string, string>();
        foreach (JournalRecord row in world.Records)
        {
            Assert.That(row.Seq, Is.EqualTo(last + 1), $"seed {seed}");
            Assert.That(row.CauseSeq, Is.LessThan(row.Seq), $"seed {seed}");
            last = row.Seq;
            if (row.Kind != RecordKind.Transition)
                continue;
            Assert.That(row.From, Is.EqualTo(state.GetValueOrDefault(row.Unit!, "dead")), $"seed {seed}");
            state[row.Unit!] = row.To!;
        }

        var owners = new Dictionary<int, string>();
        foreach (UnitRuntime unit in world.Engine.Units)
        {
            Assert.That(world.State(unit.Name.Value),
                Is.EqualTo(state.GetValueOrDefault(unit.Name.Value, "dead")), $"seed {seed}");
            foreach (ProcessIdentity process in new[] { unit.MainProcess, unit.ControlProcess })
            {
                if (!process.IsNone)
                    Assert.That(owners.TryAdd(process.Pid, unit.Name.Value), $"seed {seed}");
            }
        }
    }

    private static string Left(World world) => string.Join(", ", world.Engine.Jobs.Select(j =>
        $"{j.Unit.Name} {j.Kind} running {j.IsRunning} unmet {j.Unmet} state {j.Unit.Sub}")) + world.Dump();

    private static byte[] Damaged(byte[] bytes, Random random)
    {
        byte[] copy = [.. bytes];
        for (int i = random.Next(4); i > 0 && copy.Length > 0; i--)
            copy[random.Next(copy.Length)] = (byte)random.Next(256);
        return random.Next(4) == 0 ? copy[..random.Next(copy.Length + 1)] : copy;
    }

    private static string Differences(World world, Engine back)
    {
        var text = new System.Text.StringBuilder();
        foreach (UnitRuntime unit in world.Engine.Units)
        {
            var now = new ArrayBufferWriter<byte>();
            InitTx.Core.Recovery.UnitRecord.Write(unit, now, handsOver: false);
            UnitRuntime? other = back.Find(unit.Name);
            var then = new ArrayBufferWriter<byte>();
            if (other is not null)
                InitTx.Core.Recovery.UnitRecord.Write(other, then, handsOver: false);
            if (!now.WrittenSpan.SequenceEqual(then.WrittenSpan))
            {
                int at = now.WrittenSpan.CommonPrefixLength(then.WrittenSpan);
                text.Append($"{unit.Name} (recorded {unit.IsRecorded}) differs at byte {at}; ");
            }
        }

        return text.Length == 0 ? "the engine's own record" : text + world.Dump();
    }

    private static void ForAllWalks(int count, Action<int> property) =>
        Check.One(Properties.Of(count), Prop.ForAll(
            Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), property));
}
