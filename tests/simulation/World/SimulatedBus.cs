using InitTx.Core;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>
/// The message bus and the helper that follows names on it: who owns BusName= of which unit, and
/// whether the manager has it watched. A name goes with the process that owns it; the watch goes
/// with the manager.
/// </summary>
internal sealed class SimulatedBus(SimulatedWorld world)
{
    private readonly Dictionary<UnitName, NameState> _states = [];

    /// <summary>Whether a process owns the unit's name.</summary>
    public bool IsOwned(UnitName unit) =>
        _states.TryGetValue(unit, out NameState? s) && s.Owner is not null;

    /// <summary>A change was told that the manager has not read.</summary>
    public bool IsUnread(UnitName unit) =>
        _states.TryGetValue(unit, out NameState? s) && s.Unread is not null;

    /// <summary>Whether the helper follows the unit's name.</summary>
    public bool IsWatched(UnitName unit) =>
        _states.TryGetValue(unit, out NameState? s) && s.IsWatched;

    /// <summary>A process asks for the name and gets it.</summary>
    public void Own(SimulatedProcess process)
    {
        if (!process.Alive)
            return;
        Change(process.Unit, process);
    }

    /// <summary>The process gives its name up, or is no more.</summary>
    public void Drop(SimulatedProcess process)
    {
        if (!_states.TryGetValue(process.Unit, out NameState? state) || state.Owner != process)
            return;
        Change(process.Unit, null);
    }

    /// <summary>The WatchBusName effect.</summary>
    /// <param name="known">What the manager takes for true.</param>
    public void Watch(UnitName unit, bool enable, bool known)
    {
        NameState state = StateOf(unit);
        (state.IsWatched, state.Known) = (enable, known);
        if (!enable)
            state.Unread = null;
        else if (state.Unread is { } unread)
            world.Ready.Post(unread, unread.Place);
        else
            Report(unit);
    }

    /// <summary>The manager is gone, and the helper with it.</summary>
    public void Restart()
    {
        foreach (NameState state in _states.Values)
            state.IsWatched = false;
    }

    // The place is drawn with each change, whoever follows: how often a manager was told must not
    // shift what comes later.
    private void Change(UnitName unit, SimulatedProcess? owner)
    {
        NameState state = StateOf(unit);
        state.Owner = owner;
        state.Place = world.Tie(unit, 19);
        Report(unit);
    }

    private void Report(UnitName unit)
    {
        NameState state = StateOf(unit);
        if (!state.IsWatched || state.Unread is not null || state.Known == state.Owner is not null)
            return;
        state.Unread = new NameInput(unit, state, state.Place);
        world.Ready.Post(state.Unread, state.Unread.Place);
    }

    private NameState StateOf(UnitName unit)
    {
        if (!_states.TryGetValue(unit, out NameState? state))
            _states.Add(unit, state = new NameState());
        return state;
    }

    private sealed class NameState
    {
        public SimulatedProcess? Owner { get; set; }
        public bool IsWatched { get; set; }
        public bool Known { get; set; }
        public ulong Place { get; set; }
        public NameInput? Unread { get; set; }
    }

    // Told once however often the name changed meanwhile: what is true when it is read.
    private sealed class NameInput(UnitName unit, NameState state, ulong place) : Input
    {
        public ulong Place => place;

        public override EngineEvent? Read(Engine engine)
        {
            if (state.Unread != this)
                return null;
            state.Unread = null;
            state.Known = state.Owner is not null;
            return engine.Find(unit) is { } u && state.IsWatched && u.OwnsBusName != state.Known
                ? new EngineEvent.BusNameChanged(u.Id, state.Known)
                : null;
        }
    }
}
