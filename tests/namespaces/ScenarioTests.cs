using System.Globalization;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// The ten scenarios that a newcomer can run (`./run -- scenarios`), on Debian's own nginx, cron
/// and ssh. The script reads what came of each from the system; here its verdict counts.
/// </summary>
[TestFixture]
public sealed class ScenarioTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    private Layer layer = null!;
    private BootedSystem system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        layer = new Layer().MaskReplacedUnits();
        layer.WriteFile(
            "/usr/local/bin/scenarios",
            File.ReadAllText(Repository.Script("demo/scenarios")),
            executable: true);
        system = BootedSystem.Calm(layer, keep: null, "--crash-tests");
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        system?.Dispose();
        layer?.Dispose();
    }

    [TestCase(1, "five units, the fourth fails")]
    [TestCase(2, "a conflict stops nginx and brings it back")]
    [TestCase(3, "PID 1 dies at every commit")]
    [TestCase(4, "two operators at once")]
    [TestCase(5, "undo")]
    [TestCase(6, "apply twice")]
    [TestCase(7, "cancel")]
    [TestCase(8, "timeout")]
    [TestCase(9, "a stale plan")]
    [TestCase(10, "settle")]
    public void A_scenario_ends_as_promised(int number, string what)
    {
        CommandResult result = system.Run(
            Deadline, "/usr/local/bin/scenarios", number.ToString(CultureInfo.InvariantCulture));
        Assert.That(result.Status, Is.Zero, () => $"{what}\n{result}\n{system.Evidence()}");
        Assert.That(result.Out, Does.Contain("PASS").And.Not.Contain("✗"));
        TestContext.Out.WriteLine(result.Out);
    }
}
