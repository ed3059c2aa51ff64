using InitTx.Core.Job;
using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Transaction;

/// <summary>
/// What the comparison with the written rules (tests/planner) found, each by itself.
/// </summary>
internal sealed class PlanRuleTests
{
    [TestCase(RequestVerb.TryRestart, "a.service", "")]
    [TestCase(RequestVerb.ReloadOrRestart, "b.service", "b reload")]
    public void What_is_not_started_needs_nothing(RequestVerb verb, string goal, string jobs)
    {
        var world = new World(
            Make.Service("a.service", deps: "Requires=gone.service"),
            Make.Service("b.service", deps: "Wants=x.service",
                with: s => s with { ExecReload = Make.Commands("/bin/r") }),
            Make.Service("x.service"));
        world.StartAndRun("b.service");
        world.Catalog.Add(Make.Service("b.service", deps: "Requires=gone.service",
            with: s => s with { ExecReload = Make.Commands("/bin/r") }));
        world.Send(new EngineEvent.CatalogReplaced(world.Catalog, new RequestId(99), null));
        Assert.That(Plan(world, verb, goal), Is.EqualTo(jobs));
    }

    [Test]
    public void What_is_up_lacks_nothing_for_what_requires_it()
    {
        var world = new World(
            Make.Service("a.service", deps: "Requires=b.service Wants=gone.service"),
            Make.Service("b.service", deps: "Wants=x.service"), Make.Service("x.service"));
        world.StartAndRun("b.service");
        world.Catalog.Add(Make.Service("b.service", deps: "Requires=gone.service"));
        world.Send(new EngineEvent.CatalogReplaced(world.Catalog, new RequestId(99), null));
        Assert.That(Plan(world, RequestVerb.Start, "a.service"), Is.EqualTo("a start"));
    }

    [Test]
    public void What_is_restarted_along_starts_without_what_is_gone()
    {
        var world = new World(
            Make.Service("a.service", deps: "Requires=b.service Wants=gone.service"),
            Make.Service("b.service"));
        world.StartAndRun("a.service");
        Assert.That(Plan(world, RequestVerb.Restart, "b.service"),
            Is.EqualTo("a restart, b restart"));
    }

    [Test]
    public void What_is_up_stays_when_a_unit_that_it_requires_gives_way()
    {
        // c is up and b, which a only wants, excludes it: b gives way, and c goes on without b.
        var world = new World(
            Make.Service("a.service", deps: "Requires=c.service Wants=b.service"),
            Make.Service("b.service", deps: "Conflicts=c.service"), Make.Service("c.service"));
        world.StartAndRun("c.service");
        world.Catalog.Add(Make.Service("c.service", deps: "Requires=b.service"));
        world.Send(new EngineEvent.CatalogReplaced(world.Catalog, new RequestId(99), null));
        Assert.That(Plan(world, RequestVerb.Start, "a.service"), Is.EqualTo("a start"));
    }

    [Test]
    public void A_reload_that_is_passed_on_gives_way_to_a_stop_that_is_needed()
    {
        Func<ServiceSettings, ServiceSettings> reloads =
            s => s with { ExecReload = Make.Commands("/bin/r") };
        var world = new World(
            Make.Service("a.service", deps: "PropagatesReloadTo=b.service", with: reloads),
            Make.Service("b.service", with: reloads),
            Make.Service("c.service", deps: "Conflicts=b.service", with: reloads));
        world.StartAndRun("a.service b.service");
        Assert.That(Plan(world, RequestVerb.ReloadOrRestart, "a.service c.service"),
            Is.EqualTo("a reload, b stop, c start"));
    }

    [TestCase("b.service d.service")]
    [TestCase("d.service b.service")]
    public void An_isolate_says_the_same_in_whichever_order_units_were_loaded(string loaded)
    {
        var world = new World(
            Make.Service("b.service", deps: "PropagatesStopTo=c.service"),
            Make.Service("c.service", unit: u => u with { AllowIsolate = true }),
            Make.Service("d.service", deps: "PropagatesStopTo=c.service"));
        foreach (string name in loaded.Split(' '))
            world.StartAndRun(name);
        world.StartAndRun("c.service");
        TransactionPlan plan = PlanTests.PlanOf(world, RequestVerb.Isolate, "c.service");
        Assert.That(plan.Dropped[0], Does.Contain("b.service, PropagatesStopTo=c.service"));
        Assert.That(plan.Dropped[1], Does.Contain("d.service, PropagatesStopTo=c.service"));
    }

    [Test]
    public void A_chain_of_reasons_leads_to_the_goal_also_where_units_pull_each_other()
    {
        var world = new World(
            Make.Service("g.service"),
            Make.Service("x.service", deps: "PartOf=g.service Requires=y.service"),
            Make.Service("y.service", deps: "PartOf=g.service Requires=x.service"));
        world.StartAndRun("g.service x.service");
        TransactionPlan plan = PlanTests.PlanOf(world, RequestVerb.Restart, "g.service");
        Assert.That(plan.Jobs, Has.Count.EqualTo(3));
        foreach (PlannedJob job in plan.Jobs)
            Assert.That(job.Reasons[^1].ToString(), Does.Contain("g.service").And.Contain("goal"));
    }

    [Test]
    public void A_missing_goal_has_its_code_in_the_order_of_names()
    {
        var world = new World(Make.Service("m.service") with { LoadState = UnitLoadState.Masked });
        Assert.That(Plan(world, RequestVerb.TryRestart, "gone.service m.service"),
            Is.EqualTo("refused NoSuchUnit"));
    }

    private static string Plan(World world, RequestVerb verb, string units) =>
        JobsOf(PlanTests.PlanOf(world, verb, units));

    private static string JobsOf(TransactionPlan plan) => plan.Refused.Count > 0
        ? $"refused {plan.RefusedCode}"
        : string.Join(", ", plan.Jobs.Select(j => $"{j.Unit.Prefix} {JobWords.Of(j.Kind)}"));
}
