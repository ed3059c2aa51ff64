using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Activation;

internal sealed partial class AcceptTests
{
    private ulong _ticket;

    [SetUp]
    public void Begin() => _ticket = 0;

    [Test]
    public void Each_connection_gets_an_instance_that_a_transaction_of_its_own_starts()
    {
        World world = Listening();
        Connect(world, "127.0.0.1:7-127.0.0.1:4001");
        Connect(world, "127.0.0.1:7-127.0.0.1:4002");
        Assert.That(Instances(world), Is.EqualTo((string[])[
            "a@0-127.0.0.1:7-127.0.0.1:4001.service running",
            "a@1-127.0.0.1:7-127.0.0.1:4002.service running"]));
        Assert.That(world.State("a.socket"), Is.EqualTo("listening"));
        Assert.That(
            world.Records.Where(r => r is { Kind: RecordKind.Transaction, To: "ended" }
                && r.Cause == CauseKind.Job).Count(),
            Is.GreaterThanOrEqualTo(2), world.Dump());
        Assert.That(
            world.Records.Count(r => r is
            {
                Kind: RecordKind.Transaction, Cause: CauseKind.Socket,
            }),
            Is.EqualTo(2), world.Dump());
        Assert.That(world["a.socket"].Accepting, Has.Property("Accepted").EqualTo(2)
            .And.Property("Refused").EqualTo(0).And.Property("Served").EqualTo(2));
    }

    [Test]
    public void An_instance_that_has_ended_is_forgotten_and_its_connection_closed()
    {
        World world = Listening();
        Connect(world, "1-0");
        UnitId id = Only(world).Id;
        world.MainExits("a@0-1-0.service");
        Assert.That(world.Effects, Has.Member(
            new Effect.CloseConnection(world["a.socket"].Id, 1)), world.Dump());
        Assert.That(world.Effects[^1], Is.EqualTo(new Effect.ReleaseUnit(id)));
        int units = world.Engine.Units.Count;
        world.Send(new EngineEvent.UnitReleased(id));
        Assert.Multiple(() =>
        {
            Assert.That(world.Engine.Units, Has.Count.EqualTo(units - 1));
            Assert.That(world.Engine.Find(UnitName.Parse("a@0-1-0.service")), Is.Null);
            Assert.That(world.Engine.Unit(id).Name.Value, Is.EqualTo("a@0-1-0.service"),
                "its last effects still find it");
            Assert.That(world.Store, Does.Not.ContainKey("a@0-1-0.service"));
            Assert.That(world.Catalog.Forgotten, Is.EqualTo(1));
            Assert.That(world["a.socket"].Accepting!.Served, Is.Zero);
        });
        world.Send(EngineEvent.Tick.Instance);
        Assert.That(world.Engine.UnitOrNull(id), Is.Null);
    }

    [Test]
    public void A_hundred_thousand_connections_leave_nothing_behind()
    {
        World world = Listening(s => s with { TriggerLimitBurst = 0 });
        int units = 0;
        int stored = 0;
        for (int i = 0; i < 100_000; i++)
        {
            Connect(world, "1-0");
            UnitRuntime instance = Only(world);
            world.Send(new EngineEvent.Exited(instance.MainProcess, ExitKind.Exited, 0, true));
            world.Send(new EngineEvent.UnitReleased(instance.Id));
            world.Records.Clear();
            world.AllEffects.Clear();
            world.Replies.Clear();
            if (i == 10)
                (units, stored) = (world.Engine.Units.Count, world.Store.Count);
        }

        Assert.That(world.Engine.Units, Has.Count.EqualTo(units));
        Assert.That(world.Store, Has.Count.EqualTo(stored));
        Assert.That(world.EngineStore, Has.Length.LessThan(2_000));
        Assert.That(world["a.socket"].Accepting!.Accepted, Is.EqualTo(100_000));
    }

    [Test]
    public void What_clients_did_can_be_undone_after_any_number_of_connections()
    {
        World world = Listening(s => s with { TriggerLimitBurst = 0 }, Make.Service("b.service"));
        RequestId start = world.StartAndRun("b.service");
        long transaction = ((EngineReply.Finished)world.Final(start)!).Transaction.Value;
        for (int i = 0; i < 300; i++)
        {
            Connect(world, "1-0");
            world.Send(new EngineEvent.Exited(Only(world).MainProcess, ExitKind.Exited, 0, true));
            foreach (UnitRuntime unit in All(world))
                world.Send(new EngineEvent.UnitReleased(unit.Id));
        }

        RequestId undo = world.Request(RequestVerb.Undo, "", more: r => r with
        {
            Transaction = new TransactionId(transaction),
        });
        world.MainExits("b.service");
        Assert.That(world.Outcome(undo), Is.EqualTo("committed"), world.Dump());
    }

    [Test]
    public void Too_many_connections_are_refused_and_the_next_is_served_when_one_has_ended()
    {
        World world = Listening(s => s with { MaxConnections = 2 });
        for (int i = 0; i < 3; i++)
            Connect(world, $"{i}-0");
        Assert.That(world.Effects, Is.EqualTo((Effect[])[
            new Effect.CloseConnection(world["a.socket"].Id, 3)]));
        Assert.That(world.Records[^1].Text, Does.Contain("MaxConnections="));
        Assert.That(world["a.socket"].Accepting, Has.Property("Accepted").EqualTo(2)
            .And.Property("Refused").EqualTo(1));
        world.MainExits("a@0-0-0.service");
        Connect(world, "9-0");
        Assert.That(world.State("a@2-9-0.service"), Is.EqualTo("running"));
    }

    [Test]
    public void One_source_has_its_own_limit_and_unix_peers_are_no_source()
    {
        World world = Listening(s => s with { MaxConnectionsPerSource = 1 });
        Connect(world, "x-1", "4 10.0.0.1");
        Connect(world, "x-2", "4 10.0.0.1");
        Assert.That(world.Records[^1].Text, Does.Contain("MaxConnectionsPerSource="));
        Connect(world, "x-3", "4 10.0.0.2");
        Connect(world, "x-4");
        Connect(world, "x-5");
        Assert.That(world["a.socket"].Accepting, Has.Property("Served").EqualTo(4)
            .And.Property("Refused").EqualTo(1));
    }

    [Test]
    public void Too_much_activation_fails_the_socket_and_leaves_the_instances()
    {
        World world = Listening(s => s with { TriggerLimitBurst = 3 });
        for (int i = 0; i < 5; i++)
            Connect(world, $"{i}-0");
        Assert.That(world.Result("a.socket"), Is.EqualTo("trigger-limit-hit"));
        Assert.That(world["a.socket"].Accepting, Has.Property("Accepted").EqualTo(3)
            .And.Property("Refused").EqualTo(2).And.Property("Served").EqualTo(3));
    }

    [Test]
    public void Stopping_the_socket_leaves_the_instances_and_refuses_what_comes_late()
    {
        World world = Listening();
        Connect(world, "1-0");
        world.Stop("a.socket");
        Connect(world, "2-0");
        Assert.That(world.State("a.socket"), Is.EqualTo("dead"));
        Assert.That(world.State("a@0-1-0.service"), Is.EqualTo("running"));
        Assert.That(world.Effects, Is.EqualTo((Effect[])[
            new Effect.CloseConnection(world["a.socket"].Id, 2)]));
        world.Start("a.socket");
        world.Send(new EngineEvent.SocketsOpened(world["a.socket"].Id, null));
        Connect(world, "3-0");
        Assert.That(world.State("a@1-3-0.service"), Is.EqualTo("running"),
            "the number goes on");
    }

    [Test]
    public void Without_a_template_the_socket_fails_as_under_systemd()
    {
        World world = Listening(template: false);
        Connect(world, "1-0");
        Assert.That(world.Result("a.socket"), Is.EqualTo("resources"), world.Dump());
        Assert.That(world["a.socket"].FailureText, Does.Contain("a@0-1-0.service"));
        Assert.That(world.AllEffects, Has.Member(
            new Effect.CloseConnection(world["a.socket"].Id, 1)));
    }

    [Test]
    public void A_name_that_is_too_long_fails_the_socket_and_closes_the_connection()
    {
        World world = Listening();
        Connect(world, new string('1', 300));
        Assert.That(world["a.socket"].FailureText, Does.Contain("is no unit name"));
        Assert.That(world.Effects, Has.Member(
            new Effect.CloseConnection(world["a.socket"].Id, 1)));
    }

    [Test]
    public void A_failed_instance_is_kept_until_it_is_reset_and_only_the_youngest_are()
    {
        var limits = new EngineLimits { FailedInstances = 2 };
        World world = Listening(limits: limits);
        for (int i = 0; i < 3; i++)
        {
            Connect(world, "1-0");
            world.MainExits($"a@{i}-1-0.service", code: 1);
            foreach (Effect.ReleaseUnit gone in world.Effects.OfType<Effect.ReleaseUnit>().ToList())
                world.Send(new EngineEvent.UnitReleased(gone.Unit));
        }

        Assert.That(Instances(world), Is.EqualTo((string[])[
            "a@1-1-0.service failed", "a@2-1-0.service failed"]));
        world.Request(RequestVerb.ResetFailed, "a@1-1-0.service");
        Assert.That(world.Effects.OfType<Effect.ReleaseUnit>().ToList(), Has.Count.EqualTo(1));
    }

    [Test]
    public void CollectMode_inactive_or_failed_forgets_a_failed_one_too()
    {
        World world = Listening(unit: u => u with { CollectsFailed = true });
        Connect(world, "1-0");
        world.MainExits("a@0-1-0.service", code: 1);
        Assert.That(world.Effects.OfType<Effect.ReleaseUnit>().ToList(), Has.Count.EqualTo(1));
    }

    [Test]
    public void An_instance_that_named_another_main_process_is_forgotten_too()
    {
        World world = Listening(with: s => s with { NotifyAccess = NotifyAccess.All });
        Connect(world, "1-0");
        world.Notify("a@0-1-0.service", new NotifyMessage
        {
            MainPid = new ProcessIdentity(4_321, 7),
        });
        Assert.That(world["a@0-1-0.service"].MainProcess.Pid, Is.EqualTo(4_321), world.Dump());
        world.MainExits("a@0-1-0.service");
        Assert.That(world.Effects.OfType<Effect.ReleaseUnit>().ToList(), Has.Count.EqualTo(1));
    }

    [Test]
    public void An_instance_that_somebody_needs_stays()
    {
        World world = Listening(more: Make.Service(
            "b.service", deps: "Wants=a@0-1-0.service"));
        world.StartAndRun("b.service");
        Connect(world, "1-0");
        world.MainExits("a@0-1-0.service");
        Assert.That(world.Effects.OfType<Effect.ReleaseUnit>(), Is.Empty);
    }

    [Test]
    public void An_instance_that_waits_for_its_restart_has_lost_the_connection()
    {
        World world = Listening(with: s => s with { Restart = RestartMode.Always });
        Connect(world, "1-0");
        world.MainExits("a@0-1-0.service", code: 1);
        Assert.That(world.State("a@0-1-0.service"), Is.EqualTo("auto-restart"));
        Assert.That(world["a@0-1-0.service"].ConnectionTicket, Is.Zero);
        Assert.That(world["a.socket"].Accepting!.Served, Is.Zero);
    }

    [Test]
    public void The_kernel_out_of_descriptors_is_asked_again_after_a_while()
    {
        World world = Listening();
        world.Send(new EngineEvent.AcceptFailed(world["a.socket"].Id, "EMFILE"));
        Assert.That(world.Effects, Is.Empty);
        Assert.That(world.Records[^1].Text, Does.Contain("EMFILE"));
        world.Advance(900_000);
        Assert.That(world.Effects, Is.Empty);
        world.Advance(200_000);
        Assert.That(world.Effects, Is.EqualTo((Effect[])[
            new Effect.PollSockets(world["a.socket"].Id, Enable: true)]));
        Assert.That(world.State("a.socket"), Is.EqualTo("listening"));
    }

    [Test]
    public void What_failed_for_an_instance_is_on_record_though_it_is_forgotten_meanwhile()
    {
        World world = Listening();
        Connect(world, "1-0");
        UnitId id = world["a@0-1-0.service"].Id;
        world.MainExits("a@0-1-0.service");
        var step = new EngineStep();
        var now = new Instant(world.NowUs, world.RealtimeUs);
        world.Engine.Handle(new EngineEvent.UnitReleased(id), now, step);
        world.Engine.Handle(new EngineEvent.EffectFailed(id, "kill", "EPERM"), now, step);
        Assert.That(All(world), Is.Empty);
        Assert.That(
            step.Records.Where(r => r is { Kind: RecordKind.Rejected, Text: "EPERM" }),
            Has.Exactly(1).Items);
    }

    [Test]
    public void At_the_end_instances_are_stopped_before_their_socket()
    {
        World world = Listening();
        Connect(world, "1-0");
        world.Request(RequestVerb.Poweroff, "");
        Assert.That(world.State("a.socket"), Is.EqualTo("listening"), world.Dump());
        world.MainExits("a@0-1-0.service");
        Assert.That(world.State("a.socket"), Is.EqualTo("dead"), world.Dump());
    }

    [Test]
    public void A_reload_keeps_instances_what_they_are()
    {
        World world = Listening();
        Connect(world, "1-0");
        world.Send(new EngineEvent.CatalogReplaced(world.Catalog, default, null));
        Assert.That(world["a@0-1-0.service"].Definition.AcceptedBy.Value, Is.EqualTo("a.socket"));
        world.MainExits("a@0-1-0.service");
        Assert.That(world.Effects.OfType<Effect.ReleaseUnit>().ToList(), Has.Count.EqualTo(1));
    }

    private void Connect(World world, string peer, string source = "")
    {
        world.Send(new EngineEvent.ConnectionAccepted(
            world["a.socket"].Id, ++_ticket, peer, source));
        var effects = world.Effects.ToList();
        world.RunSpawns();
        if (!effects.OfType<Effect.Spawn>().Any())
            return;
        world.Effects.Clear();
        world.Effects.AddRange(effects);
    }

    private static List<UnitRuntime> All(World world) =>
        [.. world.Engine.Units.Where(u => u.Name.IsInstance)];

    private static UnitRuntime Only(World world) => All(world).Single();

    private static string[] Instances(World world) =>
        [.. All(world).Select(u => $"{u.Name} {world.State(u.Name.Value)}")];

    private static World Listening(
        Func<SocketSettings, SocketSettings>? socket = null,
        UnitDefinition? more = null,
        bool template = true,
        EngineLimits? limits = null,
        Func<UnitDefinition, UnitDefinition>? unit = null,
        Func<ServiceSettings, ServiceSettings>? with = null)
    {
        var world = new World(limits ?? new EngineLimits(), Make.Socket("a.socket", with: s =>
        {
            s = s with { Accept = true, TriggerLimitBurst = 200, Service = default };
            return socket is null ? s : socket(s);
        }));
        if (template)
            world.Catalog.Add(Make.Service("a@.service", unit: unit, with: with));
        if (more is not null)
            world.Catalog.Add(more);
        world.Start("a.socket");
        world.Send(new EngineEvent.SocketsOpened(world["a.socket"].Id, null));
        Assert.That(world.State("a.socket"), Is.EqualTo("listening"));
        return world;
    }
}
