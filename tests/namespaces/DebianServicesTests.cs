using System.Globalization;
using System.Text.Json;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// The promise of the first page: what Debian enabled runs under InitTx from the unit files that
/// Debian ships. One boot serves all tests of this fixture; each looks, none changes what another
/// one looks at.
/// </summary>
[TestFixture]
public sealed class DebianServicesTests
{
    private static readonly string[] Units = ["cron.service", "ssh.service", "nginx.service"];

    private Layer layer = null!;
    private BootedSystem system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        layer = new Layer()
            .MaskReplacedUnits()
            .WriteFile("/etc/cron.d/test", "@reboot root date >/run/cron-was-here\n");
        system = BootedSystem.Boot(
            SystemRoot.Debian, [layer, Layer.Product], ["/usr/lib/initx/initxd"]);
        Eventually.True(
            () => State() is "running" or "degraded", "the boot transaction ends", system.Evidence);
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        system?.Dispose();
        layer?.Dispose();
    }

    [Test]
    public void The_system_is_running_without_a_failed_unit() =>
        Assert.That(State(), Is.EqualTo("running"),
            () => $"{system.Initx("list", "--failed")}\n{system.Evidence()}");

    [TestCaseSource(nameof(Units))]
    public void A_service_is_active_with_a_process_of_its_own(string unit)
    {
        JsonElement status = Json(system.Initx("status", unit, "--json"));
        Assert.That(status.GetProperty("state").GetString(), Is.EqualTo("active"), status.ToString);
        int pid = status.GetProperty("mainPid").GetInt32();
        Assert.That(Directory.Exists(system.PathOf($"/proc/{pid}")), Is.True);
        if (system.Cgroup != "-")
        {
            Assert.That(
                system.Shell($"tail -n 1 /proc/{pid}/cgroup").Out.Trim(),
                Is.EqualTo($"0::/system.slice/{unit}"));
        }
    }

    [TestCaseSource(nameof(Units))]
    public void Its_way_from_inactive_to_active_is_on_record(string unit)
    {
        string[] lines = system.Initx("history", unit, "--json").Out
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        List<JsonElement> transitions = [];
        foreach (string line in lines)
        {
            JsonElement row = JsonDocument.Parse(line).RootElement;
            if (row.GetProperty("kind").GetString() == "transition")
                transitions.Add(row);
        }
        Assert.That(transitions, Is.Not.Empty);
        // The finer states of the unit type: dead is inactive, running is active.
        Assert.That(transitions[0].GetProperty("from").GetString(), Is.EqualTo("dead"));
        Assert.That(transitions[^1].GetProperty("to").GetString(), Is.EqualTo("running"));
        DateTimeOffset last = DateTimeOffset.MinValue;
        for (int i = 0; i < transitions.Count; i++)
        {
            if (i > 0)
            {
                Assert.That(
                    transitions[i].GetProperty("from").GetString(),
                    Is.EqualTo(transitions[i - 1].GetProperty("to").GetString()),
                    "no state is missing");
            }
            DateTimeOffset time = DateTimeOffset.Parse(
                transitions[i].GetProperty("time").GetString()!, CultureInfo.InvariantCulture);
            Assert.That(time, Is.GreaterThanOrEqualTo(last), "in order");
            last = time;
            Assert.That(
                transitions[i].GetProperty("cause").GetProperty("kind").GetString(), Is.Not.Empty);
        }
    }

    [Test]
    public void Nginx_serves_a_page() =>
        Assert.That(system.Shell("curl -sI http://localhost/").Out, Does.StartWith("HTTP/1.1 200"));

    [Test]
    public void Sshd_greets() =>
        Assert.That(
            system.Run("/bin/bash", "-c",
                "exec 3<>/dev/tcp/127.0.0.1/22; read -r -t 10 line <&3; echo \"$line\"").Out,
            Does.StartWith("SSH-2.0-"));

    [Test]
    public void Cron_runs_its_line() =>
        Eventually.True(
            () => system.Run("test", "-s", "/run/cron-was-here").Status == 0, "cron's line ran");

    private string? State()
    {
        CommandResult answer = system.Initx("status", "--json");
        return answer.Status is 0 or 1 or 3 && answer.Out.StartsWith('{')
            ? JsonDocument.Parse(answer.Out).RootElement.GetProperty("state").GetString()
            : null;
    }

    private static JsonElement Json(CommandResult answer)
    {
        Assert.That(answer.Out, Does.StartWith("{"), answer.ToString);
        return JsonDocument.Parse(answer.Out).RootElement;
    }
}
