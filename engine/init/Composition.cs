using InitTx.Core;
using InitTx.Init.Activation;
using InitTx.Init.Archive;
using InitTx.Init.Boot;
using InitTx.Init.Control;
using InitTx.Init.Logging;
using InitTx.Init.Prepare;
using InitTx.Init.Processes;
using InitTx.Init.Recovery;
using InitTx.Init.Shutdown;
using InitTx.Linux;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Cgroups;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Machine;
using InitTx.Linux.Processes;
using InitTx.Linux.Signals;
using InitTx.Units.Parsing;

namespace InitTx.Init;

/// <summary>
/// The one place where everything is made and connected. Order matters only where it says so; what
/// cannot be had (a console, cgroups, a socket path) is left out and told, never waited for.
/// </summary>
internal static class Composition
{
    public static Manager Build(StartState state)
    {
        ManagerSetup setup = state.Setup;
        var queue = new EventQueue();
        var children = new HeldChildren(
            state.Held, state.Start.Reason == StartReason.Planned);
        EventLoop loop = children.MakeLoop();
        SignalSource signals = SignalSource.Create(state.Start.SignalMask).Require();
        loop.Add(signals.Fd, LoopEvents.Readable, new EventKey(EventKinds.Signal, 0));
        ManagerConsole console = MakeConsole(setup);
        ProcFs proc = ProcFs.Open();
        ChildReaper reaper = children.MakeReaper();
        var statuses = new SpawnStatusTable(loop);
        StandardStreams streams = MakeStreams(setup);
        RestoredState restored = RestoredState.Open(state);
        Engine engine = restored.Engine;

        var known = new KnownPids();
        var sessions = new SessionProcesses(proc, reaper, known, queue);
        CgroupTree tree = MakeTree(state, proc);
        var cgroups = new UnitCgroups(
            tree, engine, queue, sessions, reaper, proc,
            new UnitResources(tree, engine, queue, setup.Config.Units));
        cgroups.Watch(loop);
        var own = new InternalProcesses(reaper, statuses, streams, console, cgroups);
        LogHost? logs = MakeOutput(state, loop, own, streams, console);
        var prepare = new PrepareClient(
            loop, queue, PrepareHelper.Program(own, setup.Paths), setup.Paths, console);
        var connections = new ConnectionHost(engine, queue);
        var sockets = new SocketHost(engine, loop, queue, prepare, connections, console);
        var store = new DescriptorStore(engine, loop, console);
        var namespaces = new NamespaceHost(engine);
        var builder = new SpawnBuilder(setup.Paths, setup.Config.Units.Environment);
        var unexecuted = new ExecWatch(queue, proc);
        var mounts = new MountUnits(engine, queue, setup.Paths, console);
        var late = new LateSignals(cgroups, engine, queue);
        var adopted = new AdoptedProcesses(engine, reaper, known, cgroups);
        var processes = new ProcessHost(
            engine, queue, reaper, proc, late, statuses, builder, prepare, cgroups,
            new PassedDescriptors(sockets, connections, store), namespaces, streams, unexecuted,
            mounts, own, known, adopted,
            new InvocationIds(BootId.Get(), state.Start.FirstStartNs), setup.Paths);
        var files = new UnitFiles(
            engine, queue, prepare, adopted, cgroups, proc, state.HeldTree, state.HeldDefinitions,
            state.Sources, setup.Paths, console);
        var owners = new UnitProcesses(engine, known, proc, cgroups);
        var bus = new BusHost(engine, loop, queue, own, owners, setup.Paths, console);
        NotifyHost? notify = MakeNotify(
            state, loop, engine, queue, adopted, owners, store, console);
        var replies = new ReplyRouter();
        var archive = new ArchiveHost(
            loop, own, restored.Journal.Live, ArchiveStart.Of(state), console);
        ControlPlane? control = ControlPlane.Open(
            state, loop, engine, queue, restored, cgroups, proc, replies, archive, console);
        MainLoop? main = null;
        var shutdown = new ShutdownHost(
            queue, own, setup.Paths, console, setup.IsPid1, archive, logs,
            status => main!.End(status));
        var definitions = new DefinitionKeeper(
            engine, state.HeldDefinitions, state.Sources, console);
        var reexec = new ReexecHost(
            replies, console, statuses, children, complete =>
            {
                late.SendAll();
                cgroups.RemoveAll();
                definitions.CatchUp();
                restored.Snapshot.Write(
                    new EngineStates(engine, handsOver: true), restored.Journal.Live.HeadSeq,
                    complete && unexecuted.IsEmpty);
            });
        var timers = new TimerHost(queue, prepare, setup.Paths, console);
        var paths = new PathHost(loop, queue, prepare);
        var automounts = new AutomountHost(
            engine, loop, queue, prepare, own, proc, setup.Paths, console);
        var effects = new EffectRunner(
            engine, processes, prepare, cgroups, late, notify, sockets, connections, store,
            namespaces, bus, timers, paths, automounts, files, replies, shutdown, reexec, archive,
            console);
        var clock = new ClockHost(engine, queue, timers, console);
        clock.Watch(loop);
        var health = new HealthKeeper(
            state.Start, console, definitions, () => reexec.Request(default));
        OpenWatchdog(state, health, console);
        var inHand = new SignalsInHand(engine);
        var sources = new SourceDispatcher(
            queue, signals, inHand, processes, reaper, statuses, prepare, notify, control?.Transport, control?.Server,
            sockets, store, bus, cgroups, mounts, shutdown, health, archive, logs,
            unexecuted, sessions, clock, paths, automounts, late);
        main = new MainLoop(loop, engine, restored.Journal, queue, processes, effects, sources, reexec);
        OpenCrashTests(state, loop, console);
        foreach (string problem in state.Problems)
            console.Line(problem);
        state.Sources.Problem = console.Line;

        IReadOnlyList<EngineEvent> first = [];
        if (state.Start.IsRecovery)
        {
            cgroups.TakeOver();
            store.TakeOver(state.Held);
            namespaces.TakeOver(state.Held);
            if (logs is not null)
                logs.TakeOver(state.Held, engine);
            else
                CloseLogPipes(state.Held);
            List<EngineEvent> signalled = inHand.TakeBack(state.Start);
            IReadOnlyList<EngineEvent> found = new RecoveryFindings(
                engine, processes, unexecuted, reaper, proc, sockets, automounts, connections,
                restored.IsHandedOver)
                .Collect(state, restored.HeadSeq, mounts.Start(loop));
            first = [.. found, .. signalled];
            reaper.DropParked();
            if (state.HeldDefinitions.AwaitsReload)
                first = [.. first, new EngineEvent.CatalogReplaced(state.Sources.Catalog, default, null)];
        }
        else
        {
            new FirstBoot(state, queue, prepare, mounts, loop, console).Begin();
        }

        Shim.Loading(false);
        return new Manager(main, queue, first);
    }

    private static ManagerConsole MakeConsole(ManagerSetup setup)
    {
        bool mayBlock = false;
        SysResult<FileDescriptor> opened = setup.IsPid1
            ? KernelConsole.Open()
            : ManagerConsole.OwnOf(new FileDescriptor(2), out mayBlock);
        return new ManagerConsole(opened.Value, "initx: ", mayBlock);
    }

    private static StandardStreams MakeStreams(ManagerSetup setup)
    {
        FileDescriptor? nothing = Files.Open(Files.Cwd, "/dev/null", OpenReadWrite).Value;
        FileDescriptor? log = (setup.CommandLine.Log ?? setup.Config.LogTarget) switch
        {
            LogTargetKind.Null => null,
            LogTargetKind.Console => KernelConsole.Open().Value,
            LogTargetKind.Kmsg => KernelConsole.OpenLog().Value,
            _ => setup.IsPid1 && !setup.InContainer
                ? KernelConsole.OpenLog().Value
                : KernelConsole.Open().Value,
        };
        FileDescriptor? console = setup.IsPid1
            ? KernelConsole.Open().Value
            : new FileDescriptor(2).Duplicate().Value;
        if (!setup.IsPid1)
            console?.SetNonBlocking(false);
        return new StandardStreams(nothing, log, console);
    }

    private static LogHost? MakeOutput(
        StartState state,
        EventLoop loop,
        InternalProcesses own,
        StandardStreams streams,
        ManagerConsole console)
    {
        ManagerSetup setup = state.Setup;
        if (LogStart.Target(setup) == LogTargetKind.Journald)
            streams.Output = new JournaldOutput(console);
        if (!LogStart.UsesLogger(setup))
            return null;
        string boot = BootIdentity.Of(state);
        var logs = new LogHost(
            loop, own, volatileOnly => LogStart.Arguments(setup, boot, volatileOnly), console);
        streams.Output = logs;
        return logs;
    }

    // The configuration has changed: nobody will read them.
    private static void CloseLogPipes(IReadOnlyList<HeldDescriptor> held)
    {
        foreach (HeldDescriptor entry in held)
        {
            if (entry.Kind != DescriptorKind.LogPipe)
                continue;
            DescriptorRegistry.Unregister(entry.Fd);
            new FileDescriptor(entry.Fd).Dispose();
        }
    }

    /// <summary>
    /// The hardware's, where initx.conf asks for it. One that the image before this armed is fed in
    /// any case, also without configuration.
    /// </summary>
    private static void OpenWatchdog(StartState state, HealthKeeper health, ManagerConsole console)
    {
        ManagerConfig config = state.Setup.Config;
        bool held = Kept(state, DescriptorKind.HardwareWatchdog) is not null;
        if (!held && (config.RuntimeWatchdogUs == 0 || !state.Setup.IsPid1))
            return;
        long wanted = (config.RuntimeWatchdogUs + 999_999) / 1_000_000;
        uint seconds = (uint)Math.Min(wanted, ushort.MaxValue);
        int result = Shim.OpenHardwareWatchdog(config.WatchdogDevice, ref seconds);
        if (result < 0)
        {
            console.Line($"no hardware watchdog {config.WatchdogDevice}: "
                + ((Errno)(-result)).Describe());
            return;
        }

        health.FeedHardware(seconds);
        if (!held)
            console.Line($"hardware watchdog {config.WatchdogDevice}: {seconds} s");
    }

    private static CgroupTree MakeTree(StartState state, ProcFs proc)
    {
        FileDescriptor? held = null;
        foreach (HeldDescriptor entry in state.Held)
        {
            if (entry.Kind == DescriptorKind.Other && entry.Name == CgroupWatch)
                held = new FileDescriptor(entry.Fd);
        }

        CgroupTree tree = CgroupTree.Create(CgroupLayout.Detect(proc), held);
        if (held is not null && tree.Watcher?.Fd != held.Number)
        {
            DescriptorRegistry.Unregister(held.Number);
            held.Dispose();
        }

        // Where it cannot be handed over the next image makes one of its own.
        if (tree.Watcher is { IsTakenOver: false } watcher)
            DescriptorRegistry.Register(watcher.Fd, DescriptorKind.Other, "", CgroupWatch);
        tree.Prepare("cpu", "io", "memory", "pids", "cpuset");
        return tree;
    }

    private static NotifyHost? MakeNotify(
        StartState state,
        EventLoop loop,
        Engine engine,
        EventQueue queue,
        AdoptedProcesses adopted,
        UnitProcesses owners,
        DescriptorStore store,
        ManagerConsole console)
    {
        string path = state.Setup.Paths.NotifySocket;
        HeldDescriptor? held = Kept(state, DescriptorKind.Notify);
        SysResult<Linux.Notify.NotifySocket> socket = held is null
            ? Linux.Notify.NotifySocket.Open(path, engine.Limits)
            : Linux.Notify.NotifySocket.Adopt(new FileDescriptor(held.Fd), path, engine.Limits);
        if (socket.IsError)
        {
            console.Line("no notify socket: " + socket.Message);
            return null;
        }

        int fd = socket.Require().Fd;
        if (held is null)
            DescriptorRegistry.Register(fd, DescriptorKind.Notify, "", "notify", 0);
        loop.Add(fd, LoopEvents.Readable, new EventKey(EventKinds.Notify, 0));
        var host = new NotifyHost(socket.Require(), queue, adopted, owners, store);

        // As with a signal: what was being handled when the manager crashed may be the reason.
        bool isSuspect = state.Start is
            { Reason: StartReason.Crash or StartReason.Hang or StartReason.Retry }
            && state.Start.Cause is { EventKind: MainLoop.NotifiedKind };
        if (held is not null && isSuspect)
            socket.Require().BeCareful();
        socket.Require().MayStore = host.MayStore;
        return host;
    }

    private static void OpenCrashTests(StartState state, EventLoop loop, ManagerConsole console)
    {
        if (!state.Options.CrashTests)
            return;
        int fd = CrashTests.Open(state.Setup.Paths.Runtime);
        if (fd < 0)
            console.Line($"--crash-tests: {((Errno)(-fd)).Describe()}");
        else
            loop.Add(fd, LoopEvents.Readable, new EventKey(EventKinds.CrashTest, 0));
    }

    internal static HeldDescriptor? Kept(StartState state, DescriptorKind kind)
    {
        foreach (HeldDescriptor entry in state.Held)
        {
            if (entry.Kind == kind)
                return entry;
        }

        return null;
    }

    private const int OpenReadWrite = 2;
    private const string CgroupWatch = "cgroup-watch";
}
