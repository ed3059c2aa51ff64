using InitTx.Core;
using InitTx.Simulation.Randomness;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>
/// Listening sockets: open or not, watched or not, with or without traffic. Traffic waits while
/// nobody accepts; the descriptors outlive a crash of the manager, the watching does not.
/// </summary>
internal sealed class SimulatedSockets(SimulatedWorld world)
{
    private readonly Dictionary<UnitName, SocketState> _states = [];
    private readonly List<UnitName> _order = [];

    /// <summary>The next openings that fail.</summary>
    public int FailingOpens { get; set; }

    /// <summary>Units whose sockets are open, in order of their first opening.</summary>
    public List<UnitName> Open()
    {
        var list = new List<UnitName>();
        foreach (UnitName unit in _order)
        {
            if (_states[unit].IsOpen)
                list.Add(unit);
        }

        return list;
    }

    /// <summary>Whether the unit's sockets are open.</summary>
    public bool IsOpen(UnitName unit) => _states.TryGetValue(unit, out SocketState? s) && s.IsOpen;

    /// <summary>Whether the shell watches the unit's sockets.</summary>
    public bool IsPolled(UnitName unit) =>
        _states.TryGetValue(unit, out SocketState? s) && s.Polled;

    /// <summary>The OpenSockets effect; open again is open.</summary>
    public void OpenFor(UnitDefinition unit)
    {
        SocketState state = StateOf(unit.Name);
        if (state.Unread is null)
        {
            string? error = null;
            if (FailingOpens > 0 && !state.IsOpen)
            {
                FailingOpens--;
                error = "ListenStream=/run/x: Address already in use";
            }
            else
            {
                state.IsOpen = true;
            }

            state.Unread = new OpenedInput(unit.Name, state, error, world.Tie(unit.Name, 15));
        }

        // Asked again before the answer was read, it is the same answer.
        world.Ready.Post(state.Unread, state.Unread.Place);
    }

    /// <summary>The CloseSockets effect.</summary>
    public void Close(UnitName unit)
    {
        SocketState state = StateOf(unit);
        (state.IsOpen, state.Polled, state.Waiting) = (false, false, 0);
        state.Unread = null;
    }

    /// <summary>The PollSockets effect: one-shot, level-triggered.</summary>
    public void Poll(UnitName unit, bool enable, bool flush)
    {
        SocketState state = StateOf(unit);
        if (flush)
            state.Waiting = 0;
        state.Polled = enable && state.IsOpen;
        Report(unit, state);
    }

    /// <summary>Somebody connects.</summary>
    public void Connect(UnitName unit)
    {
        SocketState state = StateOf(unit);
        if (!state.IsOpen)
            return;
        state.Waiting++;
        Report(unit, state);
    }

    /// <summary>A service that has the descriptors serves what waits; some need a while.</summary>
    public void Accept(UnitName unit)
    {
        SocketState state = StateOf(unit);
        int ordinal = world.Ordinal(unit);
        Prng p = world.Seed.Stream(Purpose.Socket, ordinal, world.Nth(Purpose.Socket, ordinal));
        world.Later(p.Pick([0L, 10_000, 1_000_000]), unit, 16, () => state.Waiting = 0);
    }

    /// <summary>The manager is gone: it watches nothing.</summary>
    public void Restart(bool planned)
    {
        foreach (UnitName unit in _order)
        {
            SocketState state = _states[unit];
            (state.Polled, state.Reported) = (false, planned && state.Reported);
        }
    }

    private EngineEvent Taken(UnitRuntime socket) => world.Connections.Take(socket);

    private void Report(UnitName unit, SocketState state)
    {
        if (state is { Polled: true, Waiting: > 0, Reported: false })
        {
            state.Reported = true;
            world.Ready.Post(new TrafficInput(this, unit, state), world.Tie(unit, 17));
        }
    }

    private SocketState StateOf(UnitName unit)
    {
        if (!_states.TryGetValue(unit, out SocketState? state))
        {
            _states.Add(unit, state = new SocketState());
            _order.Add(unit);
        }

        return state;
    }

    private sealed class SocketState
    {
        public bool IsOpen { get; set; }
        public bool Polled { get; set; }
        public bool Reported { get; set; }
        public int Waiting { get; set; }

        /// <summary>The outcome of an opening that the manager has not read.</summary>
        public OpenedInput? Unread { get; set; }
    }

    private sealed class OpenedInput(
        UnitName unit, SocketState state, string? error, ulong place) : Input
    {
        public override bool IsResult => true;

        public override bool IsAskedAgain => true;

        public ulong Place => place;

        public override EngineEvent? Read(Engine engine)
        {
            if (state.Unread == this)
                state.Unread = null;
            return engine.Find(unit) is { } u ? new EngineEvent.SocketsOpened(u.Id, error) : null;
        }
    }

    private sealed class TrafficInput(SimulatedSockets sockets, UnitName unit, SocketState state)
        : Input
    {
        public override bool ShowsAgain => true;

        public override EngineEvent? Read(Engine engine)
        {
            state.Reported = false;
            if (state is not { Polled: true, Waiting: > 0 } || engine.Find(unit) is not { } u)
                return null;
            if (u.Definition.Socket is { Accept: true })
                return Connected(u);
            state.Polled = false;
            return new EngineEvent.SocketReady(u.Id);
        }

        // One is taken, and it is polled on.
        private EngineEvent Connected(UnitRuntime socket)
        {
            state.Waiting--;
            sockets.Report(unit, state);
            return sockets.Taken(socket);
        }
    }
}
