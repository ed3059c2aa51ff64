using System.Text.Json;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// PID 1 is one static program. A library that it loaded all the same would come from a disk that
/// can die, and bring a second C library whose thread-local data lies over the runtime's.
/// </summary>
[TestFixture]
public sealed class OwnImageTests
{
    [Test]
    public void Whatever_is_asked_of_it_PID_1_maps_no_library()
    {
        using Layer layer = new Layer()
            .Targets()
            .Unit("first.service", "[Service]\nExecStart=/bin/sleep infinity\n",
                "multi-user.target")
            .Unit("wants.service",
                "[Unit]\nRequires=breaks.service\nAfter=breaks.service\n"
                + "[Service]\nExecStart=/bin/sleep infinity\n")
            .Unit("breaks.service", "[Service]\nType=oneshot\nExecStart=/bin/false\n");

        // On Debian's root: there are libraries to be found.
        using BootedSystem system = BootedSystem.Boot(
            SystemRoot.Debian, [layer, Layer.Product],
            ["/usr/lib/initx/initxd", "--unit-path=/etc/initx/system:/usr/lib/initx/system"]);
        Eventually.True(
            () => system.Initx("is-active", "-q", "multi-user.target").Status == 0,
            "the boot ends", system.Evidence);
        string[][] requests =
        [
            ["plan", "start", "wants.service"], ["start", "wants.service"], ["status", "--json"],
            ["why", "wants.service"], ["restart", "first.service"], ["daemon-reload"],
            ["history", "--json"], ["tx", "--json"], ["lint", "first.service"], ["reexec"],
            ["plan", "stop", "first.service"],
        ];
        foreach (string[] request in requests)
        {
            system.Initx(request);
            Assert.That(
                MappedFiles(system), Has.None.Contains(".so"),
                $"after initx {string.Join(' ', request)}");
        }

        Assert.That(Crashes(system), Is.Zero, system.Evidence);
    }

    [Test]
    public void A_hundred_plans_and_failed_starts_crash_nothing()
    {
        using Layer layer = new Layer()
            .Targets()
            .Unit("wants.service",
                "[Unit]\nRequires=breaks.service\nAfter=breaks.service\n"
                + "[Service]\nExecStart=/bin/sleep infinity\n")
            .Unit("breaks.service", "[Service]\nType=oneshot\nExecStart=/bin/false\n");
        using BootedSystem system = BootedSystem.Boot(
            SystemRoot.Debian, [layer, Layer.Product],
            ["/usr/lib/initx/initxd", "--unit-path=/etc/initx/system:/usr/lib/initx/system"]);
        Eventually.True(
            () => system.Initx("is-active", "-q", "multi-user.target").Status == 0,
            "the boot ends", system.Evidence);
        for (int i = 0; i < 50; i++)
        {
            CommandResult planned = system.Initx("plan", "start", "wants.service");
            Assert.That(planned.Status, Is.Zero, () => $"{planned}\n{system.Evidence()}");
            CommandResult started = system.Initx("start", "wants.service");
            Assert.That(started.Status, Is.EqualTo(1), () => $"{started}\n{system.Evidence()}");
            system.Initx("reset-failed");
        }

        Assert.That(Crashes(system), Is.Zero, system.Evidence);
    }

    [Test]
    public void From_its_first_start_on_PID_1_runs_from_memory_and_maps_no_file()
    {
        using Layer layer = new Layer().Targets();
        using BootedSystem system = BootedSystem.Initxd(layer);
        Eventually.True(
            () => system.Initx("is-active", "-q", "multi-user.target").Status == 0,
            "the boot ends", system.Evidence);
        Assert.That(
            () => MappedFiles(system).Where(f => f.Contains("/usr/", StringComparison.Ordinal)),
            Is.Empty.After(5000, 50));
        Assert.That(system.Initx("reexec").Status, Is.Zero, system.Evidence);
        Assert.That(Crashes(system), Is.Zero, system.Evidence);
    }

    private static int Crashes(BootedSystem system) =>
        JsonDocument.Parse(system.Initx("status", "--json").Out)
            .RootElement.GetProperty("crashes").GetInt32();

    private static string[] MappedFiles(BootedSystem system) =>
    [
        .. File.ReadLines($"/proc/{system.HostPid}/maps")
            .Select(line => line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length == 6)
            .Select(fields => fields[5])
            .Distinct(),
    ];
}
