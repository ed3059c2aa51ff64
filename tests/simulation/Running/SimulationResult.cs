using InitTx.Simulation.Invariants;
using InitTx.Simulation.Mutations;
using InitTx.Simulation.Randomness;

namespace InitTx.Simulation.Running;

/// <summary>How a boot is to be played.</summary>
internal sealed record SimulationSettings
{
    public Mutation Mutation { get; init; }

    /// <summary>
    /// Collects what can be observed and leaves out every fault that restarts the manager (I22).
    /// </summary>
    public ObservableTraceRequest? Observes { get; init; }

    /// <summary>A planned re-exec after this batch; -1 for none.</summary>
    public long ReexecAfterBatch { get; init; } = -1;

    /// <summary>Where the trace's lines go; null for the hash only.</summary>
    public List<string>? Lines { get; init; }
}

/// <summary>Wants the observable trace; filled by the run.</summary>
internal sealed class ObservableTraceRequest(bool keepsLines)
{
    public bool KeepsLines { get; } = keepsLines;
    public ObservableTrace? Trace { get; set; }
}

/// <summary>What one boot came to.</summary>
/// <param name="Broken">An exception out of the engine or the simulator; null when there was
/// none.</param>
internal sealed record SimulationResult(
    Seed Seed,
    IReadOnlyList<Violation> Violations,
    string? Broken,
    ulong TraceHash,
    long Batches,
    Statistics Statistics)
{
    /// <summary>Nothing was violated and nothing broke.</summary>
    public bool IsGood => Violations.Count == 0 && Broken is null;
}
