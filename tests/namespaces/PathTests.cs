using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>Path units over real files and real inotify.</summary>
[TestFixture]
public sealed class PathTests
{
    private const string Oneshot =
        "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo x >>/run/ran; rm -rf /run/in/*'\n";

    [TestCase("PathExists=/run/in/a/file", "mkdir -p /run/in/a && touch /run/in/a/file")]
    [TestCase("PathExistsGlob=/run/in/*.job", "mkdir -p /run/in && touch /run/in/one.job")]
    [TestCase("DirectoryNotEmpty=/run/in\nMakeDirectory=yes", "touch /run/in/file")]
    [TestCase("PathChanged=/run/in/file", "mkdir -p /run/in && echo y >/run/in/file")]
    public void What_comes_into_being_starts_the_unit(string watch, string command)
    {
        using Layer layer = Watching(watch);
        using BootedSystem system = Started(layer);
        Assert.That(system.Shell("cat /run/ran").Status, Is.Not.Zero);
        Assert.That(system.Shell(command).Status, Is.Zero, system.Evidence);
        AwaitRuns(system, 1);
        AwaitState(system, "waiting");
        string rows = system.Initx("history", "watch.path", "--json").Out;
        Assert.That(rows, Does.Contain("\"kind\":\"path\""), rows);
    }

    [Test]
    public void A_file_that_is_written_starts_the_unit_when_it_is_closed_and_again_the_next_time()
    {
        using Layer layer = Watching("PathChanged=/run/file")
            .Unit(
                "watch.service",
                "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo x >>/run/ran'\n");
        using BootedSystem system = Started(layer);
        system.Shell("touch /run/file");
        AwaitRuns(system, 1);
        AwaitState(system, "waiting");
        system.Shell("echo y >>/run/file");
        AwaitRuns(system, 2);
        AwaitState(system, "waiting");
        Assert.That(system.Shell("cat /run/file; ls /run/file").Status, Is.Zero);
        Assert.That(system.Shell("cat /run/ran").Out, Is.EqualTo("x\nx\n"), "reading is no change");
    }

    [TestCase("reexec")]
    [TestCase("crash")]
    public void A_watch_outlives_the_manager(string how)
    {
        using Layer layer = Watching("PathExists=/run/in/file");
        using BootedSystem system = Started(layer);
        if (how == "reexec")
            Assert.That(system.Initx("reexec").Status, Is.Zero, system.Evidence);
        else
            system.Signal("SEGV");
        system.Shell("mkdir -p /run/in && touch /run/in/file");
        AwaitRuns(system, 1);
        AwaitState(system, "waiting");
    }

    [Test]
    public void A_path_whose_unit_leaves_the_file_there_hits_a_limit_and_says_so()
    {
        using Layer layer = Watching("PathExists=/run/file")
            .Unit("watch.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n");
        using BootedSystem system = Started(layer);
        system.Shell("touch /run/file");
        AwaitState(system, "failed");
        Assert.That(
            system.Initx("status", "watch.path").Out, Does.Contain("start limit"),
            system.Evidence);
    }

    [Test]
    public void What_starts_a_unit_under_another_name_is_named_with_it()
    {
        using Layer layer = Watching("PathExists=/run/file")
            .Unit("other.path", "[Path]\nPathExists=/run/other\nUnit=watch.service\n");
        using BootedSystem system = Started(layer);
        system.Initx("start", "other.path");
        Assert.That(
            system.Initx("status", "watch.service", "--json").Out,
            Does.Contain("\"triggeredBy\":[\"other.path\",\"watch.path\"]"), system.Evidence);
    }

    private static Layer Watching(string watch) => new Layer()
        .Unit("watch.path", "[Path]\n" + watch + "\n")
        .Unit("watch.service", Oneshot);

    private static BootedSystem Started(Layer layer)
    {
        BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(system.Initx("start", "watch.path").Status, Is.Zero, system.Evidence);
        AwaitState(system, "waiting");
        return system;
    }

    private static void AwaitRuns(BootedSystem system, int runs) => Eventually.True(
        () => system.Shell("cat /run/ran").Out.Length == 2 * runs,
        $"the unit runs {runs} times",
        () => system.Evidence() + system.Initx("history", "watch.path").Out);

    private static void AwaitState(BootedSystem system, string sub) => Eventually.True(
        () => system.Initx("show", "-p", "SubState", "--value", "watch.path").Out.Trim() == sub,
        $"watch.path is {sub}", system.Evidence);
}
