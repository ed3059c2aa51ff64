using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>
/// Kills for memory: the kernel's count of each cgroup (memory.events), and what the shell makes of
/// it (UnitCgroups in initxd). The count is up before the victim dies; the watch tells of it when
/// it likes, which may be after the exit, after the unit's end, or in its next run.
/// </summary>
internal sealed class SimulatedMemory(SimulatedWorld world)
{
    private static readonly long[] NewsUs = [0, 0, 1_000, 300_000, 5_000_000];

    // The kernel's; they outlive the manager.
    private readonly Dictionary<UnitName, long> _kills = [];

    // The shell's, by image.
    private readonly Dictionary<UnitName, long> _seen = [];
    private readonly Dictionary<UnitName, long> _activations = [];
    private bool _isUnsure;

    private readonly Dictionary<UnitName, long> _guesses = [];

    /// <summary>How many processes of a unit were killed so.</summary>
    public long Kills(UnitName unit) => _kills.GetValueOrDefault(unit);

    /// <summary>
    /// How often a new image had to take a kill for one of these: an image before it may have told.
    /// </summary>
    public long Guesses(UnitName unit) => _guesses.GetValueOrDefault(unit);

    /// <summary>The kernel needs memory.</summary>
    public void Kill(SimulatedProcess victim, int amount)
    {
        UnitName unit = victim.Unit;
        _kills[unit] = Kills(unit) + 1;
        world.Processes.Kill(victim, ExitKind.Killed, 9);
        world.Later(NewsUs[amount % NewsUs.Length], unit, 30, () =>
            world.Ready.Post(new MemoryInput(this, unit), world.Tie(unit, 31)));
    }

    /// <summary>
    /// A word that belongs to nothing: of a unit that is down, of one that is not known, of a run
    /// long ago.
    /// </summary>
    public void Stray(int amount) => world.Ready.Post(
        new StrayInput(this, amount), world.Seed.Draw(
            Randomness.Purpose.Order, -10, world.Nth(Randomness.Purpose.Order, -10)));

    /// <summary>A process is made: from now on the cgroup is this run's.</summary>
    public void Begin(UnitRuntime unit)
    {
        UnitName name = unit.Name;
        long before = _activations.GetValueOrDefault(name);
        if (before == unit.ActivationSeq)
            return;
        if (before != 0 && Take(name, unknown: false))
            world.Ready.Post(new KilledInput(name, before), world.Tie(name, 32));
        _activations[name] = unit.ActivationSeq;
    }

    /// <summary>A process ended by SIGKILL: whether it was so.</summary>
    public bool IsFor(SimulatedProcess process) =>
        process is { ExitKind: ExitKind.Killed, ExitCode: 9 } && Take(process.Unit, unknown: true);

    /// <summary>
    /// Another image: what the one before was told of cannot be told apart until it has looked.
    /// </summary>
    public void Restart(Engine engine)
    {
        _seen.Clear();
        _activations.Clear();
        _isUnsure = true;
        foreach (UnitRuntime unit in engine.Units)
            _activations[unit.Name] = unit.ActivationSeq;
    }

    /// <summary>Nothing else is to be done: the first look of an image.</summary>
    public void Look()
    {
        if (!_isUnsure)
            return;
        _isUnsure = false;
        foreach ((UnitName unit, long kills) in _kills)
            _seen[unit] = kills;
    }

    private bool Take(UnitName unit, bool unknown)
    {
        long now = Kills(unit);
        bool isKnown = _seen.TryGetValue(unit, out long seen) || !_isUnsure;
        _seen[unit] = now;
        if (isKnown)
            return now > seen;
        if (unknown && now > 0)
            _guesses[unit] = Guesses(unit) + 1;
        return unknown && now > 0;
    }

    private sealed class MemoryInput(SimulatedMemory memory, UnitName unit) : Input
    {
        public override EngineEvent? Read(Engine engine) => memory.Take(unit, unknown: false)
            ? Told(engine, unit, memory._activations.GetValueOrDefault(unit))
            : null;
    }

    private sealed class KilledInput(UnitName unit, long activation) : Input
    {
        public override bool IsResult => true;

        public override EngineEvent Read(Engine engine) => Told(engine, unit, activation);
    }

    private sealed class StrayInput(SimulatedMemory memory, int amount) : Input
    {
        public override EngineEvent Read(Engine engine)
        {
            int at = amount % (engine.Units.Count + 2);
            if (at >= engine.Units.Count)
                return new EngineEvent.OutOfMemory(new UnitId(int.MaxValue - at), amount);
            UnitRuntime unit = engine.Units[at];
            memory._kills[unit.Name] = memory.Kills(unit.Name) + 1;
            memory._seen[unit.Name] = memory.Kills(unit.Name);
            return new EngineEvent.OutOfMemory(
                unit.Id, amount % 3 == 0 ? 0 : unit.ActivationSeq);
        }
    }

    // A unit that is forgotten had a number that is not given out again.
    private static EngineEvent.OutOfMemory Told(Engine engine, UnitName unit, long activation) =>
        new(engine.Find(unit)?.Id ?? new UnitId(int.MaxValue), activation);
}
