using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Init.Control;
using InitTx.Init.Control.Queries;

namespace InitTx.Tests.Served;

/// <summary>
/// The control server in front of a real engine, in memory: bytes of clients come in, what the
/// engine decides is carried out by a world in which everything works at once. For tests of the
/// whole way from bytes to states, in several projects.
/// </summary>
internal sealed class ServedEngine : IControlHost
{
    // No request leads to more: what does would be an endless loop.
    private const int MostEvents = 20_000;

    private readonly ServedUnits _units = new();
    private readonly EngineLimits _limits = new();
    private readonly Queue<EngineEvent> _events = new();
    private readonly ControlOptions _options;
    private readonly bool _keepsLog;
    private long _connections;
    private long _requests;
    private long _userRequests = 1L << 40;
    private int _pid = 100;
    private long _nowUs = 1_000_000;
    private bool _isUser;
    private bool _isHandling;

    /// <param name="options">Who may do what.</param>
    /// <param name="keepsLog">Rows and effects are kept in <see cref="Log"/>.</param>
    public ServedEngine(ControlOptions options, bool keepsLog)
    {
        _options = options;
        _keepsLog = keepsLog;
        Engine = new Engine(_units, _limits);
        Server = Serve();
        Post(new EngineEvent.Booted(ServedUnits.Goal, "served"));
    }

    public Engine Engine { get; private set; }

    public ControlServer Server { get; private set; }

    public ServedTransport Transport { get; private set; } = new();

    /// <summary>The last stage of a shutdown was ordered: nobody can be asked now.</summary>
    public bool IsOff { get; private set; }

    /// <summary>
    /// Every row and every effect but replies, in order, as text; numbers of users' requests are
    /// beyond those of others, so that others' are the same with and without users.
    /// </summary>
    public List<string> Log { get; } = [];

    /// <summary>Final replies that the engine gave, by request.</summary>
    public Dictionary<long, int> Ends { get; } = [];

    /// <summary>Requests that reached the engine.</summary>
    public int Submitted { get; private set; }

    /// <inheritdoc/>
    public RequestId NextRequestId() => new(_isUser ? ++_userRequests : ++_requests);

    /// <inheritdoc/>
    public void Submit(ControlRequest request)
    {
        Submitted++;
        Ends[request.Id.Value] = 0;
        Post(new EngineEvent.Requested(request));
    }

    /// <inheritdoc/>
    public void ClientGone(RequestId request) => Post(new EngineEvent.ClientGone(request));

    /// <summary>Somebody connects.</summary>
    public ConnectionId Connect(int uid, int gid = 0)
    {
        var id = new ConnectionId(++_connections);
        var requester = new Requester(4_000 + uid, uid, gid, "served", "", "", -1, true);
        Server.OnAccepted(id, new PeerIdentity(requester, [gid]), _nowUs);
        return id;
    }

    /// <summary>Somebody sends bytes, and everything that follows happens.</summary>
    /// <param name="isUser">Whoever sends may not change anything.</param>
    public void Send(ConnectionId id, ReadOnlySpan<byte> bytes, bool isUser = false)
    {
        _isUser = isUser;
        Server.OnBytes(id, bytes, _nowUs);
        Work();
    }

    /// <summary>Sends one call.</summary>
    public void Call(
        ConnectionId id, string method, string parameters, bool more, bool isUser = false) =>
        Send(id, Encoding.UTF8.GetBytes("{\"method\":\"" + method + "\",\"more\":"
            + (more ? "true" : "false") + ",\"parameters\":{" + parameters + "}}\0"), isUser);

    /// <summary>Somebody hangs up.</summary>
    public void HangUp(ConnectionId id)
    {
        Server.OnClosed(id, _nowUs);
        Work();
    }

    /// <summary>Time passes.</summary>
    public void Pass(long us)
    {
        _nowUs += us;
        Post(EngineEvent.Tick.Instance);
        Work();
        Server.OnTime(_nowUs);
        Work();
    }

    /// <summary>A service says that it is up; nothing for one that has no main process.</summary>
    public void SayReady(string unit)
    {
        if (ServedUnits.In(Engine, unit) is { MainProcess.IsNone: false } found)
            Post(new EngineEvent.Notified(
                found.Id, found.MainProcess.Pid, new NotifyMessage { Ready = true }));
        Work();
    }

    /// <summary>A service's main process ends by itself.</summary>
    public void Fail(string unit)
    {
        if (ServedUnits.In(Engine, unit) is { MainProcess.IsNone: false } found)
            Post(new EngineEvent.Exited(found.MainProcess, ExitKind.Exited, 1, true));
        Work();
    }

    private ControlServer Serve() => new(
        _options, Transport, this,
        new QueryAnswerer(() => Engine, ServedFacts.Instance, ServedFacts.Instance),
        () => Engine.Catalog);

    private void Post(EngineEvent e) => _events.Enqueue(e);

    private void Work()
    {
        if (_isHandling)
            return;
        _isHandling = true;
        var step = new EngineStep();
        for (int i = 0; TryNext(out EngineEvent? e); i++)
        {
            if (i > MostEvents)
                throw new InvalidOperationException("the events do not end");
            if (IsOff)
                continue;
            Engine.Handle(e, new Instant(_nowUs, 1_700_000_000_000_000 + _nowUs), step);
            Keep(step);
            foreach (Effect effect in (Effect[])[.. step.Effects])
                Run(effect);
            step.Clear();
        }

        _isHandling = false;
    }

    // Clients hear of what happened, and have their next turn, when nothing more happens.
    private bool TryNext([NotNullWhen(true)] out EngineEvent? e)
    {
        while (!_events.TryDequeue(out e))
        {
            Server.SendWritten(_nowUs);
            if (!Server.WorkPending)
                return false;
            Server.TakeTurn(_nowUs);
        }

        return true;
    }

    private void Keep(EngineStep step)
    {
        if (!_keepsLog)
            return;
        foreach (JournalRecord row in step.Records)
            Log.Add(row.ToString());
        foreach (Effect effect in step.Effects)
        {
            if (effect is not Effect.Reply)
                Log.Add(effect.ToString());
        }
    }

    private void Run(Effect effect)
    {
        switch (effect)
        {
            case Effect.Reply reply:
                if (reply.Body.IsFinal)
                    Ends[reply.Request.Value] = Ends.GetValueOrDefault(reply.Request.Value) + 1;
                Server.OnReply(reply.Request, reply.Body, _nowUs);
                break;
            case Effect.Prepare prepare:
                Post(new EngineEvent.Prepared(prepare.Token, PrepareOutcome.Ready, ""));
                break;
            case Effect.Spawn spawn:
                Spawn(spawn);
                break;
            case Effect.Signal { Number: 9 or 15 } signal
                when signal.Number == 9 || !ServedUnits.IsStubborn(Engine.Unit(signal.Unit)):
                Kill(signal.Unit, signal.Scope == SignalScope.Process ? signal.Process : default);
                break;
            case Effect.KillCgroup kill:
                Kill(kill.Unit, default);
                break;
            case Effect.ReloadCatalog reload:
                Post(new EngineEvent.CatalogReplaced(_units, reload.Request, null));
                break;
            case Effect.Reexec:
                Reexec();
                break;
            case Effect.Shutdown { Stage: ShutdownStage.Final }:
                IsOff = true;
                break;
            case Effect.Shutdown shutdown:
                Post(new EngineEvent.ShutdownStageDone(shutdown.Stage, ""));
                break;
            default:
                // Cgroups, directories, the console: nothing comes back from them.
                break;
        }
    }

    private void Spawn(Effect.Spawn spawn)
    {
        var process = new ProcessIdentity(++_pid, 7);
        Post(new EngineEvent.Spawned(spawn.Token, process));
        Post(new EngineEvent.Executed(spawn.Token));
        if (spawn.Role != ExecRole.Main || ServedUnits.EndsByItself(Engine.Unit(spawn.Unit)))
            Post(new EngineEvent.Exited(process, ExitKind.Exited, 0, true));
    }

    private void Kill(UnitId id, ProcessIdentity only)
    {
        UnitRuntime unit = Engine.Unit(id);
        ProcessIdentity[] all = [unit.MainProcess, unit.ControlProcess];
        foreach (ProcessIdentity process in all)
        {
            if (!process.IsNone && (only.IsNone || only == process))
                Post(new EngineEvent.Exited(process, ExitKind.Killed, 15, true));
        }
    }

    // The new image has the hand-over; clients come back on connections of their own.
    private void Reexec()
    {
        var engine = new ArrayBufferWriter<byte>();
        Engine.WriteEngine(engine);
        var units = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (UnitRuntime unit in Engine.Units)
        {
            var output = new ArrayBufferWriter<byte>();
            Engine.WriteUnit(unit.Id, output, handsOver: true);
            units.Add(unit.Name.Value, output.WrittenSpan.ToArray());
        }

        Engine = Engine.Restore(
            _units, _limits, engine.WrittenSpan, [.. units], out IReadOnlyList<string> problems);
        if (problems.Count > 0)
            throw new InvalidOperationException(string.Join("; ", problems));
        Transport = new ServedTransport();
        Server = Serve();
        Post(new EngineEvent.Recovered(
            new RecoveryFacts { Kind = RecordKind.Reexec, Text = "served" }));
    }
}
