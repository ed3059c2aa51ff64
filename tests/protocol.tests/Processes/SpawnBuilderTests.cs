using System.Text;
using InitTx.Init;
using InitTx.Init.Activation;
using InitTx.Init.Processes;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Prepare;
using InitTx.Units.Model;

namespace InitTx.Protocol.Tests.Processes;

/// <summary>
/// The variables of a service's process (systemd.exec(5), "Environment Variables in Spawned
/// Processes"), and what initx-exec is told of its directories.
/// </summary>
internal sealed class SpawnBuilderTests
{
    private static readonly ManagerPaths Paths = new()
    {
        User = false,
        Runtime = "/run/initx",
        State = "/var/lib/initx",
        Config = "/etc/initx/initx.conf",
        UnitPath = [],
        ExecHelper = "/usr/lib/initx/initx-exec",
        DirectoryBases = ["/run", "/var/lib", "/var/cache", "/var/log", "/etc"],
        TimerStamps = "/var/lib/systemd/timers",
        Locale = [new("LANG", "de_DE.UTF-8"), new("LC_TIME", "C")],
    };

    private static readonly PrepareAnswer.Prepared Ids =
        new(1, Core.PrepareOutcome.Ready, "") { HasIds = true, Uid = 7, Gid = 7, UserName = "a" };

    [Test]
    public void Every_service_gets_the_language_of_the_system_unless_it_says_otherwise()
    {
        Assert.That(Variable(new ExecSettings(), "LANG"), Is.EqualTo("de_DE.UTF-8"));
        Assert.That(Variable(new ExecSettings(), "LC_TIME"), Is.EqualTo("C"));
        ExecSettings own = new() { Environment = [new("LANG", "C")] };
        Assert.That(Variable(own, "LANG"), Is.EqualTo("C"));
        Assert.That(
            Variable(new ExecSettings(), "LANG", defaults: [new("LANG", "fr")]), Is.EqualTo("fr"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_user_is_named_whether_dynamic_or_not(bool dynamic)
    {
        ExecSettings exec = new() { DynamicUser = dynamic, User = dynamic ? null : "a" };
        Assert.That(Variable(exec, "USER", Ids), Is.EqualTo("a"));
        Assert.That(Variable(exec, "LOGNAME", Ids), Is.EqualTo("a"));
        Assert.That(Variable(exec, "HOME", Ids), Is.Null);
        Assert.That(Variable(exec, "SHELL", Ids), Is.Null);
        PrepareAnswer.Prepared whole = Ids with { Home = "/home/a", Shell = "/bin/sh" };
        Assert.That(Variable(exec, "HOME", whole), Is.EqualTo("/home/a"));
        Assert.That(Variable(exec, "SHELL", whole), Is.EqualTo("/bin/sh"));
    }

    [TestCase("~", false, "/root")]
    [TestCase("~", true, null)]
    [TestCase("/", false, null)]
    public void Whoever_starts_at_home_has_one(string directory, bool dynamic, string? home)
    {
        ExecSettings exec = new() { WorkingDirectory = directory, DynamicUser = dynamic };
        Assert.That(Variable(exec, "HOME", Ids), Is.EqualTo(home));
    }

    [Test]
    public void A_group_alone_names_nobody() =>
        Assert.That(
            Variable(new ExecSettings { Group = "a" }, "USER", Ids with { UserName = "" }),
            Is.Null);

    [Test]
    public void ExecSearchPath_is_the_PATH_of_the_service_unless_it_has_one()
    {
        ExecSettings exec = new() { Setup = [new SetupOption("ExecSearchPath", "/x:/y")] };
        Assert.That(Variable(exec, "PATH"), Is.EqualTo("/x:/y"));
        Assert.That(
            Variable(exec with { Environment = [new("PATH", "/own")] }, "PATH"),
            Is.EqualTo("/own"));
    }

    [TestCase(true, "--own-directory=/run/r", "--private-directory=/var/lib/private/s/private/t",
        "--private-directory=/var/log/private/l")]
    [TestCase(false, "--own-directory=/run/r", "--own-directory=/var/lib/s/private/t",
        "--own-directory=/var/log/l")]
    public void A_dynamic_user_s_directories_lie_apart(bool dynamic, params string[] expected)
    {
        ExecSettings exec = new()
        {
            DynamicUser = dynamic,
            Setup = [new SetupOption("PrivateTmp", "yes")],
        };
        PrepareAnswer.Prepared prepared = Ids with
        {
            DirectoryEnvironment =
            [
                new("RUNTIME_DIRECTORY", "/run/r"), new("STATE_DIRECTORY", "/var/lib/s/private/t"),
                new("LOGS_DIRECTORY", "/var/log/l"),
            ],
        };
        string[] told = [.. Arguments(exec, prepared).Where(a => a.Contains("-directory=/"))];
        Assert.That(told.Where(a => !a.StartsWith("--directory=")), Is.EqualTo(expected));
    }

    [Test]
    public void What_the_unit_says_stands_over_what_the_manager_says()
    {
        ExecSettings exec = new()
        {
            Environment = [new("STATE_DIRECTORY", "/mine"), new("A", "1")],
        };
        PrepareAnswer.Prepared prepared = Ids with
        {
            DirectoryEnvironment = [new("STATE_DIRECTORY", "/var/lib/s")],
            Environment = [new("A", "2")],
        };
        var builder = new SpawnBuilder(Paths, []);
        builder.Begin(Unit(exec), prepared);
        foreach (string name in (string[])["STATE_DIRECTORY", "A", "B"])
            builder.Environment.Set(name, "manager");
        Assert.That(
            new[] { "STATE_DIRECTORY", "A", "B" }.Select(builder.Environment.Get),
            Is.EqualTo(new[] { "/mine", "2", "manager" }));
    }

    private static string? Variable(
        ExecSettings exec,
        string name,
        PrepareAnswer.Prepared? prepared = null,
        IReadOnlyList<KeyValuePair<string, string>>? defaults = null)
    {
        var builder = new SpawnBuilder(Paths, defaults ?? []);
        builder.Begin(Unit(exec), prepared);
        return builder.Environment.Get(name);
    }

    [Test]
    public void Namespaces_that_are_shared_lie_behind_what_the_service_gets()
    {
        ExecSettings exec = new()
        {
            Setup = [new("PrivateNetwork", "yes"), new("PrivateIPC", "yes")],
        };
        var shared = new SharedNamespaces(
            [("network-store", 40, 41), ("ipc-store", 50, 51)], [UnitName.Parse("b.service")],
            [UnitName.Parse("c.service")]);
        string[] told = Arguments(exec, Ids, shared: shared, listening: 2);
        Assert.That(told, Is.SupersetOf(new[]
        {
            "--first-own-fd=5", "--network-store=5:6", "--ipc-store=7:8", "--status-fd=9",
            "--join-state=" + Paths.UnitState(UnitName.Parse("b.service")),
            "--rejoin-state=" + Paths.UnitState(UnitName.Parse("c.service")),
        }));
    }

    [Test]
    public void A_privileged_command_keeps_the_network_and_loses_the_view_of_its_unit()
    {
        ExecSettings exec = new()
        {
            Setup =
            [
                new("PrivateNetwork", "yes"), new("PrivateIPC", "yes"), new("PrivateTmp", "yes"),
            ],
        };
        string[] told = Arguments(exec, Ids, ExecCommandFlags.FullyPrivileged);
        Assert.That(told, Does.Contain("--PrivateNetwork=yes").And.Contain("--PrivateIPC=yes"));
        Assert.That(told, Has.None.StartsWith("--PrivateTmp"));
    }

    private static string[] Arguments(
        ExecSettings exec,
        PrepareAnswer.Prepared prepared,
        ExecCommandFlags flags = ExecCommandFlags.None,
        SharedNamespaces? shared = null,
        int listening = 0)
    {
        var builder = new SpawnBuilder(Paths, []);
        UnitDefinition unit = Unit(exec);
        builder.Begin(unit, prepared);
        var command = new ExecCommand(
            "/bin/true", ["true"], flags, SourceLocation.BuiltIn);
        var request = new SpawnRequest();
        string? wrong = builder.Finish(
            new CommandRequest(
                unit, command, prepared, listening, shared ?? SharedNamespaces.None, [], []),
            ref request);
        Assert.That(wrong, Is.Null);
        return Encoding.UTF8.GetString(request.Arguments).Split('\0');
    }

    private static UnitDefinition Unit(ExecSettings exec) => new()
    {
        Name = UnitName.Parse("a.service"),
        LoadState = UnitLoadState.Loaded,
        Exec = exec,
    };
}
