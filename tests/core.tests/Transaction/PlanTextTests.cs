using InitTx.Core.Job;
using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Transaction;

/// <summary>
/// What a plan says of a request that it refuses and of what it leaves out: every line names the
/// unit, the setting and its place, and the same ones come whatever was loaded first.
/// </summary>
internal sealed class PlanTextTests
{
    [Test]
    public void A_request_without_a_unit_is_a_mistake_of_usage()
    {
        PlanDraft draft = Draft(new World(), RequestVerb.Start, "");
        Assert.That(draft.Refused, Is.EqualTo(new[] { "no unit was named" }));
        Assert.That(draft.Code, Is.EqualTo(ExitCode.Usage));
    }

    [Test]
    public void As_many_goals_as_the_limit_says_may_be_named()
    {
        var world = new World(
            new EngineLimits { GoalsPerRequest = 2 },
            Make.Service("a.service"), Make.Service("b.service"), Make.Service("c.service"));
        Assert.That(Draft(world, RequestVerb.Start, "a.service b.service").IsRefused, Is.False);
        PlanDraft draft = Draft(world, RequestVerb.Start, "a.service b.service c.service");
        Assert.That(draft.Refused, Is.EqualTo(new[] { "3 goals in one request (limit 2)" }));
        Assert.That(draft.Code, Is.EqualTo(ExitCode.Usage));
        draft = Draft(world, RequestVerb.Apply, "a.service b.service", "c.service");
        Assert.That(draft.Refused, Is.EqualTo(new[] { "3 goals in one request (limit 2)" }));
    }

    [Test]
    public void All_goals_that_are_refused_are_told_of_by_name()
    {
        var world = new World(
            Make.Service("b.service", unit: u => u with { RefuseManualStart = true }));
        PlanDraft draft = Draft(world, RequestVerb.Start, "c.service b.service a.service");
        Assert.That(draft.Refused, Is.EqualTo(new[]
        {
            "a.service: no such unit file",
            "b.service has RefuseManualStart=yes",
            "c.service: no such unit file",
        }));
        Assert.That(draft.Goals.Select(g => g.Name.Value),
            Is.EqualTo(new[] { "a.service", "b.service", "c.service" }));
    }

    [Test]
    public void A_goal_that_is_named_twice_is_one()
    {
        var world = new World(Make.Service("a.service"));
        PlanDraft draft = Draft(world, RequestVerb.Start, "a.service a.service");
        Assert.That(draft.Goals, Has.Count.EqualTo(1));
    }

    [Test]
    public void Nothing_can_be_asked_to_be_up_and_down()
    {
        var world = new World(Make.Service("a.service"), Make.Service("b.service"));
        PlanDraft draft = Draft(world, RequestVerb.Apply, "a.service b.service", "b.service");
        Assert.That(draft.Refused,
            Is.EqualTo(new[] { "b.service shall be both up and down: decide for one" }));
    }

    [TestCase(RequestVerb.Start, "")]
    [TestCase(RequestVerb.Stop, "a.service has RefuseManualStop=yes")]
    [TestCase(RequestVerb.Restart, "a.service has RefuseManualStop=yes")]
    public void RefuseManualStop_holds_for_what_stops(RequestVerb verb, string refusal)
    {
        var world = new World(
            Make.Service("a.service", unit: u => u with { RefuseManualStop = true }));
        world.StartAndRun("a.service");
        Assert.That(string.Join('\n', Draft(world, verb, "a.service").Refused),
            Is.EqualTo(refusal));
    }

    [TestCase(RequestVerb.Stop, "")]
    [TestCase(RequestVerb.Restart, "a.service has RefuseManualStart=yes")]
    public void RefuseManualStart_holds_for_what_starts(RequestVerb verb, string refusal)
    {
        var world = new World(
            Make.Service("a.service", unit: u => u with { RefuseManualStart = true }),
            Make.Target("t.target", "Wants=a.service"));
        world.StartAndRun("t.target");
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(string.Join('\n', Draft(world, verb, "a.service").Refused),
            Is.EqualTo(refusal));
    }

    [Test]
    public void What_holds_for_requests_does_not_hold_for_the_manager()
    {
        var world = new World(Make.Service("a.service",
            unit: u => u with { RefuseManualStart = true, RefuseManualStop = true }));
        foreach (RequestVerb verb in new[] { RequestVerb.Start, RequestVerb.Isolate })
            Assert.That(Draft(world, verb, "a.service", isManual: false).IsRefused, Is.False);
    }

    [Test]
    public void What_is_up_as_long_as_the_manager_is_cannot_be_stopped()
    {
        var world = new World(Make.Unit("init.scope") with { IsPerpetual = true });
        Assert.That(Draft(world, RequestVerb.Stop, "init.scope").Refused,
            Is.EqualTo(new[] { "init.scope is up as long as the manager is" }));
        Assert.That(Draft(world, RequestVerb.Start, "init.scope").IsRefused, Is.False);
    }

    [Test]
    public void What_has_lost_its_file_can_still_be_stopped()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        world.Catalog.Add(new UnitDefinition
        {
            Name = UnitName.Parse("a.service"),
            LoadState = UnitLoadState.NotFound,
        });
        world.Send(new EngineEvent.CatalogReplaced(world.Catalog, new RequestId(99), null));
        Assert.That(Jobs(Draft(world, RequestVerb.Stop, "a.service")), Is.EqualTo("a stop"));
    }

    // systemd says nothing of a Wants= whose unit is not installed: it is the usual way to name
    // what may be there. A link that leads nowhere, and what was masked, is worth a line.
    [TestCase(DependencyOrigin.File, UnitLoadState.NotFound, "")]
    [TestCase(DependencyOrigin.Directory, UnitLoadState.NotFound,
        "a.service Wants=x.service (/etc/a.service:2): x.service: no such unit file")]
    [TestCase(DependencyOrigin.File, UnitLoadState.Masked,
        "a.service Wants=x.service (/etc/a.service:2): x.service is masked (/etc/x.service)")]
    public void A_wish_that_cannot_be_met_is_told_of_where_it_is_worth_it(
        DependencyOrigin origin, UnitLoadState file, string line)
    {
        UnitDefinition a = Make.Service("a.service", deps: "Wants=x.service");
        var world = new World(
            a with { Dependencies = [a.Dependencies[0] with { Origin = origin }] },
            Make.Service("x.service") with { LoadState = file });
        PlanDraft draft = Draft(world, RequestVerb.Start, "a.service");
        Assert.That(Jobs(draft), Is.EqualTo("a start"));
        Assert.That(string.Join('\n', draft.Dropped), Is.EqualTo(line));
    }

    [TestCase("Requires")]
    [TestCase("BindsTo")]
    public void What_is_only_wanted_and_starts_without_what_it_requires_is_told_of(string kind)
    {
        var world = new World(
            Make.Target("t.target", "Wants=a.service"),
            Make.Service("a.service", deps: $"{kind}=m.service Requires=b.service Wants=c.service"),
            Make.Service("b.service"), Make.Service("c.service"),
            Make.Service("m.service") with { LoadState = UnitLoadState.Masked });
        PlanDraft draft = Draft(world, RequestVerb.Start, "t.target");
        Assert.That(Jobs(draft), Is.EqualTo("a start, b start, t start"));
        Assert.That(draft.Dropped, Is.EqualTo(new[]
        {
            "a.service starts without what it requires, it is only wanted: "
                + $"{kind}=m.service (/etc/a.service:2): m.service is masked (/etc/m.service)",
        }));
    }

    [Test]
    public void What_gives_way_to_what_is_needed_is_told_of_with_what_requires_it()
    {
        var world = new World(
            Make.Target("t.target", "Requires=z.service Wants=c.service"),
            Make.Service("z.service", deps: "Conflicts=b.service"), Make.Service("b.service"),
            Make.Service("c.service", deps: "Requires=b.service"));
        PlanDraft draft = Draft(world, RequestVerb.Start, "t.target");
        Assert.That(Jobs(draft), Is.EqualTo("t start, z start"));
        Assert.That(draft.Dropped, Is.EqualTo(new[]
        {
            "b.service is not started: it conflicts with what is needed: "
                + "z.service, Conflicts=b.service (/etc/z.service:2)",
            "t.target Wants=c.service (/etc/t.target:3): c.service Requires=b.service "
                + "(/etc/c.service:2): it conflicts with what is needed: "
                + "z.service, Conflicts=b.service (/etc/z.service:2)",
        }));
    }

    [Test]
    public void Of_two_that_are_wanted_and_both_declare_it_the_first_by_name_stays()
    {
        var world = new World(
            Make.Target("t.target", "Wants=a.service Wants=b.service"),
            Make.Service("a.service", deps: "Conflicts=b.service"),
            Make.Service("b.service", deps: "Conflicts=a.service"));
        PlanDraft draft = Draft(world, RequestVerb.Start, "t.target");
        Assert.That(Jobs(draft), Is.EqualTo("a start, t start"));
        Assert.That(draft.Dropped[0],
            Does.StartWith("b.service is not started: it conflicts with another unit"));
    }

    [Test]
    public void What_only_wants_to_start_gives_way_to_what_is_up_for_a_goal()
    {
        var world = new World(
            Make.Target("t.target", "Requires=a.service Wants=b.service"),
            Make.Service("a.service"), Make.Service("b.service", deps: "Conflicts=a.service"));
        PlanDraft draft = Draft(world, RequestVerb.Start, "t.target");
        Assert.That(Jobs(draft), Is.EqualTo("a start, t start"));
        Assert.That(draft.Dropped[0], Is.EqualTo(
            "b.service is not started: it conflicts with a.service, which is needed"));
    }

    [Test]
    public void A_boot_says_which_stop_it_does_not_carry_out()
    {
        var world = new World(
            Make.Target("t.target", "Requires=a.service Requires=b.service"),
            Make.Service("a.service", deps: "Conflicts=b.service"), Make.Service("b.service"));
        PlanDraft draft = Draft(world, RequestVerb.Start, "t.target", isBoot: true);
        Assert.That(Jobs(draft), Is.EqualTo("a start, b start, t start"));
        Assert.That(draft.Dropped, Is.EqualTo(new[]
        {
            "a.service is not stopped, it is needed: b.service, Conflicts=b.service "
                + "(/etc/a.service:2)",
            "b.service is not stopped, it is needed: a.service, Conflicts=b.service "
                + "(/etc/a.service:2)",
        }));
    }

    [Test]
    public void A_boot_says_which_requirement_it_does_not_have()
    {
        var world = new World(
            Make.Target("t.target", "Requires=a.service"),
            Make.Service("a.service", deps: "Requires=m.service"),
            Make.Service("m.service") with { LoadState = UnitLoadState.Masked });
        PlanDraft draft = Draft(world, RequestVerb.Start, "t.target", isBoot: true);
        Assert.That(Jobs(draft), Is.EqualTo("a start, t start"));
        Assert.That(draft.Dropped[0], Is.EqualTo("a.service Requires=m.service (/etc/a.service:2) "
            + "is ignored: m.service is masked (/etc/m.service)"));
    }

    [TestCase(2, "")]
    [TestCase(1, "more than 1 contradictions (limit PlanConflicts)")]
    [TestCase(0, "more than 0 contradictions (limit PlanConflicts)")]
    public void Contradictions_are_counted(int limit, string refusal)
    {
        var world = new World(
            new EngineLimits { PlanConflicts = limit },
            Make.Target("t.target", "Requires=a.service Wants=b.service Wants=c.service"),
            Make.Service("a.service", deps: "Conflicts=b.service Conflicts=c.service"),
            Make.Service("b.service"), Make.Service("c.service"));
        PlanDraft draft = Draft(world, RequestVerb.Start, "t.target");
        Assert.That(string.Join('\n', draft.Refused), Is.EqualTo(refusal));
    }

    [Test]
    public void What_gives_way_takes_along_all_that_requires_it_step_by_step()
    {
        var world = new World(
            Make.Target("t.target", "Requires=a.service Wants=d.service"),
            Make.Service("a.service", deps: "Conflicts=b.service"), Make.Service("b.service"),
            Make.Service("c.service", deps: "Requires=b.service"),
            Make.Service("d.service", deps: "BindsTo=c.service"));
        Assert.That(Jobs(Draft(world, RequestVerb.Start, "t.target")),
            Is.EqualTo("a start, t start"));
    }

    [Test]
    public void What_is_only_checked_and_cannot_be_started_is_no_reason_to_give_up_the_rest()
    {
        var world = new World(
            Make.Target("t.target", "Wants=a.service"),
            Make.Service("a.service",
                deps: "Requisite=m.service Requires=b.service Wants=c.service"),
            Make.Service("b.service"), Make.Service("c.service"),
            Make.Service("m.service") with { LoadState = UnitLoadState.Masked });
        Assert.That(Jobs(Draft(world, RequestVerb.Start, "t.target")),
            Is.EqualTo("a start, b start, c start, t start"));
    }

    [Test]
    public void A_boot_says_nothing_of_what_a_unit_lacks_that_is_up()
    {
        var world = new World(
            Make.Target("t.target", "Requires=b.service"), Make.Service("b.service"));
        world.StartAndRun("b.service");
        world.Catalog.Add(Make.Service("b.service", deps: "Requires=gone.service"));
        world.Send(new EngineEvent.CatalogReplaced(world.Catalog, new RequestId(99), null));
        PlanDraft draft = Draft(world, RequestVerb.Start, "t.target", isBoot: true);
        Assert.That(Jobs(draft), Is.EqualTo("t start"));
        Assert.That(draft.Dropped, Is.Empty);
    }

    [Test]
    public void A_refusal_names_both_chains_from_the_unit_to_the_goal()
    {
        var world = new World(
            Make.Target("t.target", "Requires=a.service Requires=b.service"),
            Make.Service("a.service", deps: "Requires=c.service"), Make.Service("b.service"),
            Make.Service("c.service", deps: "Conflicts=b.service"));
        Assert.That(Draft(world, RequestVerb.Start, "t.target").Refused, Is.EqualTo(new[]
        {
            "b.service would have to be started and stopped at once: started for b.service "
                + "← t.target Requires=b.service (/etc/t.target:3); stopped for b.service "
                + "← c.service Conflicts=b.service (/etc/c.service:2) "
                + "← a.service Requires=c.service (/etc/a.service:2) "
                + "← t.target Requires=a.service (/etc/t.target:2)",
        }));
    }

    [Test]
    public void A_refusal_names_the_start_of_what_is_only_checked_as_well()
    {
        var world = new World(
            Make.Target("t.target", "Requires=a.service Requires=b.service Requires=c.service"),
            Make.Service("a.service"), Make.Service("b.service", deps: "Requisite=a.service"),
            Make.Service("c.service", deps: "Conflicts=a.service"));
        Assert.That(Draft(world, RequestVerb.Start, "t.target").Refused[0], Does.StartWith(
            "a.service would have to be started and stopped at once: started for a.service "
                + "← t.target Requires=a.service (/etc/t.target:2); stopped for "));
    }

    [Test]
    public void A_mount_without_a_file_is_no_reason_to_give_up_what_is_wanted()
    {
        var world = new World(
            Make.Target("t.target", "Wants=a.service"),
            Make.Service("a.service",
                deps: "Requisite=m.service RequiresMountsFor=x.mount Wants=c.service"),
            Make.Service("c.service"),
            Make.Service("m.service") with { LoadState = UnitLoadState.Masked });
        Assert.That(Jobs(Draft(world, RequestVerb.Start, "t.target")),
            Is.EqualTo("a start, c start, t start"));
    }

    internal static PlanDraft Draft(
        World world, RequestVerb verb, string goals, string? stops = null, bool isBoot = false,
        bool isManual = true) =>
        TransactionPlanner.Plan(world.Engine, new PlanRequest(
            verb, Names(goals), JobMode.Fail, isBoot, isManual)
        {
            Stops = stops is null ? null : Names(stops),
        });

    internal static string Jobs(PlanDraft draft) => draft.IsRefused
        ? string.Join('\n', draft.Refused)
        : string.Join(", ", draft.Jobs.Select(
            j => $"{j.Unit.Name.Prefix} {JobWords.Of(j.Kind)}"));

    private static UnitName[] Names(string names) =>
        [.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(UnitName.Parse)];
}
