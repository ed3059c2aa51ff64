using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>PID 1 needs nothing of the system below it: no request loads a library.</summary>
[TestFixture]
public sealed class BareRootTests
{
    [Test]
    public void A_plan_with_its_hash_is_made_where_no_library_is()
    {
        using Layer layer = new Layer()
            .Targets()
            .Unit("any.service", "[Service]\nExecStart=/bin/sleep 1000\n");
        using BootedSystem system = BootedSystem.Initxd(layer);
        system.AwaitConsole("Boot committed");
        CommandResult plan = system.Initx("plan", "--json", "start", "any");
        Assert.That(plan.Status, Is.Zero, system.Evidence);
        Assert.That(plan.Out, Does.Match("\"hash\":\"[0-9a-f]{64}\""));
        string status = system.Initx("status", "--json").Out;
        Assert.That(status, Does.Contain("\"crashes\":0"), system.Evidence);
    }
}
