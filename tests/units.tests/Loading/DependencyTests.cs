using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Units.Tests.Loading;

/// <summary>
/// Edges that nobody wrote: defaults, implications, and what decides between them.
/// </summary>
public sealed class DependencyTests
{
    private const string Run = "[Service]\nExecStart=/bin/true\n";

    [Test]
    public void A_service_stands_between_sysinit_and_shutdown()
    {
        UnitDefinition unit = new TextTree().File("a.service", Run).Load("a.service");
        Assert.That(Show(unit, DependencyOrigin.Default), Is.EqualTo(
            "Requires sysinit.target, Conflicts shutdown.target, Before shutdown.target, "
            + "After basic.target, After sysinit.target"));
        Assert.That(Show(unit, DependencyOrigin.Setting), Is.EqualTo(
            "Requires system.slice, After system.slice, After systemd-journald.socket, "
            + "Slice system.slice"));
    }

    [Test]
    public void A_user_s_service_needs_basic_target_and_stands_in_its_app_slice()
    {
        UnitDefinition unit = new TextTree().File("a.service", Run).Loader(ManagerScope.User)
            .Load(UnitName.Parse("a.service"));
        Assert.That(Show(unit, DependencyOrigin.Default), Is.EqualTo(
            "Requires basic.target, Conflicts shutdown.target, Before shutdown.target, "
            + "After basic.target"));
        Assert.That(unit.Slice.Value, Is.EqualTo("app.slice"));
    }

    [Test]
    public void Without_default_dependencies_only_what_is_implied_remains()
    {
        UnitDefinition unit = new TextTree()
            .File("a.service", "[Unit]\nDefaultDependencies=no\n" + Run).Load("a.service");
        Assert.That(Show(unit, DependencyOrigin.Default), Is.Empty);
    }

    [TestCase("[Unit]\nWants=a.service\n", "", true)]
    [TestCase("[Unit]\nWants=a.service\nBefore=a.service\n", "", false)]
    [TestCase("[Unit]\nWants=a.service\n", "[Unit]\nAfter=t.target\n", false)]
    [TestCase("[Unit]\nWants=a.service\n", "[Unit]\nDefaultDependencies=no\n", false)]
    [TestCase("[Unit]\nWants=a.service\nDefaultDependencies=no\n", "", false)]
    [TestCase("[Unit]\nWants=gone.service\n", "", false)]
    public void A_target_is_reached_after_its_members_unless_somebody_says_otherwise(
        string target, string member, bool ordered)
    {
        UnitDefinition unit = new TextTree().File("t.target", target)
            .File("a.service", member + Run).Load("t.target");
        Assert.That(unit.Dependencies.Any(d => d is
        {
            Kind: DependencyKind.After, Origin: DependencyOrigin.Default,
        }), Is.EqualTo(ordered));
    }

    [TestCase("x.target", "y.target")]
    [TestCase("y.target", "x.target")]
    public void Two_targets_that_want_each_other_get_one_order_whichever_is_loaded_first(
        string first, string second)
    {
        var loader = new TextTree().File("x.target", "[Unit]\nWants=y.target\n")
            .File("y.target", "[Unit]\nWants=x.target\n").Loader();
        var units = new[] { first, second }.Select(n => loader.Load(UnitName.Parse(n)))
            .ToDictionary(u => u.Name.Value);
        Assert.That(After(units["x.target"]), Is.Empty);
        Assert.That(After(units["y.target"]), Is.EqualTo(new[] { "x.target" }));
    }

    [Test]
    public void A_socket_triggers_its_service_and_the_service_knows_its_sockets()
    {
        var loader = new TextTree()
            .File("a.socket", "[Socket]\nListenStream=/run/a\n")
            .File("other.socket", "[Socket]\nListenStream=80\nService=a.service\n")
            .File("accept.socket", "[Socket]\nListenStream=81\nAccept=yes\n")
            .File("a.service", "[Service]\nExecStart=/bin/true\nSockets=named.socket\n").Loader();
        UnitDefinition socket = loader.Load(UnitName.Parse("a.socket"));
        Assert.That(socket.Socket!.Service.Value, Is.EqualTo("a.service"));
        Assert.That(socket.Dependencies.Where(d => d.Target.Value == "a.service").Select(d =>
            d.Kind),
            Is.EqualTo(new[] { DependencyKind.Before, DependencyKind.Triggers }));
        Assert.That(loader.Load(UnitName.Parse("a.service")).Service!.Sockets.Select(s => s.Value),
            Is.EqualTo(new[] { "named.socket", "a.socket", "other.socket" }));
        Assert.That(loader.Load(UnitName.Parse("accept.socket")).Socket!.Service.IsNone);
    }

    [TestCase("", "the socket has no address")]
    [TestCase("ListenStream=80\nAccept=yes\nService=a.service\n", "Accept=yes")]
    [TestCase("ListenDatagram=80\nAccept=yes\n", "no socket that connections come in by")]
    [TestCase("ListenStream=80\nAccept=yes\nMaxConnections=0\n", "lets nobody in")]
    [TestCase("ListenStream=80\nSymlinks=/run/x\n", "exactly one socket")]
    public void A_socket_that_cannot_work_is_refused(string text, string reason)
    {
        UnitDefinition unit = new TextTree().File("a.socket", "[Socket]\n" + text).Load("a.socket");
        Assert.That(unit.LoadState, Is.EqualTo(UnitLoadState.BadSetting));
        Assert.That(unit.LoadError, Does.Contain(reason));
    }

    [Test]
    public void What_tunes_a_socket_is_read_as_systemd_reads_it()
    {
        SocketSettings socket = new TextTree().File(
            "a.socket",
            "[Socket]\nListenStream=80\nAccept=yes\nMaxConnections=9\nMaxConnectionsPerSource=3\n"
                + "SocketProtocol=sctp\nIPTOS=low-delay\nTimestamping=µs\n"
                + "MessageQueueMaxMessages=4\nMessageQueueMessageSize=64\n")
            .Load("a.socket").Socket!;
        Assert.That(
            (socket.MaxConnections, socket.MaxConnectionsPerSource, socket.Protocol, socket.IpTos,
                socket.Timestamping, socket.MessageQueueMaxMessages,
                socket.MessageQueueMessageSize),
            Is.EqualTo((9, 3, 132, (int?)16, SocketTimestamping.Microseconds, 4L, 64L)));
        Assert.That((socket.FileDescriptorName, socket.TriggerLimitBurst),
            Is.EqualTo(("a.socket", 200)));
        SocketSettings odd = new TextTree().File(
            "b.socket",
            "[Socket]\nListenDatagram=80\nSocketProtocol=mptcp\nIPTOS=7\nTimestamping=nsec\n")
            .Load("b.socket").Socket!;
        Assert.That((odd.Protocol, odd.IpTos, odd.Timestamping, odd.MaxConnections),
            Is.EqualTo((0, (int?)7, SocketTimestamping.Nanoseconds, 64)));
    }

    [Test]
    public void Slices_form_a_chain_up_to_the_root_without_files()
    {
        var loader = new TextTree()
            .File("a.service", "[Service]\nExecStart=/bin/true\nSlice=web-front.slice\n").Loader();
        UnitDefinition unit = loader.Load(UnitName.Parse("a.service"));
        Assert.That(unit.Slice.Value, Is.EqualTo("web-front.slice"));
        Assert.That(unit.Dependencies.Single(d => d.Kind == DependencyKind.Slice).Source.ToString(),
            Is.EqualTo("/etc/systemd/system/a.service:3"));
        UnitDefinition slice = loader.Load(unit.Slice);
        Assert.That(slice.LoadState, Is.EqualTo(UnitLoadState.Loaded));
        Assert.That(slice.Slice.Value, Is.EqualTo("web.slice"));
        Assert.That(loader.Load(slice.Slice).Slice.Value, Is.EqualTo("-.slice"));
        Assert.That(loader.Load(UnitName.Parse("-.slice")).Slice.IsNone);
        Assert.That(loader.Load(UnitName.Parse("a--b.slice")).LoadState,
            Is.EqualTo(UnitLoadState.Error));
    }

    [Test]
    public void Mount_units_above_a_needed_path_are_required()
    {
        UnitDefinition unit = new TextTree()
            .File("srv.mount", "[Mount]\nWhat=/dev/x\nWhere=/srv\n")
            .File("srv-www.mount", "[Mount]\nWhat=/dev/y\nWhere=/srv/www\n")
            .File("srvx.mount", "[Mount]\nWhat=/dev/z\nWhere=/srvx\n")
            .File("a.service", "[Service]\nExecStart=/bin/true\nWorkingDirectory=/srv/www/a\n")
            .Load("a.service");
        Assert.That(unit.Dependencies.Where(d => d.Target.Kind == UnitKind.Mount)
            .Select(d => $"{d.Kind} {d.Target}"), Is.EqualTo(new[]
            {
                "Requires srv-www.mount", "Requires srv.mount", "After -.mount",
                "After srv-www.mount", "After srv.mount",
            }));
        Assert.That(unit.RequiresMountsFor, Is.EqualTo(new[] { "/srv/www/a" }));
    }

    [Test]
    public void A_mount_must_be_called_after_its_place()
    {
        UnitDefinition unit = new TextTree()
            .File("b.mount", "[Mount]\nWhat=/dev/x\nWhere=/a\n").Load("b.mount");
        Assert.That(unit.LoadState, Is.EqualTo(UnitLoadState.BadSetting));
        Assert.That(unit.LoadError, Does.Contain("must be called a.mount"));
    }

    [Test]
    public void Permissions_start_only_gives_every_other_command_full_privileges()
    {
        UnitDefinition unit = TextTree.Service(
            "User=u\nPermissionsStartOnly=yes\nExecStartPre=/bin/a\nExecStart=/bin/b\nExecStop=-/bin/c\n");
        Assert.That(unit.Service!.ExecStartPre[0].Flags,
            Is.EqualTo(ExecCommandFlags.FullyPrivileged));
        Assert.That(unit.Service.ExecStart[0].Flags, Is.EqualTo(ExecCommandFlags.None));
        Assert.That(unit.Service.ExecStop[0].Flags,
            Is.EqualTo(ExecCommandFlags.FullyPrivileged | ExecCommandFlags.IgnoreFailure));
    }

    [Test]
    public void Every_place_that_asks_for_an_edge_is_known()
    {
        UnitDefinition unit = new TextTree()
            .File("a.service", "[Unit]\nAfter=x.service \\\n  y.service\n" + Run)
            .File("a.service.d/1.conf", "[Unit]\n\nRequires=x.service\n").Load("a.service");
        Assert.That(unit.Dependencies.Where(d => d.Origin == DependencyOrigin.File)
            .Select(d => $"{d.Kind} {d.Target} {d.Source}"), Is.EqualTo(new[]
            {
                "Requires x.service /etc/systemd/system/a.service.d/1.conf:3",
                "After x.service /etc/systemd/system/a.service:2",
                "After y.service /etc/systemd/system/a.service:2",
            }));
    }

    private static IEnumerable<string> After(UnitDefinition unit) =>
        unit.Dependencies.Where(d => d.Kind == DependencyKind.After).Select(d => d.Target.Value);

    private static string Show(UnitDefinition unit, DependencyOrigin origin) => string.Join(", ",
        unit.Dependencies.Where(d => d.Origin == origin).Select(d => $"{d.Kind} {d.Target}"));
}
