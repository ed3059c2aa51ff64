using System.Text.Json;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>Verbs of a service's own, and its consent, with the real binaries.</summary>
[TestFixture]
public sealed class VerbTests
{
    private Layer layer = null!;
    private BootedSystem system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        layer = new Layer().Unit(
            "own.service",
            """
            [Unit]
            DefaultDependencies=no
            [Service]
            ExecStart=/bin/sleep infinity
            User=daemon
            [X-InitTx]
            Verb=tell /bin/sh -c 'echo $INITX_VERB $INITX_UNIT $(id -un) $MAINPID >/tmp/told'
            Verb=wait /bin/sh -c 'until [ -e /run/go ]; do sleep 0.1; done'
            Verb=wait +/bin/touch /run/gone
            Verb=fail /bin/false
            ExecCheck=/bin/sh -c 'echo $INITX_JOB >>/tmp/asked; [ ! -e /run/locked ]'
            """);
        system = BootedSystem.Calm(layer);
        Done("start", "own");
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        system?.Dispose();
        layer?.Dispose();
    }

    [Test]
    public void A_verb_runs_as_the_service_does_and_is_a_transaction_on_record()
    {
        Done("do", "own", "tell");
        string[] told = system.Shell("cat /tmp/told").Out.Trim().Split(' ');
        using JsonDocument status =
            JsonDocument.Parse(system.Initx("status", "own", "--json").Out);
        Assert.That(told, Is.EqualTo(new[]
        {
            "tell", "own.service", "daemon",
            status.RootElement.GetProperty("mainPid").GetInt32().ToString(),
        }));
        string rows = system.Initx("history", "own", "--json").Out;
        Assert.That(rows, Does.Contain(
            "\"kind\":\"job\",\"unit\":\"own.service\",\"from\":\"verb\""));
        Assert.That(system.Initx("tx", "--json").Out, Does.Contain("\"verb\":\"do\""));
    }

    [Test]
    public void Verbs_are_listed_planned_and_refused_by_name()
    {
        Assert.That(
            system.Initx("do", "own").Out.Split('\n'), Has.Some.EqualTo("fail  /bin/false"));
        Assert.That(system.Initx("do", "own", "--json").Out, Does.Contain(
            "{\"unit\":\"own.service\",\"verb\":\"fail\",\"command\":\"/bin/false\"}"));
        var plan = system.Initx("do", "own", "tell", "--dry-run");
        Assert.That(plan.Status, Is.Zero, system.Evidence);
        Assert.That(plan.Out, Does.Contain("what tell does is not undone"));
        var unknown = system.Initx("do", "own", "nothing");
        Assert.That(unknown.Status, Is.EqualTo(7), unknown.ToString);
        Assert.That(unknown.Error, Does.Contain("it has: tell, wait, fail"));
        Assert.That(system.Initx("do", "own", "Nothing").Status, Is.EqualTo(2));
        Assert.That(system.Initx("do", "nosuch", "tell").Status, Is.EqualTo(4));
        var failed = system.Initx("do", "own", "fail");
        Assert.That(failed.Status, Is.EqualTo(1), failed.ToString);
        Assert.That(failed.Error, Does.Contain("fail: exit-code"));
        Assert.That(system.Initx("is-active", "own").Out.Trim(), Is.EqualTo("active"));
    }

    [Test]
    public void A_verb_goes_on_over_a_re_exec_and_a_crash()
    {
        Done("do", "own", "wait", "--no-block");
        Assert.That(system.Initx("restart", "own").Status, Is.EqualTo(7), system.Evidence);
        Done("reexec");
        system.Shell("kill -SEGV 1");
        Eventually.True(
            () => system.Initx("status", "--json").Out.Contains(
                "\"crashes\":1", StringComparison.Ordinal),
            "the crash is over",
            system.Evidence);
        Assert.That(system.Initx("is-active", "own").Out.Trim(), Is.EqualTo("reloading"));
        system.Shell("touch /run/go");
        Eventually.True(
            () => system.Initx("is-active", "own").Out.Trim() == "active",
            "the verb is over", system.Evidence);
        Assert.That(system.Shell("test -e /run/gone").Status, Is.Zero, system.Evidence);
    }

    [Test]
    public void A_service_that_refuses_is_neither_stopped_nor_restarted()
    {
        system.Shell("touch /run/locked");
        string pid = MainPid();
        foreach (string verb in (string[])["stop", "restart"])
        {
            var refused = system.Initx(verb, "own");
            Assert.That(refused.Status, Is.EqualTo(1), refused.ToString);
            Assert.That(refused.Error, Does.Contain("ExecCheck= refused it (exit-code)"));
        }

        Assert.That(MainPid(), Is.EqualTo(pid));
        Assert.That(system.Shell("cat /tmp/asked").Out, Is.EqualTo("stop\nrestart\n"));
        Done("restart", "own", "--no-check");
        Assert.That(MainPid(), Is.Not.EqualTo(pid));
        system.Shell("rm /run/locked");
        Done("stop", "own");
        Done("start", "own");
    }

    private string MainPid() => system.Initx("show", "own", "-p", "MainPID", "--value").Out.Trim();

    private void Done(params string[] words)
    {
        var result = system.Initx(words);
        Assert.That(result.Status, Is.Zero, () => result + system.Evidence());
    }
}
