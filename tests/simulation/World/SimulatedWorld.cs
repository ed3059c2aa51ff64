using InitTx.Simulation.Boot;
using InitTx.Simulation.Randomness;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>
/// Everything outside the engine: kernel, processes, helper, sockets, clients. It lives on when
/// the manager crashes. It knows nothing of the engine's decisions but the effects it is given.
/// </summary>
internal sealed class SimulatedWorld
{
    private readonly Dictionary<UnitName, int> _ordinals = [];
    private readonly Dictionary<(int, int, int), int> _counts = [];

    /// <summary>The world at power-on.</summary>
    public SimulatedWorld(Seed seed, BootOptions options, GeneratedCatalog catalog)
    {
        Seed = seed;
        Options = options;
        Catalog = catalog;
        Processes = new SimulatedProcesses(this);
        Prepare = new SimulatedPrepare(this);
        PidFiles = new PidFileReads(this);
        Sockets = new SimulatedSockets(this);
        Connections = new SimulatedConnections(this);
        Bus = new SimulatedBus(this);
        Paths = new SimulatedPaths(this);
        Mounts = new SimulatedMounts(this);
        Automounts = new SimulatedAutomounts(this);
        Stamps = new SimulatedStamps(this);
        Memory = new SimulatedMemory(this);
        Clients = new SimulatedClients(this);
        Trouble = options.Trouble;
        for (int i = 0; i < catalog.Definitions.Count; i++)
            _ordinals.Add(catalog.Definitions[i].Name, i);
    }

    public Seed Seed { get; }
    public BootOptions Options { get; }

    /// <summary>The unit files as they are on disk now.</summary>
    public GeneratedCatalog Catalog { get; set; }

    /// <summary>
    /// When the last daemon-reload so far has read the files, microseconds awake.
    /// </summary>
    public long ReloadedAtUs { get; set; }

    public SimulatedClock Clock { get; } = new();
    public Agenda Agenda { get; } = new();
    public ReadyQueue Ready { get; } = new();
    public SpawnSlots Slots { get; } = new();
    public SimulatedProcesses Processes { get; }
    public SimulatedPrepare Prepare { get; }
    public PidFileReads PidFiles { get; }
    public SimulatedSockets Sockets { get; }
    public SimulatedConnections Connections { get; }
    public SimulatedBus Bus { get; }
    public SimulatedStore Store { get; } = new();
    public SimulatedPaths Paths { get; }
    public SimulatedMounts Mounts { get; }
    public SimulatedAutomounts Automounts { get; }
    public SimulatedStamps Stamps { get; }
    public SimulatedMemory Memory { get; }
    public SimulatedClients Clients { get; }

    /// <summary>
    /// Percent of processes that misbehave; 0 in the phase in which everything must converge.
    /// </summary>
    public int Trouble { get; set; }

    /// <summary>A number that names the unit for ever, also when it is added by a reload.</summary>
    public int Ordinal(UnitName name)
    {
        if (!_ordinals.TryGetValue(name, out int ordinal))
        {
            ordinal = _ordinals.Count;
            _ordinals.Add(name, ordinal);
        }

        return ordinal;
    }

    /// <summary>How often this was asked before: 0, 1, 2 ….</summary>
    public int Nth(Purpose purpose, int ordinal, int what = 0)
    {
        (int, int, int) key = ((int)purpose, ordinal, what);
        _counts.TryGetValue(key, out int n);
        _counts[key] = n + 1;
        return n;
    }

    /// <summary>A tie for one thing that happens to one unit.</summary>
    public ulong Tie(UnitName unit, int what)
    {
        int ordinal = Ordinal(unit);
        return Seed.Draw(Purpose.Order, ordinal * 64L + what, Nth(Purpose.Order, ordinal, what));
    }

    /// <summary>Plans something that concerns a unit.</summary>
    public void Later(long delayUs, UnitName unit, int what, Action action)
    {
        if (delayUs < long.MaxValue - Clock.ActiveUs)
            Agenda.At(Clock.ActiveUs + delayUs, Tie(unit, what), action);
    }
}
