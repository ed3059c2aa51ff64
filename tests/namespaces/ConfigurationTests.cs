using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>What an administrator writes into initx.conf, seen from outside.</summary>
[TestFixture]
public sealed class ConfigurationTests
{
    [Test]
    public void Default_variables_reach_services_and_the_control_group_may_change_units()
    {
        using Layer layer = new Layer()
            .WriteFile(
                "/etc/initx/initx.conf",
                """
                [Manager]
                ControlGroup=staff
                DefaultEnvironment=FIRST=1 "SECOND=two words"
                """)
            .Unit(
                "shown.service",
                """
                [Service]
                Type=oneshot
                RemainAfterExit=yes
                Environment=SECOND=own
                ExecStart=/bin/sh -c 'echo "$$FIRST,$$SECOND" >/run/shown'
                """);
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(As(system, "50", "start shown").Status, Is.Zero, system.Evidence);
        Assert.That(system.Shell("cat /run/shown").Out.Trim(), Is.EqualTo("1,own"));
        CommandResult refused = As(system, "60", "stop shown");
        Assert.That(refused.Status, Is.EqualTo(5), refused.ToString);
        Assert.That(system.Initx("reexec").Status, Is.Zero, system.Evidence);
        Assert.That(As(system, "50", "stop shown").Status, Is.Zero, system.Evidence);
    }

    [TestCase("/etc/locale.conf", "LANG=de_DE.UTF-8\nexport LC_ALL=C\n", "de_DE.UTF-8,,0")]
    [TestCase("/etc/default/locale", "LANG=\"de_DE.UTF-8\"\nLC_TIME=C\n", "de_DE.UTF-8,C,0")]
    [TestCase("/etc/locale.conf", "", "C.UTF-8,,0")]
    public void The_language_of_the_system_reaches_services_over_a_re_exec(
        string file, string text, string told)
    {
        using Layer layer = new Layer()
            .WriteFile(file, text)
            .Unit(
                "shown.service",
                "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo "
                + "\"$$LANG,$$LC_TIME,$${#LC_ALL}\" >/run/shown'");
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(system.Initx("start", "shown").Status, Is.Zero, system.Evidence);
        Assert.That(system.Shell("cat /run/shown").Out.Trim(), Is.EqualTo(told));
        Assert.That(system.Initx("reexec").Status, Is.Zero, system.Evidence);
        Assert.That(system.Shell("rm /run/shown").Status, Is.Zero);
        Assert.That(system.Initx("start", "shown").Status, Is.Zero, system.Evidence);
        Assert.That(system.Shell("cat /run/shown").Out.Trim(), Is.EqualTo(told));
    }

    /// <summary>A page of PID 1 that must be read from a disk that is dead would hang it.</summary>
    [Test]
    public void With_LockMemory_the_manager_stays_in_memory_over_a_re_exec()
    {
        using Layer layer = new Layer()
            .WriteFile("/etc/initx/initx.conf", "[Manager]\nLockMemory=yes\n");
        using BootedSystem system = BootedSystem.Calm(layer);
        const string locked = "awk '/^VmLck:/ { print ($2 > 1000) }' /proc/1/status";
        Assert.That(system.Shell(locked).Out.Trim(), Is.EqualTo("1"), system.Evidence);
        Assert.That(system.Initx("reexec").Status, Is.Zero, system.Evidence);
        Assert.That(system.Shell(locked).Out.Trim(), Is.EqualTo("1"), system.Evidence);
    }

    [Test]
    public void An_unknown_control_group_is_said_and_nobody_gets_its_rights()
    {
        using Layer layer = new Layer()
            .WriteFile("/etc/initx/initx.conf", "[Manager]\nControlGroup=nosuchgroup\n")
            .Unit("any.service", "[Service]\nExecStart=/bin/sleep infinity\n");
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(As(system, "50", "start any").Status, Is.EqualTo(5), system.Evidence);
        Assert.That(
            system.Initx("history").Out,
            Does.Contain("ControlGroup=nosuchgroup: no such group in /etc/group"));
    }

    [Test]
    public void Without_a_store_nothing_is_mounted_status_says_so_and_a_re_exec_keeps_everything()
    {
        using Layer layer = new Layer()
            .WriteFile("/etc/initx/initx.conf", "[Manager]\nStore=none\n")
            .Unit("any.service", "[Service]\nExecStart=/bin/sleep infinity\n");
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(system.Initx("start", "any").Status, Is.Zero, system.Evidence);
        string pid = system.Initx("show", "-p", "MainPID", "--value", "any").Out;
        Assert.That(system.Initx("reexec").Status, Is.Zero, system.Evidence);
        Assert.That(system.Initx("show", "-p", "MainPID", "--value", "any").Out, Is.EqualTo(pid));
        Assert.That(
            system.Initx("status", "--json").Out,
            Does.Contain("\"level\":\"ring\"").And.Contain("Store=none")
                .And.Contain("\"crashes\":0"));
        Assert.That(system.Initx("history", "any").Out, Does.Contain("running"));
        Assert.That(system.Shell("grep -c initx-journal /proc/mounts").Out.Trim(), Is.EqualTo("0"));
    }

    [Test]
    public void In_sequential_mode_one_unit_starts_after_the_other_over_a_re_exec()
    {
        using Layer layer = new Layer()
            .WriteFile("/etc/initx/initx.conf", "[Manager]\nSequential=yes\n");
        string[] units = ["one", "two", "three", "four", "five"];
        foreach (string unit in units)
        {
            layer.Unit(
                $"{unit}.service",
                $"""
                [Service]
                Type=oneshot
                ExecStart=/bin/sh -c 'echo begin %N >>/run/order; sleep 0.{unit.Length}'
                ExecStart=/bin/sh -c 'echo end %N >>/run/order'
                """);
        }

        using BootedSystem system = BootedSystem.Calm(layer);
        string all = string.Join(' ', units);
        CommandResult start = system.Shell(
            $"initx start --no-block {all}; sleep 0.5; initx reexec; "
                + "until initx jobs | grep -q 'no jobs'; do sleep 0.1; done");
        Assert.That(start.Status, Is.Zero, system.Evidence);
        IEnumerable<string> expected = units.Order(StringComparer.Ordinal)
            .SelectMany(u => new[] { $"begin {u}", $"end {u}" });
        Assert.That(
            system.Shell("head -n 10 /run/order").Out.Trim().Split('\n'), Is.EqualTo(expected),
            system.Evidence);
    }

    private static CommandResult As(BootedSystem system, string gid, string call) =>
        system.Shell($"setpriv --reuid 1000 --regid {gid} --clear-groups initx {call}");
}
