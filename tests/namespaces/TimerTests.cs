using System.Globalization;
using System.Text.Json;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>Timers: when they elapse, asked of systemd as well, and that they do.</summary>
[TestFixture]
public sealed class TimerTests
{
    private const string Oneshot =
        "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo x >>/run/ran-%n'\n";

    private static readonly string[] Written =
    [
        "fixed", "berlin", "tokyo", "monthly", "quarter", "utc",
    ];

    // Of what Debian ships the one whose delay is not drawn anew each time.
    private static readonly string[] Shipped = ["dpkg-db-backup"];

    [Test]
    public void Timers_elapse_next_when_systemd_says()
    {
        using Layer layer = Calendars();
        Dictionary<string, DateTimeOffset> judged = AskSystemd(layer);
        using BootedSystem system = BootedSystem.Calm(layer);
        foreach (string name in (string[])[.. Written, .. Shipped])
        {
            string timer = name + ".timer";
            Assert.That(system.Initx("start", timer).Status, Is.Zero, system.Evidence);
            Assert.That(Next(system, timer), Is.EqualTo(judged[timer]), timer);
        }

        string table = system.Initx("list-timers").Out;
        Assert.That(table, Does.Contain("NEXT").And.Contain("ACTIVATES"));
        Assert.That(table, Does.Match(@"left +- +- +berlin\.timer +berlin\.service"), table);
        Assert.That(table, Does.Contain($"{Written.Length + Shipped.Length} timers"));
        CommandResult status = system.Initx("status", "berlin.timer");
        Assert.That(status.Out, Does.Contain("active (waiting)"), status.ToString);
    }

    [Test]
    public void A_timer_that_is_due_starts_its_unit_once_and_the_journal_says_why()
    {
        using Layer layer = new Layer()
            .Unit("soon.timer", "[Timer]\nOnActiveSec=1s\nAccuracySec=1ms\n")
            .Unit("soon.service", Oneshot);
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(system.Initx("start", "soon.timer").Status, Is.Zero, system.Evidence);
        AwaitState(system, "soon.timer", "elapsed");
        Assert.That(system.Shell("cat /run/ran-soon.service").Out, Is.EqualTo("x\n"));
        string rows = system.Initx("history", "soon.timer", "--json").Out;
        JsonElement row = rows.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonDocument.Parse(l).RootElement)
            .First(r => r.GetProperty("kind").GetString() == "transition"
                && r.GetProperty("to").GetString() == "running");
        Assert.That(
            row.GetProperty("cause").GetProperty("kind").GetString(), Is.EqualTo("timer"), rows);
    }

    /// <summary>Debian's own timers with nothing changed but how long they wait.</summary>
    [TestCase("apt-daily", true)]
    [TestCase("dpkg-db-backup", false)]
    [TestCase("fstrim", true)]
    public void A_shipped_timer_runs_its_unit_and_keeps_its_stamp_file(
        string name, bool isPersistent)
    {
        using Layer layer = new Layer()
            .WriteFile(
                $"/etc/initx/system/{name}.timer.d/soon.conf",
                "[Timer]\nOnActiveSec=1s\nAccuracySec=1ms\nRandomizedDelaySec=0\n")
            .WriteFile(
                $"/etc/initx/system/{name}.service.d/harmless.conf",
                "[Service]\nExecStartPre=\nExecCondition=\nExecStart=\n"
                    + "ExecStart=/bin/sh -c 'echo x >>/run/ran'\n"
                    + "[X-InitTx]\nUnhonouredSecurity=warn\n[Unit]\nConditionVirtualization=\n")
            .WriteFile(
                $"/etc/initx/system/{name}.timer.d/container.conf",
                "[Unit]\nConditionVirtualization=\n");
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(system.Initx("start", name + ".timer").Status, Is.Zero, system.Evidence);
        Eventually.True(
            () => system.Shell("cat /run/ran").Out == "x\n", "the unit runs", system.Evidence);
        AwaitState(system, name + ".timer", "waiting");
        string stamp = $"/var/lib/systemd/timers/stamp-{name}.timer";
        if (!isPersistent)
        {
            Assert.That(system.Shell($"test -e {stamp}").Status, Is.Not.Zero);
            return;
        }

        Eventually.True(
            () => system.Shell($"test -e {stamp}").Status == 0,
            "there is a stamp", system.Evidence);
        JsonElement timer = TimerOf(system, name + ".timer");
        var last = DateTimeOffset.Parse(
            timer.GetProperty("last").GetString()!, CultureInfo.InvariantCulture);
        string seconds = last.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        Eventually.True(
            () => system.Shell($"stat -c %Y {stamp}").Out.Trim() == seconds,
            "the stamp is when it elapsed", system.Evidence);
    }

    [Test]
    public void A_missed_persistent_timer_elapses_at_once()
    {
        using Layer layer = new Layer()
            .Unit("missed.timer", "[Timer]\nOnCalendar=daily\nPersistent=yes\nAccuracySec=1ms\n")
            .Unit("missed.service", Oneshot);
        using BootedSystem system = BootedSystem.Calm(layer);
        system.Shell("mkdir -p /var/lib/systemd/timers && "
            + "touch -d '3 days ago' /var/lib/systemd/timers/stamp-missed.timer");
        Assert.That(system.Initx("start", "missed.timer").Status, Is.Zero, system.Evidence);
        Eventually.True(
            () => system.Shell("cat /run/ran-missed.service").Out == "x\n",
            "what was missed is made up for", system.Evidence);
        AwaitState(system, "missed.timer", "waiting");
        string age = system.Shell(
            "echo $(($(date +%s) - $(stat -c %Y /var/lib/systemd/timers/stamp-missed.timer)))").Out;
        Assert.That(int.Parse(age, CultureInfo.InvariantCulture), Is.InRange(0, 3_600));
    }

    [TestCase("reexec")]
    [TestCase("crash")]
    public void A_waiting_timer_outlives_the_manager(string how)
    {
        using Layer layer = new Layer()
            .Unit(
                "ticking.timer", "[Timer]\nOnActiveSec=4s\nOnUnitActiveSec=1h\nAccuracySec=1ms\n")
            .Unit("ticking.service", Oneshot);
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(system.Initx("start", "ticking.timer").Status, Is.Zero, system.Evidence);
        if (how == "reexec")
            Assert.That(system.Initx("reexec").Status, Is.Zero, system.Evidence);
        else
            system.Signal("SEGV");
        Eventually.True(
            () => system.Shell("cat /run/ran-ticking.service").Out == "x\n",
            "it elapses, once", system.Evidence);
        AwaitState(system, "ticking.timer", "waiting");
        Assert.That(TimerOf(system, "ticking.timer").GetProperty("left").GetDouble(),
            Is.InRange(3_000, 3_600));
    }

    private static Layer Calendars()
    {
        Layer layer = new Layer()
            .WriteFile("/etc/machine-id", "0123456789abcdef0123456789abcdef\n")
            .Link("/etc/localtime", "/usr/share/zoneinfo/Europe/Berlin");
        Add("fixed", "OnCalendar=daily\nRandomizedDelaySec=12h\nFixedRandomDelay=yes\n");
        Add("berlin", "OnCalendar=*-*-* 12:00:00\n");
        Add("tokyo", "OnCalendar=*-*-* 06:30:00 Asia/Tokyo\n");
        Add("monthly", "OnCalendar=Mon *-*-1..7 04:00\nOnCalendar=*-07-01\n");
        Add("quarter", "OnCalendar=quarterly\nPersistent=yes\n");
        Add("utc", "OnCalendar=weekly UTC\n");
        return layer;

        void Add(string name, string settings)
        {
            layer.WriteFile($"/etc/systemd/system/{name}.timer", "[Timer]\n" + settings);
            layer.WriteFile($"/etc/systemd/system/{name}.service", Oneshot);
        }
    }

    // The root's systemd 252 as PID 1 of namespaces of its own.
    private static Dictionary<string, DateTimeOffset> AskSystemd(Layer layer)
    {
        layer.WriteFile(
            "/etc/systemd/system/calm.target", "[Unit]\nDefaultDependencies=no\n");
        using BootedSystem judge = BootedSystem.Boot(
            SystemRoot.Debian, [layer],
            ["/usr/lib/systemd/systemd", "--system", "--unit=calm.target"],
            ["container=test"]);
        Eventually.True(
            () => judge.Run("systemctl", "is-active", "calm.target").Out.Trim() == "active",
            "systemd reaches its goal", judge.Evidence);
        string[] timers = [.. Written.Concat(Shipped).Select(n => n + ".timer")];
        CommandResult started = judge.Run(["systemctl", "start", .. timers]);
        Assert.That(started.Status, Is.Zero, started.ToString);
        var next = new Dictionary<string, DateTimeOffset>();
        foreach (string timer in timers)
        {
            // In UTC and to the second: "Mon 2026-11-30 07:04:09 UTC".
            string shown = judge.Run(
                "env", "TZ=UTC", "systemctl", "show", "-p", "NextElapseUSecRealtime", "--value",
                timer).Out.Trim();
            next.Add(timer, DateTimeOffset.ParseExact(
                shown[..^4], "ddd yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal));
        }

        return next;
    }

    private static DateTimeOffset Next(BootedSystem system, string timer)
    {
        var next = DateTimeOffset.Parse(
            TimerOf(system, timer).GetProperty("next").GetString()!, CultureInfo.InvariantCulture);
        return new DateTimeOffset(next.Ticks - (next.Ticks % TimeSpan.TicksPerSecond), next.Offset);
    }

    private static JsonElement TimerOf(BootedSystem system, string timer)
    {
        CommandResult listed = system.Initx("list-timers", "--json", timer);
        Assert.That(listed.Status, Is.Zero, listed.ToString);
        return JsonDocument.Parse(listed.Out).RootElement;
    }

    private static void AwaitState(BootedSystem system, string unit, string sub) =>
        Eventually.True(
            () => system.Initx("show", "-p", "SubState", "--value", unit).Out.Trim() == sub,
            $"{unit} is {sub}", () => system.Evidence() + system.Initx("history", unit).Out);
}
