using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Init.Prepare;
using InitTx.Linux;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Prepare;
using InitTx.Linux.Sockets;
using InitTx.Units.Model;

namespace InitTx.Init.Activation;

/// <summary>
/// Listening sockets of socket units. They outlive the manager's image: each is registered in the
/// black box under its unit and its place in the unit's list, and is taken over from there. Polled
/// one-shot: traffic is reported once and then left to the service; with Accept=yes connections are
/// taken and polling goes on.
/// </summary>
internal sealed class SocketHost(
    Engine engine, EventLoop loop, EventQueue queue, PrepareClient prepare,
    ConnectionHost connections, ManagerConsole console)
{
    private const long LookupTimeoutUs = 30_000_000;

    // Taken at once; others have their turn before the rest.
    private const int AcceptedPerRound = 64;

    private readonly Dictionary<int, FileDescriptor[]> _open = [];

    /// <summary>
    /// Takes over what the image before this one held; the units that have all of theirs. How many
    /// that is the held ones say: a definition that was reloaded since has other lines, and holds
    /// from the next start on.
    /// </summary>
    public List<UnitName> TakeOver(IReadOnlyList<HeldDescriptor> held)
    {
        var complete = new List<UnitName>();
        foreach (UnitRuntime unit in engine.Units)
        {
            if (unit.Name.Kind != UnitKind.Socket)
                continue;
            List<HeldDescriptor> own = WithoutHole(held, unit.Name, out List<HeldDescriptor> rest);

            // They were being opened, by the definition that is in force.
            if (unit.Sub == SubState.StartChown
                && own.Count != unit.Definition.Socket?.Listen.Count)
            {
                rest.AddRange(own);
                own.Clear();
            }

            Release(rest.ConvertAll(static entry => new FileDescriptor(entry.Fd)));
            if (own.Count == 0)
                continue;
            _open[unit.Id.Value] =
                [.. own.ConvertAll(static entry => new FileDescriptor(entry.Fd))];
            complete.Add(unit.Name);
        }

        return complete;
    }

    /// <summary>
    /// A unit's listeners from the first on, as far as none is missing. They are let go from the
    /// first to the last, so without the first the unit was about to close them.
    /// </summary>
    /// <param name="rest">The others, which nobody has a use for.</param>
    internal static List<HeldDescriptor> WithoutHole(
        IReadOnlyList<HeldDescriptor> held, UnitName unit, out List<HeldDescriptor> rest)
    {
        var found = new List<HeldDescriptor>();
        rest = [];
        foreach (HeldDescriptor entry in held)
        {
            if (entry.Kind == DescriptorKind.Listen
                && string.Equals(entry.Unit, unit.Value, StringComparison.Ordinal))
                found.Add(entry);
        }

        found.Sort(static (a, b) => a.Tag.CompareTo(b.Tag));
        var own = new List<HeldDescriptor>(found.Count);
        foreach (HeldDescriptor entry in found)
        {
            bool isNext = entry.Tag == (ulong)own.Count && own.Count < ActivationSockets.PerUnitMax;
            (isNext ? own : rest).Add(entry);
        }

        return own;
    }

    public void Open(UnitRuntime unit)
    {
        SocketSettings settings = unit.Definition.Socket!;
        if (_open.ContainsKey(unit.Id.Value))
        {
            queue.Post(new EngineEvent.SocketsOpened(unit.Id, null));
            return;
        }

        if (settings.SocketUser is null && settings.SocketGroup is null)
        {
            Open(unit, settings, default);
            return;
        }

        var question = new PrepareQuestion.SocketOwner(0, unit.Name, settings.SocketUser, settings.SocketGroup);
        prepare.Ask(question, LookupTimeoutUs, reply =>
        {
            if (reply.Answer is PrepareAnswer.SocketOwner { Error: null } owner)
                Open(unit, settings, new SocketOwner(Known(owner.Uid), Known(owner.Gid)));
            else
                queue.Post(new EngineEvent.SocketsOpened(unit.Id, "SocketUser=, SocketGroup=: " + reply.Error));
        });
    }

    public void Close(UnitRuntime unit)
    {
        if (!_open.Remove(unit.Id.Value, out FileDescriptor[]? sockets))
            return;
        Ignore(sockets);
        Release(sockets);
        if (unit.Definition.Socket is { } settings)
            ActivationSockets.Unlink(settings);
    }

    /// <param name="flush">What waits is thrown away first (FlushPending=).</param>
    public void Poll(UnitRuntime unit, bool enable, bool flush)
    {
        if (!_open.TryGetValue(unit.Id.Value, out FileDescriptor[]? sockets))
            return;
        if (flush)
        {
            foreach (FileDescriptor socket in sockets)
            {
                // The service may have made it block.
                socket.SetNonBlocking(true);
                ActivationSockets.Flush(socket);
            }
        }

        Ignore(sockets);
        for (int i = 0; enable && i < sockets.Length; i++)
        {
            SysResult watched = loop.Add(
                sockets[i].Number, LoopEvents.Readable, KeyOf(unit.Id, i), once: true);
            if (watched.IsError)
            {
                Fail(unit.Id, sockets, "watching a socket: " + watched.Error.Describe());
                return;
            }
        }
    }

    public void OnReady(UnitId unit, int index, LoopEvents events)
    {
        if (!_open.TryGetValue(unit.Value, out FileDescriptor[]? sockets)
            || index >= sockets.Length || engine.UnitOrNull(unit) is not { } socket)
            return;
        if ((events & LoopEvents.HangUp) != 0)
        {
            Fail(unit, sockets, "a socket was shut down, likely by the service that had it");
        }
        else if ((events & LoopEvents.Readable) == 0)
        {
            // Errors that the service left behind are no traffic, and would be told for ever.
            if (ActivationSockets.TakeErrors(sockets[index]))
                Watch(unit, sockets, index);
            else
                Fail(unit, sockets, $"a socket has an error ({events}) that does not go away");
        }
        else if (socket.Definition.Socket is { Accept: true })
        {
            Accept(socket, sockets, index);
        }
        else
        {
            Ignore(sockets);
            queue.Post(new EngineEvent.SocketReady(unit));
        }
    }

    private void Accept(UnitRuntime socket, FileDescriptor[] sockets, int index)
    {
        FileDescriptor listener = sockets[index];

        // A service that had it before a reload brought Accept=yes has it as it likes.
        listener.SetNonBlocking(true);
        for (int i = 0; i < AcceptedPerRound; i++)
        {
            AcceptOutcome outcome = AcceptedConnections.Accept(
                listener, out SysResult<FileDescriptor> taken);
            if (outcome == AcceptOutcome.Accepted)
            {
                connections.Take(socket, taken.Require());
            }
            else if (outcome == AcceptOutcome.Refused)
            {
                Ignore(sockets);
                queue.Post(new EngineEvent.AcceptFailed(
                    socket.Id, "accept: " + taken.Error.Describe()));
                return;
            }
            else if (outcome == AcceptOutcome.None)
            {
                break;
            }
        }

        Watch(socket.Id, sockets, index);
    }

    private static EventKey KeyOf(UnitId unit, int index) =>
        new(EventKinds.ActivationSocket, ((ulong)unit.Value << 8) | (uint)index);

    /// <summary>The descriptors that a service's main process gets, from 3 on, in order.</summary>
    /// <param name="names">One name a descriptor, for LISTEN_FDNAMES (sd_listen_fds(3)).</param>
    public List<int> DescriptorsFor(UnitDefinition service, out List<string> names)
    {
        var descriptors = new List<int>();
        names = [];
        foreach (UnitName name in service.Service?.Sockets ?? [])
        {
            // Its connections are taken here, each for an instance of its own.
            if (engine.Find(name) is not { Definition.Socket: not { Accept: true } } unit
                || !_open.TryGetValue(unit.Id.Value, out FileDescriptor[]? open))
                continue;
            foreach (FileDescriptor socket in open)
            {
                // Ours do not block, to be polled; the service has them as NonBlocking= says.
                socket.SetNonBlocking(service.Exec is { NonBlocking: true });
                descriptors.Add(socket.Number);
                names.Add(unit.Definition.Socket?.FileDescriptorName ?? name.Value);
            }
        }

        return descriptors;
    }

    /// <summary>How many descriptors a unit holds, for status.</summary>
    public int CountOf(UnitId unit) => _open.TryGetValue(unit.Value, out FileDescriptor[]? open) ? open.Length : 0;

    private void Open(UnitRuntime unit, SocketSettings settings, SocketOwner owner)
    {
        OpenedSockets opened = ActivationSockets.Open(settings, owner);
        foreach (string warning in opened.Warnings)
            console.Line($"{unit.Name}: {warning}");
        if (opened.Error is { } error)
        {
            queue.Post(new EngineEvent.SocketsOpened(unit.Id, error));
            return;
        }

        var sockets = new FileDescriptor[opened.Sockets.Count];
        for (int i = 0; i < sockets.Length; i++)
            sockets[i] = opened.Sockets[i].Descriptor;
        Register(unit, settings, sockets);
        _open[unit.Id.Value] = sockets;
        queue.Post(new EngineEvent.SocketsOpened(unit.Id, null));
    }

    // All or none: what the registry has no room for is closed with this image, and the next one
    // would take the others for all of them.
    private static void Register(
        UnitRuntime unit, SocketSettings settings, FileDescriptor[] sockets)
    {
        for (int i = 0; i < sockets.Length; i++)
        {
            if (DescriptorRegistry.Register(
                sockets[i].Number, DescriptorKind.Listen, unit.Name.Value,
                settings.FileDescriptorName ?? "", (ulong)i) >= 0)
                continue;
            while (--i >= 0)
                DescriptorRegistry.Unregister(sockets[i].Number);
            return;
        }
    }

    // It was reported, so it is in the loop and silent.
    private void Watch(UnitId unit, FileDescriptor[] sockets, int index) => loop.Rearm(
        sockets[index].Number, LoopEvents.Readable, KeyOf(unit, index), once: true);

    // Out of the loop altogether: watched for nothing, hang-ups and errors are still reported, each
    // time anew, and the service that has the socket now can cause both.
    private void Ignore(FileDescriptor[] sockets)
    {
        foreach (FileDescriptor socket in sockets)
            loop.Remove(socket.Number);
    }

    private void Fail(UnitId unit, FileDescriptor[] sockets, string why)
    {
        Ignore(sockets);
        queue.Post(new EngineEvent.SocketsOpened(unit, why));
    }

    private static void Release(IReadOnlyList<FileDescriptor?> sockets)
    {
        foreach (FileDescriptor? socket in sockets)
        {
            if (socket is null)
                continue;
            DescriptorRegistry.Unregister(socket.Number);
            ForeignDescriptors.Close(socket);
        }
    }

    private static uint? Known(uint id) => id == uint.MaxValue ? null : id;
}
