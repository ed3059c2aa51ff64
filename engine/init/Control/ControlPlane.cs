using InitTx.Core;
using InitTx.Init.Processes;
using InitTx.Init.Recovery;
using InitTx.Linux;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Control;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Processes;

namespace InitTx.Init.Control;

/// <summary>The control socket with everything behind it.</summary>
internal sealed record ControlPlane(SocketTransport Transport, ControlServer Server)
{
    /// <summary>
    /// Null, told on the console, when no socket can be had: the machine runs on without.
    /// </summary>
    public static ControlPlane? Open(
        StartState state,
        EventLoop loop,
        Engine engine,
        EventQueue queue,
        RestoredState restored,
        UnitCgroups cgroups,
        ProcFs proc,
        ReplyRouter replies,
        Archive.ArchiveHost archive,
        ManagerConsole console)
    {
        string path = state.Setup.Paths.ControlSocket;
        HeldDescriptor? held = Composition.Kept(state, DescriptorKind.Control);
        SysResult<ControlListener> listener = held is null
            ? ControlListener.Open(path, state.Setup.Paths.User ? 0b110_000_000u : 0b110_110_110u)
            : ControlListener.Adopt(new FileDescriptor(held.Fd));
        if (listener.IsError)
        {
            console.Line("no control socket: " + listener.Message);
            return null;
        }

        int fd = listener.Require().Fd;
        if (held is null)
            DescriptorRegistry.Register(fd, DescriptorKind.Control, "", "control", 0);
        loop.Add(fd, LoopEvents.Readable, new EventKey(EventKinds.ControlListener, 0));
        var transport = new SocketTransport(loop, listener.Require(), proc, console);
        var facts = new SystemFacts(
            state.Start, restored.Journal.Live, cgroups, archive, Boot.BootIdentity.Of(state),
            Logging.LogStart.Facts(state.Setup));
        var queries = new Queries.QueryAnswerer(
            () => engine, facts, new JournalRows(restored.Journal.Live, archive));
        var server = new ControlServer(
            Options(state), transport, new EngineControlHost(queue), queries, () => engine.Catalog);
        transport.Connect(server);
        replies.Connect(
            (request, reply) => server.OnReply(request, reply, MonotonicClock.BootTimeUs()));
        return new ControlPlane(transport, server);
    }

    private static ControlOptions Options(StartState state) => new()
    {
        OwnerUid = (int)ProcessIds.EffectiveUid,
        ControlGid = state.Setup.ControlGid,
        ReadPolicy = state.Setup.Config.ReadPolicyPrivileged
            ? ReadPolicy.Privileged
            : ReadPolicy.All,
    };
}
