using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>An archive program that does harm: the manager does without it.</summary>
[TestFixture]
public sealed class HostileArchiveTests
{
    [TestCase("while :; do head -c 100 /dev/urandom >&3; done", "not understood")]
    [TestCase("exec true", "ended")]
    [TestCase("exec sleep infinity", "")]
    [TestCase("while :; do printf '\\001P\\001\\000\\000\\000\\000\\000\\000\\000\\000"
        + "\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000' >&3; done", "")]
    public void Nothing_waits_for_it(string script, string says)
    {
        using Layer layer = new();
        layer.WriteFile("/usr/lib/initx/initx-archive", "#!/bin/sh\n" + script, executable: true);
        layer.Unit(
            "a.service",
            "[Unit]\nDefaultDependencies=no\n"
                + "[Service]\nType=exec\nExecStart=/bin/sleep infinity\n");
        using BootedSystem system = BootedSystem.Calm(layer);
        Eventually.True(
            () => system.Initx("status").Out.Contains("away: ", StringComparison.Ordinal)
                && (says.Length == 0
                    || system.Console.Contains(says, StringComparison.Ordinal)),
            "the manager tells", system.Evidence);
        for (int i = 0; i < 5; i++)
            Assert.That(system.Initx("restart", "a").Status, Is.Zero, system.Evidence);
        Assert.That(system.Initx("history", "a").Out, Does.Contain("a.service"));
    }
}
