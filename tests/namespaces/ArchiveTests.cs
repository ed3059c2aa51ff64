using System.Text.Json;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// The journal on disk with the real binaries: whatever happens to the archive, to its disk or to
/// PID 1, services go on and each row is in the history once.
/// </summary>
[TestFixture]
public sealed class ArchiveTests
{
    private const string Store = "/var/lib/initx/archive.db";

    private Layer layer = null!;
    private BootedSystem system = null!;

    [SetUp]
    public void Boot()
    {
        layer = new Layer();
        layer.Unit(
            "a.service",
            "[Unit]\nDefaultDependencies=no\nStartLimitIntervalSec=0\n"
                + "[Service]\nType=exec\nExecStart=/bin/sleep infinity\n");
        layer.Unit(
            "once.service",
            "[Unit]\nDefaultDependencies=no\nStartLimitIntervalSec=0\n"
                + "[Service]\nType=oneshot\nExecStart=/bin/true\n");
        system = BootedSystem.Calm(layer);
    }

    [TearDown]
    public void TakeDown()
    {
        system?.Dispose();
        layer?.Dispose();
    }

    [Test]
    public void One_that_cannot_be_executed_is_told_once_and_tried_again_after_a_reload()
    {
        AwaitUpToDate();
        system.Shell("chmod a-x /usr/lib/initx/initx-archive; kill -9 $(pidof initx-archive)");
        const string Told = "initx-archive cannot be executed";
        system.AwaitConsole(Told);
        Assert.That(system.Console.Split(Told), Has.Length.EqualTo(2), system.Evidence);
        system.Shell("chmod a+x /usr/lib/initx/initx-archive");
        Assert.That(system.Initx("daemon-reload").Status, Is.Zero, system.Evidence);
        Assert.That(system.Initx("start", "a").Status, Is.Zero, system.Evidence);
        AwaitUpToDate();
    }

    [Test]
    public void Rows_reach_the_disk_and_the_archive_is_a_user_of_its_own()
    {
        Assert.That(system.Initx("start", "a").Status, Is.Zero, system.Evidence);
        AwaitUpToDate();
        Assert.That(Rows().All(r => r.GetProperty("durability").GetString() == "disk"));
        Assert.That(system.Shell($"stat -c '%U %a' {Store}").Out.Trim(), Does.EndWith(" 640"));
        Assert.That(
            system.Shell($"stat -c %u {Store}").Out,
            Is.EqualTo(system.Shell("stat -c %u /proc/$(pidof initx-archive)").Out)
                .And.Not.EqualTo("0\n"));
        CommandResult verify = system.Initx("history", "verify");
        Assert.That(verify.Status, Is.Zero, verify.ToString);
        Assert.That(verify.Out, Does.Contain("are as they were written"));
    }

    [Test]
    public void Killing_it_again_and_again_loses_and_doubles_nothing()
    {
        for (int kill = 0; kill < 4; kill++)
        {
            Work(10);
            system.Shell($"sleep 0.{kill}; kill -9 $(pidof initx-archive)");
            Assert.That(system.Initx("restart", "a").Status, Is.Zero, system.Evidence);
        }

        AwaitUpToDate();
        AssertEachOnce();
    }

    [Test]
    public void A_crash_of_PID_1_meanwhile_loses_and_doubles_nothing()
    {
        for (int crash = 0; crash < 3; crash++)
        {
            Work(10);
            system.Shell($"sleep 0.{crash * 4}; kill -SEGV 1");
            Eventually.True(
                () => system.Initx("restart", "a").Status == 0, "PID 1 is back", system.Evidence);
        }

        AwaitUpToDate();
        AssertEachOnce();
        Assert.That(Rows().Count(r => r.GetProperty("kind").GetString() == "crash"), Is.EqualTo(3));
    }

    [Test]
    public void One_that_hangs_holds_nothing_up_and_is_left_behind()
    {
        AwaitUpToDate();
        system.Shell("kill -STOP $(pidof initx-archive)");
        Work(3);
        Assert.That(system.Shell("sleep 22").Status, Is.Zero);
        Assert.That(Journal().GetProperty("level").GetString(), Is.EqualTo("archive-away"));
        Assert.That(
            Journal().GetProperty("archive").GetString(), Does.Contain("does not answer"));
        Work(3);
        AssertEachOnce();
        system.Shell("kill -CONT $(pidof initx-archive)");
        AwaitUpToDate();
        Assert.That(Journal().GetProperty("level").GetString(), Is.EqualTo("full"));
        AssertEachOnce();
    }

    [Test]
    public void A_disk_that_is_mounted_late_and_then_full_is_caught_up_with()
    {
        AwaitUpToDate();
        Assert.That(system.Shell(
            "mount -t tmpfs -o size=700k none /var/lib/initx").Status, Is.Zero);
        Eventually.True(() =>
        {
            Work(20);
            return Journal().GetProperty("archive").GetString()!.Contains("full");
        }, "the disk is full", system.Evidence);
        Assert.That(Journal().GetProperty("level").GetString(), Is.EqualTo("archive-away"));
        Assert.That(system.Initx("restart", "a").Status, Is.Zero, system.Evidence);
        AssertEachOnce();
        Assert.That(system.Shell("mount -o remount,size=50m /var/lib/initx").Status, Is.Zero);
        AwaitUpToDate();
        AssertEachOnce();
        Assert.That(system.Initx("history", "verify").Status, Is.Zero);
    }

    [Test]
    public void History_works_without_archive_and_without_manager()
    {
        Work(2);
        AwaitUpToDate();
        string copy = "/tmp/copy";
        system.Shell($"mkdir {copy}; cp {Store}* {copy}; mv /usr/lib/initx/initx-archive /tmp/off");
        system.Shell("kill -9 $(pidof initx-archive)");
        Work(2);
        AssertEachOnce();
        Assert.That(Rows()[^1].GetProperty("durability").GetString(), Is.EqualTo("tmpfs"));
        CommandResult offline = system.Initx(
            "history", "a.service", "--json", $"--archive={copy}/archive.db");
        Assert.That(offline.Status, Is.Zero, offline.ToString);
        Assert.That(system.Initx(
            "why", "a.service", $"--archive={copy}/archive.db").Status, Is.Zero);
    }

    [Test]
    public void A_second_boot_knows_the_first()
    {
        Work(3);
        AwaitUpToDate();
        int rows = Rows().Count;
        using var next = new Layer();
        next.WriteFile("/var/lib/initx/.kept", "");
        CommandResult copied = HostCommand.Run(
            ["cp", "-a", system.PathOf("/var/lib/initx/."), next.Path + "/var/lib/initx"]);
        Assert.That(copied.Status, Is.Zero, copied.ToString);
        system.Dispose();
        next.Unit(
            "a.service",
            "[Unit]\nDefaultDependencies=no\nStartLimitIntervalSec=0\n"
                + "[Service]\nType=exec\nExecStart=/bin/sleep infinity\n");
        system = BootedSystem.Calm(next);
        AwaitUpToDate();
        JsonElement[] boots = Lines(system.Initx("boots", "--json"));
        Assert.That(boots, Has.Length.EqualTo(2), system.Evidence);
        Assert.That(boots[0].GetProperty("rows").GetInt32(), Is.GreaterThanOrEqualTo(rows));
        Assert.That(boots[1].GetProperty("number").GetInt32(), Is.Zero);
        JsonElement[] before = Lines(system.Initx("history", "--boot=-1", "--json"));
        Assert.That(before, Has.Length.EqualTo(boots[0].GetProperty("rows").GetInt32()));
        Assert.That(system.Initx("why", "a.service").Out, Does.Contain("start"));
        Assert.That(
            system.Initx("history", "--sql", "SELECT count(DISTINCT boot) AS n FROM v_history",
                "--json").Out.Trim(),
            Is.EqualTo("{\"n\":2}"));
        Assert.That(system.Initx("history", "verify").Status, Is.Zero);
        Assert.That(system.Initx("stats", "a.service").Out, Does.Contain("a.service"));
    }

    private void Work(int times)
    {
        Assert.That(
            system.Shell($"for i in $(seq {times}); do initx restart -q once a || exit; done")
                .Status,
            Is.Zero, system.Evidence);
    }

    private void AwaitUpToDate() => Eventually.True(
        () => Journal().GetProperty("archive").GetString() == "up to date"
            && Journal().GetProperty("level").GetString() == "full",
        "the archive is up to date",
        () => Journal().ToString() + system.Evidence());

    private void AssertEachOnce()
    {
        long[] numbers = [.. Rows().Select(r => r.GetProperty("seq").GetInt64())];
        Assert.That(numbers, Is.EqualTo(
            Enumerable.Range(1, numbers.Length).Select(i => (long)i)), system.Evidence);
        Assert.That(system.Initx("history", "--gaps", "--json").Out, Is.Empty);
        Assert.That(
            system.Initx("history", "--gaps").Out, Does.StartWith("no row is missing: the first"));
    }

    private JsonElement Journal() =>
        JsonDocument.Parse(system.Initx("status", "--json").Out).RootElement
            .GetProperty("journal");

    private List<JsonElement> Rows() => [.. Lines(system.Initx("history", "--json"))];

    private static JsonElement[] Lines(CommandResult result)
    {
        Assert.That(result.Status, Is.Zero, result.ToString);
        return [.. result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonDocument.Parse(l).RootElement)];
    }
}
