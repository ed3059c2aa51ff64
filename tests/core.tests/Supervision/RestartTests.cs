using FsCheck;
using FsCheck.Fluent;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Supervision;
using InitTx.Core.Tests.Support;
using InitTx.Tests;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

internal sealed class RestartTests
{
    // Columns: no, on-success, on-failure, on-abnormal, on-watchdog, on-abort, always.
    [TestCase(UnitResult.Success, "-S----A")]
    [TestCase(UnitResult.ExitCode, "--F---A")]
    [TestCase(UnitResult.Signal, "--FN-BA")]
    [TestCase(UnitResult.CoreDump, "--FN-BA")]
    [TestCase(UnitResult.Timeout, "--FN--A")]
    [TestCase(UnitResult.Watchdog, "--FNW-A")]
    [TestCase(UnitResult.OomKill, "--FN--A")]
    [TestCase(UnitResult.Protocol, "--FN--A")]
    [TestCase(UnitResult.Resources, "--FN--A")]
    [TestCase(UnitResult.ExecCondition, "-------")]
    public void The_table_of_Restart_is_the_manuals(UnitResult result, string row)
    {
        for (int mode = 0; mode < row.Length; mode++)
        {
            Assert.That(RestartPolicy.Table((RestartMode)mode, result), Is.EqualTo(row[mode] != '-'),
                $"{(RestartMode)mode} after {result}");
        }
    }

    // systemd v254: r(i) = first * (last / first)^((i - 1) / steps), then last.
    [TestCase(1, 1_000_000)]
    [TestCase(2, 2_000_000)]
    [TestCase(3, 4_000_000)]
    [TestCase(4, 8_000_000)]
    [TestCase(5, 16_000_000)]
    [TestCase(6, 16_000_000)]
    [TestCase(int.MaxValue, 16_000_000)]
    public void RestartSteps_grow_the_delay_to_its_maximum(int restart, long us) =>
        Assert.That(
            RestartPolicy.DelayUs(
                new ServiceSettings
                {
                    RestartUs = 1_000_000,
                    RestartSteps = 4,
                    RestartMaxDelayUs = 16_000_000,
                },
                restart),
            Is.EqualTo(us).Within(1));

    [TestCase(0, 16_000_000)]
    [TestCase(4, ServiceSettings.Infinity)]
    [TestCase(4, 500_000)]
    public void Without_both_settings_the_delay_stays(int steps, long most) =>
        Assert.That(
            RestartPolicy.DelayUs(
                new ServiceSettings
                {
                    RestartUs = 1_000_000,
                    RestartSteps = steps,
                    RestartMaxDelayUs = most,
                },
                3),
            Is.EqualTo(1_000_000));

    [Test]
    public void The_delays_grow_from_crash_to_crash_and_begin_anew_with_a_start_by_hand()
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            Restart = RestartMode.Always,
            RestartUs = 100_000,
            RestartSteps = 2,
            RestartMaxDelayUs = 400_000,
        }));
        world.StartAndRun("a.service");
        var delays = new List<long>();
        for (int i = 0; i < 4; i++)
        {
            world.MainExits("a.service", 1);
            delays.Add(world["a.service"].DeadlineUs - world.NowUs);
            world.AdvanceSeconds(5);
            world.RunSpawns();
        }

        Assert.That(delays, Is.EqualTo(new[] { 100_000, 200_000, 400_000, 400_000 }));
    }

    [TestCase(ExitKind.Exited, 0, true, "success")]
    [TestCase(ExitKind.Exited, 3, true, "exit-code")]
    [TestCase(ExitKind.Exited, 42, true, "success")]
    [TestCase(ExitKind.Killed, 15, true, "success")]
    [TestCase(ExitKind.Killed, 1, true, "success")]
    [TestCase(ExitKind.Killed, 13, true, "success")]
    [TestCase(ExitKind.Killed, 15, false, "signal")]
    [TestCase(ExitKind.Killed, 9, true, "signal")]
    [TestCase(ExitKind.Killed, 12, false, "success")]
    [TestCase(ExitKind.Dumped, 11, true, "core-dump")]
    public void An_exit_is_clean_or_says_what_went_wrong(ExitKind kind, int code, bool daemon, string result)
    {
        var success = new ExitStatusSet([42], [12]);
        Assert.That(StateWords.Of(ExitRule.Classify(kind, code, daemon, success)), Is.EqualTo(result));
    }

    [Test]
    public void RestartPreventExitStatus_forbids_and_Force_forces()
    {
        UnitDefinition unit = Make.Service("a.service", with: s => s with
        {
            Restart = RestartMode.OnFailure,
            RestartPreventExitStatus = new ExitStatusSet([5], []),
            RestartForceExitStatus = new ExitStatusSet([0], []),
        });
        var world = new World(unit);
        world.StartAndRun("a.service");
        world.MainExits("a.service", 5);
        Assert.That(world.State("a.service"), Is.EqualTo("failed"));
        world = new World(unit);
        world.StartAndRun("a.service");
        world.MainExits("a.service", 0);
        Assert.That(world.State("a.service"), Is.EqualTo("auto-restart"));
    }

    [Test]
    public void A_stop_by_hand_is_never_restarted()
    {
        var world = new World(Make.Service(
            "a.service", with: s => s with { Restart = RestartMode.Always }));
        world.StartAndRun("a.service");
        world.Stop("a.service");
        world.MainExits("a.service", 1);
        Assert.That(world.State("a.service"), Is.EqualTo("failed"));
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void A_stop_during_the_delay_ends_it()
    {
        var world = new World(Make.Service(
            "a.service", with: s => s with { Restart = RestartMode.Always }));
        world.StartAndRun("a.service");
        world.MainExits("a.service", 1);
        RequestId stop = world.Stop("a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"));
        world.AdvanceSeconds(10);
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
    }

    [Test]
    public void A_start_by_hand_cuts_the_delay_short()
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            Restart = RestartMode.Always,
            RestartUs = 60_000_000,
        }));
        world.StartAndRun("a.service");
        world.MainExits("a.service", 1);
        RequestId start = world.StartAndRun("a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.Outcome(start), Is.EqualTo("committed"));
        Assert.That(world["a.service"].Restarts, Is.Zero);
    }

    [Test]
    public void Too_many_starts_fail_the_unit_until_reset_failed()
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            Restart = RestartMode.Always,
            RestartUs = 0,
        }));
        world.StartAndRun("a.service");
        for (int i = 0; i < 10 && world.State("a.service") == "running"; i++)
        {
            world.MainExits("a.service", 1);
            world.RunSpawns();
        }

        Assert.That(world.Result("a.service"), Is.EqualTo("exit-code"), "the first failure counts");
        Assert.That(world["a.service"].IsLimited);
        Assert.That(
            (world["a.service"].MainExitKind, world["a.service"].MainExitCode),
            Is.EqualTo((ExitKind.Exited, 1)));
        world.Crash();
        Assert.That(world["a.service"].IsLimited, "after a crash");
        Assert.That(world.Records.Count(r => r is { Kind: RecordKind.Process, To: "intended" }),
            Is.EqualTo(5));
        Assert.That(world.Records.Last(r => r.To == "failed").Cause, Is.EqualTo(CauseKind.Limiter));
        RequestId start = world.StartAndRun("a.service");
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
        Assert.That(((EngineReply.Finished)world.Final(start)!).Messages[0],
            Does.Contain("reset-failed"));
        world.Request(RequestVerb.ResetFailed, "a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
        world.StartAndRun("a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
    }

    [Test]
    public void A_limit_that_clean_ends_reach_is_the_result()
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            Restart = RestartMode.Always,
            RestartUs = 0,
        }));
        world.StartAndRun("a.service");
        for (int i = 0; i < 10 && world.State("a.service") == "running"; i++)
        {
            world.MainExits("a.service", 0);
            world.RunSpawns();
        }

        Assert.That(world.Result("a.service"), Is.EqualTo("start-limit-hit"));
        Assert.That(world["a.service"].MainExitKind, Is.EqualTo(ExitKind.Exited));
    }

    [Test]
    public void The_limiter_holds_for_every_history()
    {
        Gen<(int Burst, int Interval, int[] Gaps)> histories =
            from burst in Gen.Choose(1, 6)
            from interval in Gen.Choose(1, 1000)
            from gaps in Gen.ArrayOf(Gen.Choose(0, 400))
            select (burst, interval, gaps);
        Check.One(Properties.Config, Prop.ForAll(histories.ToArbitrary(), h =>
        {
            var window = new RateWindow();
            var taken = new List<long>();
            long now = 0;
            foreach (int gap in h.Gaps)
            {
                now += gap;
                if (window.TryTake(now, h.Interval, h.Burst, 1024))
                    taken.Add(now);
                else
                    Assert.That(taken.Count(t => now - t < h.Interval), Is.EqualTo(h.Burst));
            }

            foreach (long t in taken)
            {
                Assert.That(taken.Count(x => x >= t && x < t + h.Interval),
                    Is.LessThanOrEqualTo(h.Burst));
            }
        }));
    }

    [Test]
    public void A_restart_carries_the_active_dependents_with_it()
    {
        var world = new World(
            Make.Service("a.service", with: s => s with { Restart = RestartMode.Always }),
            Make.Service("b.service", deps: "Requires=a.service After=a.service"));
        world.StartAndRun("b.service");
        world.MainExits("a.service", 1);
        world.Advance(100_000);
        Assert.That(world.State("b.service"), Is.EqualTo("stop-sigterm"), world.Dump());
        world.MainExits("b.service", 15, ExitKind.Killed);
        world.RunSpawns();
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.State("b.service"), Is.EqualTo("running"), world.Dump());
    }
}
