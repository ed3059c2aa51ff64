using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Boot;

/// <summary>
/// Unit files decide how many ordering circles there are, so no number of them may keep a system
/// from coming up or going down.
/// </summary>
internal sealed class ManyCirclesTests
{
    [TestCase(0, 3)]
    [TestCase(2, 3)]
    [TestCase(1_024, 1_030)]
    public void A_boot_and_a_shutdown_go_on(int limit, int circles)
    {
        World world = Up(limit, circles);
        Assert.That(world.State("a0.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.State("last.service"), Is.EqualTo("dead"), "it comes after the circles");
        world.Notify("slow.service", new NotifyMessage { Ready = true });
        world.RunSpawns();
        Assert.That(world.State("last.service"), Is.EqualTo("running"));
        Assert.That(world.Restored(out _).Digest(), Is.EqualTo(world.Engine.Digest()));
        string told = Told(world);
        Assert.That(told, Does.StartWith($"more than {limit} ordering cycles (limit CycleBreaks)"));
        Assert.That(Told(Up(limit, circles)), Is.EqualTo(told), "the same each time");
        world.Request(RequestVerb.Poweroff, "");
        Assert.That(world.State("last.service"), Is.EqualTo("stop-sigterm"));
        Assert.That(world.State("slow.service"), Is.EqualTo("running"), "last.service ends before");
        world.Crash();
        string[] units = ["last.service", "slow.service", .. Pairs(circles)];
        foreach (string unit in units)
            world.MainExits(unit, 15, ExitKind.Killed);
        Assert.That(world.Effects, Has.Member(
            new Effect.Shutdown(ShutdownStage.TerminateAll, ShutdownKind.Poweroff)), world.Dump());
    }

    [Test]
    public void What_takes_too_long_to_search_is_given_up_as_well()
    {
        World world = Up(limit: 1_024, circles: 3, search: 1);
        Assert.That(world.State("a0.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.Records, Has.Some.Matches<JournalRecord>(r =>
            r.Text?.Contains("(limit CycleSearch)", StringComparison.Ordinal) == true));
    }

    [Test]
    public void A_request_is_refused_for_the_first_circle_as_ever()
    {
        var world = new World(
            Make.Service("a.service", deps: "Wants=b.service After=b.service"),
            Make.Service("b.service", deps: "After=a.service"));
        Assert.That(world.Outcome(world.Start("a.service")), Is.EqualTo("refused"));
    }

    private static string Told(World world) => world.Records.Single(r =>
        r.Kind == RecordKind.Config
        && r.Text!.StartsWith("more than", StringComparison.Ordinal)).Text!;

    private static IEnumerable<string> Pairs(int circles) =>
        Enumerable.Range(0, circles).SelectMany(i => new[] { $"a{i}.service", $"b{i}.service" });

    private static World Up(int limit, int circles, long search = 1_000_000)
    {
        var units = new List<UnitDefinition>
        {
            Make.Target("default.target", "Wants=last.service Wants=slow.service "
                + string.Join(' ', Pairs(circles).Select(u => $"Wants={u}"))),
            Make.Service("slow.service", ServiceType.Notify),
            Make.Service("last.service", deps: "After=slow.service"),
        };
        for (int i = 0; i < circles; i++)
        {
            units.Add(Make.Service($"a{i}.service", deps: $"After=b{i}.service"));
            units.Add(Make.Service($"b{i}.service", deps: $"After=a{i}.service"));
        }

        var world = new World(
            new EngineLimits { CycleBreaks = limit, CycleSearch = search }, [.. units]);
        world.Send(new EngineEvent.Booted(UnitName.Parse("default.target"), "test"));
        world.RunSpawns();
        return world;
    }
}
