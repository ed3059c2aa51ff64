using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Activation;

/// <summary>StartLimitBurst= of timers and paths, which systemd 252 counts as well.</summary>
internal sealed class StartLimitTests
{
    private static readonly UnitCondition Exists =
        new("PathExists", "/x", false, false, false, SourceLocation.BuiltIn);

    private static readonly PathSettings Watching = new()
    {
        Watches = [new PathWatch(PathWatchKind.Exists, "/x", SourceLocation.BuiltIn)],
        Unit = UnitName.Parse("a.service"),
    };

    [TestCase("a.timer", false)]
    [TestCase("a.timer", true)]
    [TestCase("a.path", false)]
    [TestCase("a.path", true)]
    public void Started_too_often_it_fails_until_it_is_reset(string unit, bool hasCondition)
    {
        World world = Of(hasCondition);
        for (int i = 0; i < 2; i++)
        {
            Start(world, unit, hasCondition);
            Assert.That(world.State(unit), Is.EqualTo("waiting"), world.Dump());
            world.Stop(unit);
        }

        RequestId third = Start(world, unit, hasCondition);
        Assert.That(world.Outcome(third), Is.EqualTo("failed"), world.Dump());
        Assert.That(world.State(unit), Is.EqualTo("failed"));
        Assert.That(world.Result(unit), Is.EqualTo("start-limit-hit"));
        Assert.That(world[unit].FailureText, Does.Contain("StartLimitBurst="));
        RequestId fourth = Start(world, unit, hasCondition);
        Assert.That(world.Outcome(fourth), Is.EqualTo("failed"), "a failed one, too");
        world.Request(RequestVerb.ResetFailed, unit);
        Assert.That(world[unit].IsLimited, Is.False);
        Start(world, unit, hasCondition);
        Assert.That(world.State(unit), Is.EqualTo("waiting"), world.Dump());
    }

    [Test]
    public void What_a_timer_starts_does_not_count_as_its_own_start()
    {
        World world = Of(hasCondition: false);
        world.Start("a.timer");
        for (int i = 0; i < 4; i++)
        {
            world.AdvanceSeconds(5);
            world.RunSpawns();
            world.MainExits("a.service");
            Assert.That(world.State("a.timer"), Is.EqualTo("waiting"), world.Dump());
        }
    }

    private static RequestId Start(World world, string unit, bool hasCondition)
    {
        RequestId start = world.Start(unit);
        if (hasCondition && world[unit].PrepareToken.Value != 0 && world.State(unit) == "condition")
            world.Prepared(unit);
        return start;
    }

    private static World Of(bool hasCondition)
    {
        UnitDefinition Limited(UnitDefinition unit) => unit with
        {
            StartLimitBurst = 2,
            Conditions = hasCondition ? [Exists] : [],
        };
        return new World(
            Limited(Make.Timer("a.timer", "Active=5 UnitInactive=5")),
            Limited(Make.Unit("a.path", "Triggers=a.service") with { Path = Watching }),
            Make.Service("a.service", unit: u => u with { StartLimitBurst = 0 }));
    }
}
