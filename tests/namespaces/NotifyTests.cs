using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>sd_notify(3) as Debian's own systemd-notify speaks it.</summary>
[TestFixture]
public sealed class NotifyTests
{
    private const int Rounds = 10;

    private Layer layer = null!;
    private BootedSystem system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        layer = new Layer()
            .Unit(
                "barrier.service",
                """
                [Service]
                Type=notify
                NotifyAccess=all
                ExecStart=/bin/sh -c 'systemd-notify --ready && : >/run/first; \
                    systemd-notify --status=waiting && : >/run/second; exec sleep infinity'
                """,
                "multi-user.target")
            .Unit(
                "brief.service",
                """
                [Unit]
                StartLimitIntervalSec=0
                [Service]
                Type=notify
                RemainAfterExit=yes
                ExecStart=/usr/bin/systemd-notify --ready --no-block
                """);
        system = BootedSystem.Boot(
            SystemRoot.Debian,
            [layer, Layer.Product],
            ["/usr/lib/initx/initxd", "--unit=barrier.service"]);
        Eventually.True(
            () => system.Initx("is-active", "barrier.service").Out.Trim() == "active",
            "the service that notifies is active",
            system.Evidence);
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        system?.Dispose();
        layer?.Dispose();
    }

    [Test]
    public void A_sender_that_waits_for_the_manager_is_let_go()
    {
        Eventually.True(
            () => File.Exists(system.PathOf("/run/second")),
            "systemd-notify comes back twice",
            system.Evidence);
        Assert.That(File.Exists(system.PathOf("/run/first")), Is.True);
    }

    /// <summary>
    /// Nothing of what it says counts, so nothing is handled and nothing committed.
    /// </summary>
    [Test]
    public void A_stranger_that_waits_is_let_go_too()
    {
        // More than once: any other event would let the first one go.
        for (int round = 0; round < 3; round++)
        {
            CommandResult told = system.Shell(
                "NOTIFY_SOCKET=/run/initx/notify systemd-notify --ready");
            Assert.That(told.Status, Is.Zero, told.ToString);
        }
    }

    /// <summary>What a process said before its end counts, though both are seen at once.</summary>
    [Test]
    public void A_main_process_may_say_ready_and_end()
    {
        for (int round = 0; round < Rounds; round++)
        {
            CommandResult started = system.Initx("start", "brief.service");
            Assert.That(
                started.Status,
                Is.Zero,
                () => $"round {round}: {started}\n{system.Initx("history", "brief.service")}");
            Assert.That(system.Initx("stop", "brief.service").Status, Is.Zero);
        }
    }
}
