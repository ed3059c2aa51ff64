using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Transaction;

/// <summary>
/// Circles of orders: which one is told of, and which of its orders a boot gives up (the rule is
/// in DESIGN.md §7 and at <see cref="Pass6CheckOrder"/>): default dependencies before implicit
/// ones, these before links in directories, these before what a file says; of these an order
/// between units of which one requires the other last; of equals the last by name first.
/// </summary>
internal sealed class OrderCircleTests
{
    [TestCase(DependencyOrigin.Default, DependencyOrigin.Implicit)]
    [TestCase(DependencyOrigin.Default, DependencyOrigin.Setting)]
    [TestCase(DependencyOrigin.Implicit, DependencyOrigin.Directory)]
    [TestCase(DependencyOrigin.Setting, DependencyOrigin.Directory)]
    [TestCase(DependencyOrigin.Directory, DependencyOrigin.File)]
    public void A_boot_gives_up_what_was_said_least_plainly(
        DependencyOrigin less, DependencyOrigin more)
    {
        Assert.That(GivenUp(Circle(less, more)), Is.EqualTo("a after b"));
        Assert.That(GivenUp(Circle(more, less)), Is.EqualTo("b after a"));
    }

    [TestCase(DependencyOrigin.Implicit, DependencyOrigin.Setting)]
    [TestCase(DependencyOrigin.File, DependencyOrigin.File)]
    public void Of_equals_a_boot_gives_up_the_last_by_name(
        DependencyOrigin first, DependencyOrigin second)
    {
        // By the name of the unit that goes first, then of the other.
        Assert.That(GivenUp(Circle(first, second)), Is.EqualTo("a after b"));
        Assert.That(GivenUp(Circle(second, first)), Is.EqualTo("a after b"));
    }

    [TestCase("", "", "b after c")]
    [TestCase("Requires=c.service", "", "a after b")]
    [TestCase("", "Requires=b.service", "a after b")]
    public void An_order_with_a_requirement_goes_last_whichever_of_the_two_requires(
        string ofB, string ofC, string givenUp)
    {
        // Without the requirement it would be the order between b and c, the last by name.
        var world = new World(
            Make.Target("t.target", "Wants=a.service Wants=b.service Wants=c.service"),
            Make.Service("a.service", deps: "After=b.service"),
            Make.Service("b.service", deps: $"After=c.service {ofB}"),
            Make.Service("c.service", deps: $"After=a.service {ofC}"));
        Assert.That(GivenUp(world), Is.EqualTo(givenUp));
    }

    [TestCase("Requires", "c after a")]
    [TestCase("BindsTo", "c after a")]
    [TestCase("Requisite", "c after a")]
    [TestCase("Wants", "b after c")]
    [TestCase("PartOf", "b after c")]
    public void Only_what_is_needed_makes_an_order_more_important(string kind, string givenUp)
    {
        var world = new World(
            Make.Target("t.target", "Wants=a.service Wants=b.service Wants=c.service"),
            Make.Service("a.service", deps: $"After=b.service Requires=b.service"),
            Make.Service("b.service", deps: $"After=c.service {kind}=c.service"),
            Make.Service("c.service", deps: "After=a.service"));
        Assert.That(GivenUp(world), Is.EqualTo(givenUp));
    }

    [Test]
    public void What_a_boot_gives_up_is_not_among_the_orders_of_its_plan()
    {
        World world = Circle(DependencyOrigin.File, DependencyOrigin.Default);
        PlanDraft draft = PlanTextTests.Draft(
            world, RequestVerb.Start, "t.target", isBoot: true);
        Assert.That(Write(draft).Edges.Select(e => $"{e.After.Prefix} after {e.Before.Prefix}"),
            Is.EqualTo(new[] { "a after b" }));
        Assert.That(draft.Dropped, Is.EqualTo(new[]
        {
            "ordering cycle: b.service after a.service (/etc/b.service:2), a.service after "
                + "b.service (/etc/a.service:2); the plan ignores that b.service comes after "
                + "a.service (/etc/b.service:2)",
        }));
    }

    [TestCase("a.service b.service c.service d.service e.service")]
    [TestCase("e.service d.service c.service b.service a.service")]
    [TestCase("c.service e.service a.service d.service b.service")]
    public void The_circle_that_is_told_of_is_the_shortest_through_the_first_by_name(string loaded)
    {
        // d and e make a circle of their own, a goes both the long way and the short one.
        var world = new World(
            Make.Service("a.service", deps: "Wants=b.service Wants=c.service Wants=d.service "
                + "Wants=e.service After=b.service After=c.service"),
            Make.Service("b.service", deps: "After=c.service"),
            Make.Service("c.service", deps: "After=a.service"),
            Make.Service("d.service", deps: "After=e.service"),
            Make.Service("e.service", deps: "After=d.service After=a.service"));
        foreach (string name in loaded.Split(' '))
            world.Engine.GetOrLoad(UnitName.Parse(name));
        PlanDraft draft = PlanTextTests.Draft(world, RequestVerb.Start, "a.service");
        Assert.That(draft.Refused, Is.EqualTo(new[]
        {
            "ordering cycle: c.service after a.service (/etc/c.service:2), "
                + "a.service after c.service (/etc/a.service:7)",
            "take one of these orders out (initx edit UNIT), then: initx daemon-reload",
        }));
        Assert.That(draft.Code, Is.EqualTo(ExitCode.Refused));
    }

    [Test]
    public void A_boot_breaks_every_circle_and_no_order_beside_them()
    {
        var world = new World(
            Make.Target("t.target", "Wants=a.service Wants=b.service Wants=c.service "
                + "Wants=d.service Wants=e.service"),
            Make.Service("a.service", deps: "After=b.service After=c.service"),
            Make.Service("b.service", deps: "After=a.service"),
            Make.Service("c.service", deps: "After=d.service"),
            Make.Service("d.service", deps: "After=c.service"),
            Make.Service("e.service", deps: "After=a.service After=d.service"));
        PlanDraft draft = PlanTextTests.Draft(
            world, RequestVerb.Start, "t.target", isBoot: true);
        Assert.That(draft.IgnoredOrder.Select(o => $"{o.Later.Prefix} after {o.Earlier.Prefix}"),
            Is.EqualTo(new[] { "a after b", "c after d" }));
        Assert.That(Write(draft).Edges.Select(e => $"{e.After.Prefix} after {e.Before.Prefix}"),
            Is.EquivalentTo(new[]
            {
                "b after a", "a after c", "d after c", "e after a", "e after d",
            }));
    }

    [Test]
    public void A_boot_cuts_a_unit_with_several_circles_until_none_is_left()
    {
        // a lies on three circles; each cut leaves the others.
        var world = new World(
            Make.Target("t.target",
                "Wants=a.service Wants=b.service Wants=c.service Wants=d.service"),
            Make.Service("a.service", deps: "After=b.service After=c.service After=d.service"),
            Make.Service("b.service", deps: "After=a.service"),
            Make.Service("c.service", deps: "After=a.service"),
            Make.Service("d.service", deps: "After=a.service"));
        PlanDraft draft = PlanTextTests.Draft(
            world, RequestVerb.Start, "t.target", isBoot: true);
        Assert.That(draft.IgnoredOrder.Select(o => $"{o.Later.Prefix} after {o.Earlier.Prefix}"),
            Is.EquivalentTo(new[] { "a after b", "a after c", "a after d" }));
    }

    [Test]
    public void The_same_order_from_both_sides_is_given_up_as_one()
    {
        var world = new World(
            Make.Target("t.target", "Wants=a.service Wants=b.service"),
            Make.Service("a.service", deps: "After=b.service"),
            Make.Service("b.service", deps: "Before=a.service After=a.service"));
        PlanDraft draft = PlanTextTests.Draft(
            world, RequestVerb.Start, "t.target", isBoot: true);
        Assert.That(draft.IgnoredOrder, Has.Count.EqualTo(1));
        Assert.That(draft.Dropped, Has.Count.EqualTo(1));
    }

    [Test]
    public void What_a_boot_has_given_up_stays_given_up_for_what_comes_later()
    {
        var world = new World(
            Make.Target("default.target", "Wants=a.service Wants=b.service Wants=s.service"),
            Make.Service("s.service", ServiceType.Notify),
            Make.Service("a.service", deps: "After=b.service After=s.service"),
            Make.Service("b.service", deps: "After=a.service After=s.service"),
            Make.Service("c.service"));
        world.Send(new EngineEvent.Booted(UnitName.Parse("default.target"), "test"));
        Assert.That(world["a.service"].Job, Is.Not.Null, "it waits for s.service");
        Assert.That(PlanTextTests.Draft(world, RequestVerb.Start, "c.service").IsRefused, Is.False);
    }

    [TestCase("a.service b.service")]
    [TestCase("b.service a.service")]
    public void A_restart_beside_a_start_is_no_circle_in_either_half(string units)
    {
        var world = new World(
            Make.Service("a.service", deps: "After=b.service"), Make.Service("b.service"));
        world.StartAndRun(units.Split(' ')[0]);
        Assert.That(PlanTextTests.Draft(world, RequestVerb.Restart, units).IsRefused, Is.False);
    }

    // a is up. Its stop comes before the starts of b and c: no circle. Then all three start.
    [TestCase(true)]
    [TestCase(false)]
    public void A_circle_through_the_second_half_of_a_restart_is_one(bool isInstalled)
    {
        var world = new World(
            Make.Service("a.service", deps: "After=b.service"),
            Make.Service("b.service", deps: "After=c.service"),
            Make.Service("c.service", deps: "After=a.service"));
        world.StartAndRun("a.service");
        if (isInstalled)
            world.Request(RequestVerb.Restart, "a.service");
        PlanDraft draft = isInstalled
            ? PlanTextTests.Draft(world, RequestVerb.Start, "b.service c.service")
            : PlanTextTests.Draft(world, RequestVerb.Restart, "a.service b.service c.service");
        Assert.That(draft.Refused[0], Does.StartWith("ordering cycle: ")
            .And.Contain("a.service after b.service (/etc/a.service:2)")
            .And.Contain("b.service after c.service (/etc/b.service:2)")
            .And.Contain("c.service after a.service (/etc/c.service:2)"));
    }

    [TestCase(3, "")]
    [TestCase(9, " and 2 more")]
    public void Of_many_units_without_an_order_sixteen_are_named(int circles, string rest)
    {
        var units = new List<UnitDefinition>
        {
            Make.Target("t.target", string.Concat(Enumerable.Range(0, circles).Select(
                i => $"Wants=a{i}.service Wants=b{i}.service ")) + "Wants=c.service"),
            Make.Service("c.service", deps: "After=a0.service"),
        };
        for (int i = 0; i < circles; i++)
        {
            units.Add(Make.Service($"a{i}.service", deps: $"After=b{i}.service"));
            units.Add(Make.Service($"b{i}.service", deps: $"After=a{i}.service"));
        }

        var world = new World(new EngineLimits { CycleBreaks = 0 }, [.. units]);
        PlanDraft draft = PlanTextTests.Draft(
            world, RequestVerb.Start, "t.target", isBoot: true);
        string[] names = [.. Enumerable.Range(0, circles).Select(i => $"a{i}.service"),
            .. Enumerable.Range(0, circles).Select(i => $"b{i}.service")];
        Assert.That(draft.Dropped, Is.EqualTo(new[]
        {
            "more than 0 ordering cycles (limit CycleBreaks): the plan ignores all order among "
                + $"the {2 * circles} units that are on one: "
                + string.Join(", ", names.Take(16)) + rest,
        }));
        Assert.That(Write(draft).Edges.Select(e => $"{e.After.Prefix} after {e.Before.Prefix}"),
            Is.EqualTo(new[] { "c after a0" }), "it is on no circle");
    }

    [Test]
    public void A_search_that_takes_too_long_is_given_up_in_one_line()
    {
        var world = new World(
            new EngineLimits { CycleSearch = 1 },
            Make.Target("t.target", "Wants=a.service Wants=b.service"),
            Make.Service("a.service", deps: "After=b.service"),
            Make.Service("b.service", deps: "After=a.service"));
        PlanDraft draft = PlanTextTests.Draft(
            world, RequestVerb.Start, "t.target", isBoot: true);
        Assert.That(draft.Dropped, Is.EqualTo(new[]
        {
            "ordering cycles that take too long to break (limit CycleSearch): the plan ignores "
                + "all order among the 2 units that are on one: a.service, b.service",
        }));
        Assert.That(draft.IgnoredOrder, Is.Empty);
    }

    [Test]
    public void Two_circles_side_by_side_are_broken_within_a_limit_of_two()
    {
        var world = new World(
            new EngineLimits { CycleBreaks = 2 },
            Make.Target("t.target",
                "Wants=a.service Wants=b.service Wants=c.service Wants=d.service"),
            Make.Service("a.service", deps: "After=b.service"),
            Make.Service("b.service", deps: "After=a.service"),
            Make.Service("c.service", deps: "After=d.service"),
            Make.Service("d.service", deps: "After=c.service"));
        PlanDraft draft = PlanTextTests.Draft(
            world, RequestVerb.Start, "t.target", isBoot: true);
        Assert.That(draft.Dropped, Has.Count.EqualTo(2));
        Assert.That(draft.Dropped, Has.All.StartsWith("ordering cycle: "));
    }

    private static World Circle(DependencyOrigin ofA, DependencyOrigin ofB)
    {
        UnitDefinition a = Make.Service("a.service", deps: "After=b.service");
        UnitDefinition b = Make.Service("b.service", deps: "After=a.service");
        return new World(
            Make.Target("t.target", "Wants=a.service Wants=b.service"),
            a with { Dependencies = [a.Dependencies[0] with { Origin = ofA }] },
            b with { Dependencies = [b.Dependencies[0] with { Origin = ofB }] });
    }

    private static string GivenUp(World world)
    {
        PlanDraft draft = PlanTextTests.Draft(
            world, RequestVerb.Start, "t.target", isBoot: true);
        return string.Join(", ", draft.IgnoredOrder.Select(
            o => $"{o.Later.Prefix} after {o.Earlier.Prefix}"));
    }

    private static TransactionPlan Write(PlanDraft draft) =>
        PlanWriter.Write(draft, new ControlRequest
        {
            Id = new RequestId(1),
            Verb = draft.Request.Verb,
            Requester = Requester.Manager,
        });
}
