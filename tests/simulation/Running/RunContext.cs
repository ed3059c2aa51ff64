using InitTx.Core;
using InitTx.Simulation.Boot;
using InitTx.Simulation.Invariants;
using InitTx.Simulation.Mutations;
using InitTx.Simulation.Randomness;
using InitTx.Simulation.World;

namespace InitTx.Simulation.Running;

/// <summary>What one simulated boot consists of; made once, lives until its end.</summary>
internal sealed class RunContext
{
    private GeneratedCatalog? _boot;

    public required Seed Seed { get; init; }
    public required SimulatedWorld World { get; init; }
    public required SimulatedJournal Journal { get; init; }
    public required RunView View { get; init; }
    public required Trace Trace { get; init; }
    public required Mutant Mutant { get; init; }
    public required EngineLimits Limits { get; init; }
    public Statistics Statistics { get; } = new();
    public List<SimulationInvariant> Invariants { get; } = [];
    public List<Violation> Violations { get; } = [];

    /// <summary>The unit files as the shell read them last, and the definitions it holds.</summary>
    public HeldUnits Held { get; } = new();

    /// <summary>
    /// The unit files that a new image starts from; before the first reload those that the boot
    /// read, whatever became of them on disk.
    /// </summary>
    public GeneratedCatalog LoadedCatalog() => Held.Files ?? (_boot ??= World.Catalog);

    /// <summary>One of two runs of which only one is interrupted by a re-exec (I22).</summary>
    public bool IsCompared { get; init; }

    /// <summary>One batch in so many is looked at by the costly invariants.</summary>
    public int SampleEvery { get; init; } = 37;

    /// <summary>A loop that turns more often without time passing is stuck.</summary>
    public int MostBatchesAtOneInstant { get; init; } = 20_000;
}
