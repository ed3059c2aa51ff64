using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// One boot with every kind of broken unit file: each is named with file and line, and the rest boots.
/// </summary>
[TestFixture]
public sealed class BadUnitTests
{
    private const string Wanted = "multi-user.target";

    private Layer layer = null!;
    private BootedSystem system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        layer = new Layer()
            .Targets()
            .Unit("good.service", "[Service]\nExecStart=/bin/sleep infinity\n", Wanted)
            .Unit("colour.service", "[Service]\nColour=blue\nExecStart=/bin/sleep infinity\n", Wanted)
            .Unit("gone.service", "[Service]\nType=exec\nExecStart=/no/such/program\n", Wanted)
            .Unit("value.service", "[Service]\nType=pink\nExecStart=/bin/sleep infinity\n", Wanted)
            .Unit("empty.service", "[Service]\nRestart=no\n", Wanted)
            .Unit("nul.service", "[Service]\nExecStart=/bin/sl\0eep infinity\n", Wanted)
            .Unit("long.service",
                $"[Service]\nExecStart=/bin/sleep infinity\n# {new string('x', 1 << 20)}\n", Wanted)
            .Unit("closed.service",
                "[Service]\nExecStart=/bin/sleep infinity\nRestrictFileSystems=ext4\n", Wanted)
            .Unit("open.service",
                "[Service]\nExecStart=/bin/sleep infinity\nRestrictFileSystems=ext4\n"
                + "[X-InitTx]\nUnhonouredSecurity=warn\n", Wanted)
            .Unit("cycle-a.service",
                "[Unit]\nAfter=cycle-b.service\n[Service]\nExecStart=/bin/sleep infinity\n", Wanted)
            .Unit("cycle-b.service",
                "[Unit]\nAfter=cycle-a.service\n[Service]\nExecStart=/bin/sleep infinity\n", Wanted)
            .Unit("ring-a.service",
                "[Unit]\nRequires=ring-b.service\nAfter=ring-b.service\n"
                + "[Service]\nExecStart=/bin/sleep infinity\n")
            .Unit("ring-b.service",
                "[Unit]\nRequires=ring-a.service\nAfter=ring-a.service\n"
                + "[Service]\nExecStart=/bin/sleep infinity\n")
            .WriteFile("/etc/initx/system/folder.service/inside", "not a unit")
            .Link("/etc/initx/system/dangling.service", "/nowhere/at/all.service")
            .Link($"/etc/initx/system/{Wanted}.wants/dangling.service", "../dangling.service");
        system = BootedSystem.Initxd(layer);
        Eventually.True(
            () => system.Initx("is-system-running").Out.Trim() is "running" or "degraded",
            "the boot transaction ends", system.Evidence);
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        system?.Dispose();
        layer?.Dispose();
    }

    [TestCase("good.service")]
    [TestCase("colour.service", TestName = "A unit with an unknown directive runs")]
    [TestCase("value.service", TestName = "A value that means nothing leaves the default")]
    [TestCase("open.service", TestName = "A unit may say itself that it runs without its sandbox")]
    [TestCase("cycle-a.service", TestName = "A cycle of orders at boot loses one edge, not a unit (a)")]
    [TestCase("cycle-b.service", TestName = "A cycle of orders at boot loses one edge, not a unit (b)")]
    public void Runs_all_the_same(string unit) =>
        Assert.That(
            system.Initx("is-active", unit).Out.Trim(), Is.EqualTo("active"),
            () => $"{system.Initx("why", unit)}\n{system.Evidence()}");

    [TestCase("gone.service")]
    [TestCase("empty.service")]
    [TestCase("nul.service")]
    [TestCase("dangling.service")]
    [TestCase("closed.service")]
    [TestCase("folder.service")]
    public void Does_not_run(string unit) =>
        Assert.That(system.Initx("is-active", unit).Status, Is.Not.Zero);

    [TestCase("colour.service", "/etc/initx/system/colour.service:2", "Colour")]
    [TestCase("value.service", "/etc/initx/system/value.service:2", "pink")]
    [TestCase("empty.service", "/etc/initx/system/empty.service", "ExecStart")]
    [TestCase("nul.service", "/etc/initx/system/nul.service:2", "NUL")]
    [TestCase("long.service", "/etc/initx/system/long.service:3", "long")]
    public void The_file_and_line_are_named(string unit, string place, string what)
    {
        CommandResult answer = system.Initx("lint", unit);
        Assert.That(
            answer.Out + answer.Error, Does.Contain(place).And.Contain(what), answer.ToString);
    }

    [Test]
    public void A_sandbox_that_would_not_be_applied_is_named_with_the_way_to_allow_it()
    {
        CommandResult answer = system.Initx("start", "closed.service");
        Assert.That(answer.Status, Is.Not.Zero, answer.ToString);
        Assert.That(answer.Error,
            Does.Contain("/etc/initx/system/closed.service:3: RestrictFileSystems=")
                .And.Contain("UnhonouredSecurity=warn, in [X-InitTx] of the unit"),
            answer.ToString);
    }

    [Test]
    public void A_missing_program_is_named_by_why()
    {
        CommandResult answer = system.Initx("why", "gone.service");
        Assert.That(answer.Out, Does.Contain("/no/such/program"), answer.ToString);
    }

    [Test]
    public void A_cycle_that_an_operator_asks_for_is_refused_with_its_edges()
    {
        CommandResult answer = system.Initx("start", "ring-a.service");
        Assert.That(answer.Status, Is.EqualTo(7), answer.ToString);
        Assert.That(
            answer.Out + answer.Error,
            Does.Contain("/etc/initx/system/ring-a.service:3")
                .And.Contain("/etc/initx/system/ring-b.service:3"));
    }

    [Test]
    public void The_dropped_edge_is_on_record() =>
        Assert.That(
            system.Initx("history").Out, Does.Contain("cycle-a.service").And.Contain("cycle"),
            system.Evidence);
}
