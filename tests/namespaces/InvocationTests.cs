using System.Text.Json;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>One activation and what names it, and plans, from the real binary.</summary>
[TestFixture]
public sealed class InvocationTests
{
    private const string Says = "/bin/sh -c 'echo $INVOCATION_ID $0 >>/run/said'";

    private Layer layer = null!;
    private BootedSystem system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        layer = new Layer().Unit(
            "told.service",
            $"""
            [Unit]
            DefaultDependencies=no
            [Service]
            Type=oneshot
            RemainAfterExit=yes
            ExecStart={Says} start
            ExecReload={Says} reload
            ExecStop={Says} stop
            """);
        layer.Unit(
            "planned.service",
            "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sleep infinity\n");
        system = BootedSystem.Calm(layer);
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        system?.Dispose();
        layer?.Dispose();
    }

    [Test]
    public void An_activation_keeps_its_id_over_a_re_exec_and_a_crash_and_the_next_has_another()
    {
        Done("start", "told");
        Done("reexec");
        Done("reload", "told");
        system.Shell("kill -SEGV 1");
        Eventually.True(
            () => system.Initx("status", "--json").Out.Contains(
                "\"crashes\":1", StringComparison.Ordinal),
            "the crash is over",
            system.Evidence);
        Done("stop", "told");
        Done("start", "told");
        string[][] said = [.. system.Shell("cat /run/said").Out
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))];
        Assert.That(
            said.Select(line => line[1]), Is.EqualTo(new[] { "start", "reload", "stop", "start" }));
        Assert.That(said[0][0], Has.Length.EqualTo(32));
        Assert.That(said[1][0], Is.EqualTo(said[0][0]), "after the re-exec");
        Assert.That(said[2][0], Is.EqualTo(said[0][0]), "after the crash");
        Assert.That(said[3][0], Is.Not.EqualTo(said[0][0]), "the next activation");
    }

    [Test]
    public void A_plan_of_the_manager_has_a_hash_that_a_start_may_name()
    {
        CommandResult plan = system.Initx("plan", "--json", "start", "planned");
        Assert.That(plan.Status, Is.Zero, plan.ToString);
        string hash = JsonDocument.Parse(plan.Out).RootElement.GetProperty("hash").GetString()!;
        Assert.That(hash, Has.Length.EqualTo(64));
        CommandResult stale = system.Initx(
            "start", "--plan-hash=" + new string('0', 64), "planned");
        Assert.That(stale.Status, Is.EqualTo(7), stale.ToString);
        Done("start", "--plan-hash=" + hash, "planned");
    }

    private void Done(params string[] verb)
    {
        CommandResult result = system.Initx(verb);
        Assert.That(result.Status, Is.Zero, () => result + system.Evidence());
    }
}
