using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// What a unit runs by outlives the manager's memory: its file may be broken by then.
/// </summary>
[TestFixture]
public sealed class HeldDefinitionTests
{
    private const string Good =
        """
        [Unit]
        Description=As it was started
        [Service]
        ExecStart=/bin/sleep infinity
        Restart=always
        RestartSec=0
        """;

    [Test]
    public void A_unit_whose_file_is_broken_goes_on_by_its_definition_over_re_exec_and_crash()
    {
        using Layer layer = new Layer().Unit("kept.service", Good);
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(system.Initx("start", "kept").Status, Is.Zero, system.Evidence);
        string file = Show(system, "FragmentPath");
        system.Shell($"printf '[Service]\\nExecStart=not/absolute\\n' >{file}");
        Assert.That(system.Initx("daemon-reload").Status, Is.Zero, system.Evidence);
        IsAsStarted(system, "after the reload");

        Assert.That(system.Initx("reexec").Status, Is.Zero, system.Evidence);
        IsAsStarted(system, "after the re-exec");
        DiesAndComesBack(system);

        system.Signal("SEGV");
        Eventually.True(
            () => system.Initx("history").Out.Contains("SIGSEGV", StringComparison.Ordinal),
            "the crash is on record", system.Evidence);
        IsAsStarted(system, "after the crash");
        DiesAndComesBack(system);

        // Mended, it is taken in; broken again while down, it cannot be started.
        system.Shell($"printf '[Service]\\nExecStart=/bin/sleep 1000\\n' >{file}");
        Assert.That(system.Initx("daemon-reload").Status, Is.Zero, system.Evidence);
        Assert.That(Show(system, "Description"), Is.EqualTo("kept.service"));
    }

    [Test]
    public void A_unit_that_was_started_just_before_a_broken_reload_keeps_its_definition()
    {
        using Layer layer = new Layer().Unit("kept.service", Good);
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(system.Initx("reexec").Status, Is.Zero, system.Evidence);
        Assert.That(system.Initx("start", "kept").Status, Is.Zero, system.Evidence);
        string file = Show(system, "FragmentPath");
        system.Shell($"printf '[Service]\\nExecStart=not/absolute\\n' >{file}");
        CommandResult both = system.Shell("initx daemon-reload && initx reexec");
        Assert.That(both.Status, Is.Zero, system.Evidence);
        IsAsStarted(system, "after the re-exec");
        DiesAndComesBack(system);
    }

    private static void IsAsStarted(BootedSystem system, string when)
    {
        Assert.That(Show(system, "Description"), Is.EqualTo("As it was started"), when);
        Assert.That(Show(system, "LoadState"), Is.EqualTo("loaded"), when);
    }

    // A restart needs the whole of the definition.
    private static void DiesAndComesBack(BootedSystem system)
    {
        string pid = Show(system, "MainPID");
        system.Shell($"kill -9 {pid}");
        Eventually.True(
            () => Show(system, "MainPID") is var next && next != pid && next != "0"
                && system.Initx("is-active", "kept").Out.Trim() == "active",
            "it is restarted", system.Evidence);
    }

    private static string Show(BootedSystem system, string property) =>
        system.Initx("show", "-p", property, "--value", "kept").Out.Trim();
}
