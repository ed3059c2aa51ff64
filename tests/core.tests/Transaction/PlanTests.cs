using InitTx.Core.Job;
using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Transaction;

/// <summary>
/// What a request pulls in, drops and refuses (systemd.unit(5); facts tried with systemd 252).
/// </summary>
internal sealed class PlanTests
{
    [TestCase("Requires=b.service", "a start, b start")]
    [TestCase("Wants=b.service", "a start, b start")]
    [TestCase("BindsTo=b.service", "a start, b start")]
    [TestCase("Requisite=b.service", "a start, b verify-active")]
    [TestCase("Upholds=b.service", "a start, b start")]
    [TestCase("PartOf=b.service", "a start")]
    [TestCase("After=b.service", "a start")]
    [TestCase("Conflicts=b.service", "a start")]
    [TestCase("Wants=missing.service", "a start")]
    [TestCase("Requires=missing.service", "refused NoSuchUnit")]
    public void A_start_pulls_what_its_dependencies_say(string deps, string jobs)
    {
        var world = new World(Make.Service("a.service", deps: deps), Make.Service("b.service"));
        string expected = jobs == "refused NoSuchUnit" ? "refused Refused" : jobs;
        Assert.That(Plan(world, RequestVerb.Start, "a.service"), Is.EqualTo(expected));
    }

    [Test]
    public void A_missing_goal_and_a_masked_one_have_their_own_codes()
    {
        var world = new World(Make.Service("m.service") with { LoadState = UnitLoadState.Masked });
        Assert.That(Plan(world, RequestVerb.Start, "x.service"), Is.EqualTo("refused NoSuchUnit"));
        Assert.That(Plan(world, RequestVerb.Stop, "x.service"), Is.EqualTo("refused NoSuchUnit"));
        Assert.That(Plan(world, RequestVerb.Start, "m.service"), Is.EqualTo("refused Refused"));
    }

    [Test]
    public void A_missing_requirement_is_named_through_the_chain_with_file_and_line()
    {
        var world = new World(
            Make.Service("a.service", deps: "Requires=b.service"),
            Make.Service("b.service", deps: "Requires=gone.service"));
        TransactionPlan plan = PlanOf(world, RequestVerb.Start, "a.service");
        Assert.That(plan.Refused[0], Does.Contain("Requires=b.service (/etc/a.service:2)")
            .And.Contain("Requires=gone.service (/etc/b.service:2)")
            .And.Contain("gone.service: no such unit file"));
    }

    [Test]
    public void A_wanted_unit_whose_requirement_is_missing_starts_without_it_and_what_it_wants()
    {
        var world = new World(
            Make.Service("a.service", deps: "Wants=b.service"),
            Make.Service("b.service", deps: "Requires=gone.service Wants=c.service"),
            Make.Service("c.service"));
        TransactionPlan plan = PlanOf(world, RequestVerb.Start, "a.service");
        Assert.That(JobsOf(plan), Is.EqualTo("a start, b start"));
        Assert.That(plan.Dropped, Has.Some.Contains("gone.service: no such unit file"));
    }

    [Test]
    public void A_conflict_between_wanted_units_drops_the_one_that_does_not_declare_it()
    {
        var world = new World(
            Make.Target("t.target", "Wants=a.service Wants=b.service"),
            Make.Service("a.service", deps: "Conflicts=b.service"), Make.Service("b.service"));
        Assert.That(Plan(world, RequestVerb.Start, "t.target"), Is.EqualTo("a start, t start"));
        world = new World(
            Make.Target("t.target", "Wants=a.service Wants=b.service"),
            Make.Service("a.service"), Make.Service("b.service", deps: "Conflicts=a.service"));
        Assert.That(Plan(world, RequestVerb.Start, "t.target"), Is.EqualTo("b start, t start"));
    }

    [Test]
    public void A_conflict_between_required_units_is_refused_with_both_chains()
    {
        var world = new World(
            Make.Target("t.target", "Requires=a.service Requires=b.service"),
            Make.Service("a.service", deps: "Conflicts=b.service"), Make.Service("b.service"));
        TransactionPlan plan = PlanOf(world, RequestVerb.Start, "t.target");
        Assert.That(plan.RefusedCode, Is.EqualTo(ExitCode.Refused));
        Assert.That(plan.Refused[0], Does.Contain("/etc/t.target:3").And.Contain("/etc/a.service:2"));
    }

    [TestCase("Wants=b.service Requisite=b.service")]
    [TestCase("Requires=b.service")]
    [TestCase("Wants=b.service BindsTo=b.service")]
    public void What_a_unit_needs_must_not_conflict_with_it_whether_it_is_up_or_not(string deps)
    {
        var world = new World(
            Make.Service("a.service", deps: deps),
            Make.Service("b.service", deps: "Conflicts=a.service"));
        Assert.That(Plan(world, RequestVerb.Start, "a.service"), Is.EqualTo("refused Refused"));
        world.StartAndRun("b.service");
        Assert.That(PlanOf(world, RequestVerb.Start, "a.service").Refused[0],
            Does.Contain("/etc/a.service:").And.Contain("/etc/b.service:2"));
    }

    [Test]
    public void An_isolate_leaves_up_what_would_take_a_needed_unit_down()
    {
        var world = new World(
            Make.Target("t.target", "Requires=a.service", u => u with { AllowIsolate = true }),
            Make.Service("a.service", deps: "PartOf=b.service"), Make.Service("b.service"),
            Make.Service("c.service"));
        world.StartAndRun("a.service b.service c.service");
        TransactionPlan plan = PlanOf(world, RequestVerb.Isolate, "t.target");
        Assert.That(JobsOf(plan), Is.EqualTo("c stop, t start"));
        Assert.That(plan.Dropped, Has.Some.StartsWith("b.service is not stopped"));
    }

    [Test]
    public void What_is_required_stays_and_what_is_wanted_gives_way()
    {
        var world = new World(
            Make.Target("t.target", "Wants=a.service Requires=b.service"),
            Make.Service("a.service", deps: "Conflicts=b.service"), Make.Service("b.service"));
        Assert.That(Plan(world, RequestVerb.Start, "t.target"), Is.EqualTo("b start, t start"));
    }

    [Test]
    public void A_start_stops_what_conflicts_and_what_needs_that()
    {
        var world = new World(
            Make.Service("a.service", deps: "Conflicts=b.service"), Make.Service("b.service"),
            Make.Service("c.service", deps: "Requires=b.service"));
        world.StartAndRun("b.service c.service");
        Assert.That(Plan(world, RequestVerb.Start, "a.service"),
            Is.EqualTo("a start, b stop, c stop"));
    }

    [TestCase("Requires=b.service", "a stop, b stop")]
    [TestCase("Requisite=b.service", "a stop, b stop")]
    [TestCase("BindsTo=b.service", "a stop, b stop")]
    [TestCase("PartOf=b.service", "a stop, b stop")]
    [TestCase("StopPropagatedFrom=b.service", "a stop, b stop")]
    [TestCase("Wants=b.service", "b stop")]
    [TestCase("Upholds=b.service", "b stop")]
    public void A_stop_takes_along_what_depends_on_it(string deps, string jobs)
    {
        var world = new World(Make.Service("a.service", deps: deps), Make.Service("b.service"));
        world.StartAndRun("b.service");
        world.StartAndRun("a.service");
        Assert.That(Plan(world, RequestVerb.Stop, "b.service"), Is.EqualTo(jobs));
    }

    [Test]
    public void A_restart_restarts_active_dependents_only()
    {
        var world = new World(
            Make.Service("a.service", deps: "Requires=b.service"),
            Make.Service("c.service", deps: "PartOf=b.service"), Make.Service("b.service"));
        world.StartAndRun("a.service");
        Assert.That(Plan(world, RequestVerb.Restart, "b.service"),
            Is.EqualTo("a restart, b restart"));
        Assert.That(Plan(world, RequestVerb.TryRestart, "c.service"), Is.EqualTo(""));
        Assert.That(Plan(world, RequestVerb.Restart, "c.service"), Is.EqualTo("c start"));
    }

    [Test]
    public void What_is_true_already_needs_no_job_and_pulls_nothing()
    {
        var world = new World(
            Make.Service("a.service", deps: "Requires=t.target"),
            Make.Target("t.target", "Wants=b.service"), Make.Service("b.service"));
        world.StartAndRun("t.target");
        world.Stop("b.service");
        world.MainExits("b.service");
        Assert.That(Plan(world, RequestVerb.Start, "a.service"), Is.EqualTo("a start"));
        Assert.That(Plan(world, RequestVerb.Start, "t.target"), Is.EqualTo("b start"));
    }

    [Test]
    public void Isolate_stops_the_rest_but_for_what_says_otherwise()
    {
        var world = new World(
            Make.Target("t.target", "Wants=a.service", u => u with { AllowIsolate = true }),
            Make.Service("a.service"), Make.Service("b.service"),
            Make.Service("keep.service", unit: u => u with { IgnoreOnIsolate = true }));
        world.StartAndRun("b.service keep.service");
        Assert.That(Plan(world, RequestVerb.Isolate, "t.target"),
            Is.EqualTo("a start, b stop, t start"));
        Assert.That(Plan(world, RequestVerb.Isolate, "a.service"), Is.EqualTo("refused Refused"));
    }

    [Test]
    public void Isolate_keeps_what_its_goal_needs_through_units_that_are_up_already()
    {
        var world = new World(
            Make.Target("t.target", "Requires=basic.target", u => u with { AllowIsolate = true }),
            Make.Target("basic.target", "Requires=sysinit.target Wants=s.service"),
            Make.Target("sysinit.target"), Make.Service("s.service"), Make.Service("other.service"));
        world.StartAndRun("t.target other.service");
        Assert.That(Plan(world, RequestVerb.Isolate, "t.target"), Is.EqualTo("other stop"));
    }

    [Test]
    public void RefuseManualStart_holds_for_requests_but_not_for_dependencies()
    {
        var world = new World(
            Make.Service("a.service", deps: "Requires=b.service"),
            Make.Service("b.service", unit: u => u with { RefuseManualStart = true }));
        Assert.That(Plan(world, RequestVerb.Start, "b.service"), Is.EqualTo("refused Refused"));
        Assert.That(Plan(world, RequestVerb.Start, "a.service"), Is.EqualTo("a start, b start"));
    }

    [TestCase("", "", "a start")]
    [TestCase("", "start", "refused Refused")]
    [TestCase("", "stop", "refused Refused")]
    [TestCase("up", "start", "refused Refused")]
    [TestCase("up", "stop", "refused Refused")]
    public void A_restart_is_refused_by_either_RefuseManual(
        string state, string refuses, string expected)
    {
        var world = new World(Make.Service("a.service", unit: u => u with
        {
            RefuseManualStart = refuses == "start",
            RefuseManualStop = refuses == "stop",
        }), Make.Service("b.service", deps: "Requires=a.service"));
        if (state == "up")
            world.StartAndRun("b.service");
        Assert.That(Plan(world, RequestVerb.Restart, "a.service"), Is.EqualTo(expected));
        Assert.That(
            Plan(world, RequestVerb.TryRestart, "a.service"),
            refuses.Length > 0 ? Is.EqualTo(expected) : Is.Empty);
    }

    [Test]
    public void Reload_needs_something_active_that_can_reload()
    {
        var world = new World(Make.Service("a.service"), Make.Service("b.service",
            with: s => s with { ExecReload = Make.Commands("/bin/r") }));
        Assert.That(Plan(world, RequestVerb.Reload, "b.service"), Is.EqualTo("refused NotActive"));
        world.StartAndRun("a.service b.service");
        Assert.That(Plan(world, RequestVerb.Reload, "b.service"), Is.EqualTo("b reload"));
        Assert.That(Plan(world, RequestVerb.Reload, "a.service"), Is.EqualTo("refused Refused"));
        Assert.That(Plan(world, RequestVerb.ReloadOrRestart, "a.service"), Is.EqualTo("a restart"));
        Assert.That(Plan(world, RequestVerb.ReloadOrRestart, "b.service"), Is.EqualTo("b reload"));
    }

    [Test]
    public void A_cycle_is_refused_with_the_line_of_each_edge()
    {
        var world = new World(
            Make.Service("a.service", deps: "Requires=b.service After=b.service"),
            Make.Service("b.service", deps: "Requires=a.service After=a.service"));
        TransactionPlan plan = PlanOf(world, RequestVerb.Start, "a.service");
        Assert.That(plan.RefusedCode, Is.EqualTo(ExitCode.Refused));
        Assert.That(plan.Refused[0], Does.Contain("ordering cycle")
            .And.Contain("a.service after b.service (/etc/a.service:3)")
            .And.Contain("b.service after a.service (/etc/b.service:3)"));
    }

    [Test]
    public void Each_job_has_its_shortest_chain_of_reasons()
    {
        var world = new World(
            Make.Target("t.target", "Wants=a.service Wants=c.service"),
            Make.Service("a.service", deps: "Requires=b.service"),
            Make.Service("b.service", deps: "Requires=c.service"), Make.Service("c.service"));
        TransactionPlan plan = PlanOf(world, RequestVerb.Start, "t.target");
        PlannedJob b = plan.Jobs.Single(j => j.Unit.Value == "b.service");
        Assert.That(b.Reasons.Select(r => $"{r.Unit} {r.Dependency} {r.Source}"), Is.EqualTo(new[]
        {
            "a.service Requires /etc/a.service:2",
            "t.target Wants /etc/t.target:2",
            "t.target goal ",
        }));
        PlannedJob c = plan.Jobs.Single(j => j.Unit.Value == "c.service");
        Assert.That(c.Reasons[0].Unit.Value, Is.EqualTo("t.target"));
    }

    [Test]
    public void A_mount_without_a_file_is_nothing_that_could_be_missing()
    {
        var world = new World(Make.Service("a.service", deps: "RequiresMountsFor=var-lib.mount"));
        Assert.That(Plan(world, RequestVerb.Start, "a.service"), Is.EqualTo("a start"));
    }

    [Test]
    public void Oneshots_and_reloads_are_named_as_not_undoable()
    {
        var world = new World(Make.Service("a.service", ServiceType.Oneshot));
        Assert.That(PlanOf(world, RequestVerb.Start, "a.service").Irreversible[0],
            Does.Contain("a.service"));
    }

    [Test]
    public void A_template_is_not_a_goal()
    {
        var world = new World(Make.Service("a@.service"));
        Assert.That(PlanOf(world, RequestVerb.Start, "a@.service").Refused[0], Does.Contain("a@x.service"));
    }

    internal static TransactionPlan PlanOf(World world, RequestVerb verb, string units) =>
        world.Engine.Plan(new ControlRequest
        {
            Id = new RequestId(1),
            Verb = verb,
            Requester = Requester.Manager,
            Units = [.. units.Split(' ').Select(UnitName.Parse)],
        });

    private static string Plan(World world, RequestVerb verb, string units) =>
        JobsOf(PlanOf(world, verb, units));

    private static string JobsOf(TransactionPlan plan) => plan.Refused.Count > 0
        ? $"refused {plan.RefusedCode}"
        : string.Join(", ", plan.Jobs.Select(j => $"{j.Unit.Prefix} {JobWords.Of(j.Kind)}"));
}
