using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Simulation.Randomness;

namespace InitTx.Simulation.World;

/// <summary>
/// Two operators at their terminals. Each request has its own connection; who loses the manager
/// to a crash asks again for the outcome by transaction id, or repeats what was never accepted.
/// </summary>
internal sealed class SimulatedClients(SimulatedWorld world)
{
    private readonly List<ClientConnection> _open = [];
    private readonly List<TransactionId> _seen = [];
    private long _lastRequest;
    private long _operations;

    /// <summary>Connections that wait for something.</summary>
    public IReadOnlyList<ClientConnection> Open => _open;

    /// <summary>A client has hung up, nobody has read that, and it cancels something.</summary>
    public bool IsAnyLeaving =>
        _open.Exists(c => c is { HungUp: true, Ended: false, WasRead: true }
            && c.Operation.CancelOnDisconnect);

    /// <summary>Requests sent so far, by verb.</summary>
    public int[] Sent { get; } = new int[(int)RequestVerb.Thaw + 1];

    /// <summary>What a reply broke: a second end, an answer to nobody.</summary>
    public Action<string>? Broken { get; set; }

    /// <summary>Sends one request.</summary>
    public void Send(Operation operation)
    {
        ClientConnection connection = Connect(operation, ++_operations);
        if (operation.HangsUpAfterUs == long.MaxValue)
            return;
        ulong tie = world.Seed.Draw(Purpose.Order, -2, connection.Place);
        world.Agenda.At(world.Clock.ActiveUs + operation.HangsUpAfterUs, tie, () =>
            HangUp(connection));
    }

    /// <summary>The Reply effect.</summary>
    public void Receive(RequestId request, EngineReply reply)
    {
        ClientConnection? connection = Find(request);
        if (connection is null)
        {
            if (request.Value > _lastRequest || request.Value <= 0)
                Broken?.Invoke($"a reply to request {request.Value}, which nobody made");
            return;
        }

        if (connection.HungUp)
            return;
        if (connection.Ended)
        {
            Broken?.Invoke($"request {request.Value} got {reply.GetType().Name} after its end");
            return;
        }

        if (reply is EngineReply.Accepted accepted)
        {
            connection.Transaction = accepted.Transaction;
            if (connection.Operation.Verb != RequestVerb.WaitTransaction)
                _seen.Add(accepted.Transaction);
        }

        connection.LastReplyAtUs = world.Clock.BootUs;
        if (reply.IsFinal || (reply is EngineReply.Accepted && connection.Operation.NoBlock))
            connection.Ended = true;
        if (reply is EngineReply.Finished finished)
            Finished?.Invoke(connection, finished);
    }

    /// <summary>Called with every outcome that a client hears.</summary>
    public Action<ClientConnection, EngineReply.Finished>? Finished { get; set; }

    /// <summary>
    /// Forgets connections that have ended; a later reply to one is seen as an error.
    /// </summary>
    public void Sweep() => _open.RemoveAll(c => c.Ended && c.EndedAtLeast(world.Clock.BootUs));

    /// <summary>
    /// The manager is back: every client that still waits asks for its transaction. One without
    /// a transaction reports the loss; after a crash some operators then try again.
    /// </summary>
    public void Reconnect(bool planned)
    {
        List<ClientConnection> lost = _open.FindAll(c => !c.Ended && c.WasRead);
        foreach (ClientConnection c in lost)
        {
            _open.Remove(c);
            if (c.HungUp)
                continue;

            if (c.Transaction.Value != 0)
                c.Successor = Connect(WaitFor(c), c.Place);
            else if (!planned && (Insists(c) || (Repeatable(c) && !IsShutdown(c)
                && (world.Seed.Draw(Purpose.Clients, -3, c.Place) & 1) == 0)))
                c.Successor = Connect(c.Operation, c.Place);
        }
    }

    private ClientConnection Connect(Operation operation, long place)
    {
        var request = new RequestId(++_lastRequest);
        var connection = new ClientConnection(request, operation, Form(request, operation, place))
        {
            SentAtUs = world.Clock.BootUs,
            Place = place,
        };
        Sent[(int)operation.Verb]++;
        _open.Add(connection);
        var input = new RequestInput(connection);
        connection.Input = input;
        world.Ready.Post(input, world.Seed.Draw(Purpose.Order, -1, place));
        return connection;
    }

    private static Operation WaitFor(ClientConnection c) => new()
    {
        Verb = RequestVerb.WaitTransaction,
        Client = c.Operation.Client,
        Exactly = c.Transaction,
        CancelOnDisconnect = c.Operation.CancelOnDisconnect,
    };

    // Whoever wants the machine off asks again when the order was lost before it was on record. One
    // that is on record must be carried out without that, though its client heard nothing.
    private static bool Insists(ClientConnection c) => IsShutdown(c) && !c.IsRecorded;

    private static bool IsShutdown(ClientConnection c) =>
        c.Operation.Verb is RequestVerb.Poweroff or RequestVerb.Reboot or RequestVerb.Halt
            or RequestVerb.Kexec;

    private static bool Repeatable(ClientConnection c) =>
        c.Operation.Verb is not (RequestVerb.Reexec or RequestVerb.Kill
            or RequestVerb.Freeze or RequestVerb.Thaw);

    private void HangUp(ClientConnection first)
    {
        ClientConnection connection = first;
        while (connection.Successor is { } next)
            connection = next;
        if (connection.Ended || connection.HungUp || !_open.Contains(connection))
            return;
        connection.HungUp = true;
        ulong tie = world.Seed.Draw(Purpose.Order, -4, first.Place);
        world.Ready.PostBehind(new HangUpInput(connection), connection.Input, tie);
    }

    private ClientConnection? Find(RequestId request)
    {
        foreach (ClientConnection c in _open)
        {
            if (c.Request == request)
                return c;
        }

        return null;
    }

    private ControlRequest Form(RequestId id, Operation o, long place) => new()
    {
        Id = id,
        Verb = o.Verb,
        Requester =
            new Requester(40_000 + (int)place, 0, 0, "initx", "/usr/bin/initx", "pts/" + o.Client,
                1000, true),
        Units = o.Units,
        Mode = o.Mode,
        NoBlock = o.NoBlock,
        DryRun = o.DryRun,
        PlanHash = o.StaleHash ? new string('0', 64) : null,
        TimeoutUs = o.TimeoutUs,
        SettleUs = o.SettleUs,
        Stops = o.Stops,
        Force = o.Force,
        Action = o.Action,
        NoCheck = o.NoCheck,
        Reason = o.Client == 0 ? null : "simulated",
        Signal = o.Signal,
        Whom = o.Whom,
        Transaction = o.Exactly.Value != 0 ? o.Exactly
            : o.Back < _seen.Count ? _seen[_seen.Count - 1 - o.Back] : new TransactionId(1),
        CancelOnDisconnect = o.CancelOnDisconnect,
    };
}

/// <summary>One connection with its one request.</summary>
internal sealed class ClientConnection(RequestId request, Operation operation, ControlRequest form)
{
    public RequestId Request { get; } = request;
    public Operation Operation { get; } = operation;
    public ControlRequest Form { get; } = form;
    public required long SentAtUs { get; init; }
    public long LastReplyAtUs { get; set; }

    /// <summary>
    /// The process that asks, also when it comes back: numbers of requests shift by that.
    /// </summary>
    public required long Place { get; init; }

    /// <summary>The connection with which the same client came back.</summary>
    public ClientConnection? Successor { get; set; }

    /// <summary>What the manager made of it; 0 until it is accepted.</summary>
    public TransactionId Transaction { get; set; }

    public Input? Input { get; set; }
    public bool WasRead { get; set; }

    /// <summary>What the manager made of the request is in the store.</summary>
    public bool IsRecorded { get; set; }

    public bool HungUp { get; set; }
    public bool Ended { get; set; }

    /// <summary>It ended before this instant, so a reply of the same batch is out.</summary>
    public bool EndedAtLeast(long nowUs) => LastReplyAtUs < nowUs;
}

/// <summary>A request that waits in its socket.</summary>
internal sealed class RequestInput(ClientConnection connection) : Input
{
    public override bool InKernel => true;

    public override EngineEvent Read(Engine engine)
    {
        connection.WasRead = true;
        return new EngineEvent.Requested(connection.Form);
    }

    public override void Recorded() => connection.IsRecorded = true;
}

/// <summary>A connection that was closed by its client.</summary>
internal sealed class HangUpInput(ClientConnection connection) : Input
{
    // The end of the stream stands behind the request in the socket, which outlives the manager
    // while nobody has accepted it; one that the old image had read is lost with its connection.
    public override bool InKernel => !connection.WasRead;

    public override EngineEvent? Read(Engine engine)
    {
        if (connection.Ended)
            return null;
        connection.Ended = true;
        return new EngineEvent.ClientGone(connection.Request);
    }
}
