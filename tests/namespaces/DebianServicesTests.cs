using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
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
    private static readonly string[] Units =
    [
        "cron.service", "ssh.service", "nginx.service", "dbus.service", "rsyslog.service",
        "postgresql@15-main.service", "redis-server.service",
    ];

    private static readonly string[] Daemons =
    [
        .. Units, "example-exec.service", "example-forking.service", "example-idle.service",
        "example-limits.service", "example-notify.service", "example-notify-helper.service",
        "example-restart.service", "example-simple.service", "example-steps.service",
        "example-user.service", "example-worker@one.service", "example-worker@two.service",
    ];

    private static readonly string[] Up =
    [
        .. Daemons, "example-client.service", "example-oneshot.service", "example-echo.socket",
        "example-datagram.socket", "example.target", "multi-user.target",
    ];

    // The words of the unit types for "active" and for what a cause can be.
    private static readonly string[] Active = ["running", "exited", "listening", "active"];

    private static readonly string[] Causes =
    [
        "request", "job", "dependency", "exit", "signal", "notify", "timer", "socket", "path",
        "watchdog", "limiter", "oom", "recovery", "boot", "shutdown",
    ];

    private Layer layer = null!;
    private BootedSystem system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        layer = new Layer()
            .MaskReplacedUnits()
            .Examples()
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
                Does.Match($@"^0::/system\.slice/(system-[a-z]+\.slice/)?{Regex.Escape(unit)}$"));
        }
    }

    [TestCaseSource(nameof(Daemons))]
    public void The_managers_status_has_it_active_with_its_process(string unit) =>
        Eventually.True(
            () =>
            {
                JsonElement manager = Json(system.Initx("status", "--json"));
                JsonElement service = manager.GetProperty("services").EnumerateArray()
                    .SingleOrDefault(entry => entry.GetProperty("unit").GetString() == unit);
                return manager.GetProperty("state").GetString() == "running"
                    && service.ValueKind == JsonValueKind.Object
                    && service.GetProperty("state").GetString() == "active"
                    && service.GetProperty("mainPid").GetInt32() is > 1 and int pid
                    && Directory.Exists(system.PathOf($"/proc/{pid}"));
            },
            $"initx status --json: running, with {unit} active", system.Evidence);

    [TestCaseSource(nameof(Up))]
    public void Every_state_from_inactive_to_active_is_on_record_with_its_cause(string unit)
    {
        List<JsonElement> all = Rows("history", "--json");
        Dictionary<long, DateTimeOffset> times = all.ToDictionary(Seq, Time);
        List<JsonElement> own =
        [
            .. all.Where(row => row.GetProperty("unit").GetString() == unit
                && row.GetProperty("kind").GetString() == "transition"),
        ];
        Assert.That(own, Is.Not.Empty);
        Assert.That(Text(own[0], "from"), Is.EqualTo("dead"), "it begins inactive");
        Assert.That(own.Select(row => Text(row, "to")).Intersect(Active), Is.Not.Empty,
            "and becomes active");
        for (int i = 0; i < own.Count; i++)
        {
            string row = own[i].ToString();
            JsonElement cause = own[i].GetProperty("cause");
            Assert.That(Causes, Has.Member(Text(cause, "kind")), row);
            long because = cause.GetProperty("seq").GetInt64();
            Assert.That(because, Is.LessThan(Seq(own[i])), row);
            Assert.That(times, Does.ContainKey(because), $"the cause is a row: {row}");
            Assert.That(times[because], Is.LessThanOrEqualTo(Time(own[i])), row);
            if (i == 0)
                continue;
            string? before = Text(own[i - 1], "to");
            Assert.That(Text(own[i], "from"), Is.EqualTo(before), $"none is missing: {row}");
            Assert.That(Seq(own[i]), Is.GreaterThan(Seq(own[i - 1])), row);
            Assert.That(Time(own[i]), Is.GreaterThanOrEqualTo(Time(own[i - 1])), row);
        }

        List<JsonElement> asked = Rows("history", unit, "--json");
        Assert.That(
            asked.Where(row => Text(row, "kind") == "transition").Select(Seq).Take(own.Count),
            Is.EqualTo(own.Select(Seq)), "asked for by name it is the same");
    }

    [Test]
    public void Rows_and_status_name_the_boot_alike() =>
        Assert.That(
            Rows("history", "--json").Select(row => Text(row, "boot")).Distinct(),
            Is.EqualTo(new[] { Text(Json(system.Initx("status", "--json")), "boot") }));

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
    public void The_message_bus_answers() =>
        Assert.That(
            system.Shell("dbus-send --system --print-reply --dest=org.freedesktop.DBus / "
                + "org.freedesktop.DBus.GetId").Out,
            Does.Match("string \"[0-9a-f]{32}\""));

    [Test]
    public void Rsyslog_writes_what_a_program_logs()
    {
        Assert.That(system.Shell("logger -t visitor 'a line for the log'").Status, Is.Zero);
        Eventually.True(
            () => system.Shell("grep -c 'visitor: a line for the log' /var/log/syslog").Status == 0,
            "the line is in the log", system.Evidence);
    }

    /// <summary>A template instance that the package's generator names.</summary>
    [Test]
    public void Postgresql_answers_a_query()
    {
        Assert.That(
            system.Initx("is-active", "postgresql@15-main.service").Out.Trim(),
            Is.EqualTo("active"), system.Evidence);
        Assert.That(
            system.Shell("runuser -u postgres -- psql -Atc 'select 6 * 7'").Out.Trim(),
            Is.EqualTo("42"));
    }

    /// <summary>Of all that the root carries, the unit that asks for the most sandbox.</summary>
    [Test]
    public void Redis_answers_from_its_sandbox()
    {
        Assert.That(system.Shell("redis-cli set visitor seven && redis-cli get visitor").Out.Trim(),
            Is.EqualTo("OK\nseven"));
        string pid = system.Initx(
            "show", "-p", "MainPID", "--value", "redis-server.service").Out.Trim();
        string status = system.Shell($"cat /proc/{pid}/status").Out;
        Assert.That(status, Does.Match(@"CapBnd:\s+0{16}\n"), "no capability at all");
        Assert.That(status, Does.Match(@"NoNewPrivs:\s+1\n"));
        Assert.That(status, Does.Match(@"Seccomp:\s+2\n"), "system calls are filtered");
        Assert.That(
            system.Shell($"grep -E ' / / ro' /proc/{pid}/mountinfo").Status, Is.Zero,
            "the whole file system is read-only to it");
    }

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

    private List<JsonElement> Rows(params string[] request)
    {
        CommandResult answer = system.Initx(request);
        Assert.That(answer.Status, Is.Zero, answer.ToString);
        return
        [
            .. answer.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement),
        ];
    }

    private static long Seq(JsonElement row) => row.GetProperty("seq").GetInt64();

    private static DateTimeOffset Time(JsonElement row) =>
        DateTimeOffset.Parse(Text(row, "time")!, CultureInfo.InvariantCulture);

    private static string? Text(JsonElement row, string key) => row.GetProperty(key).GetString();

    private static JsonElement Json(CommandResult answer)
    {
        Assert.That(answer.Out, Does.StartWith("{"), answer.ToString);
        return JsonDocument.Parse(answer.Out).RootElement;
    }
}
