using InitTx.Core;
using InitTx.Simulation.World;

namespace InitTx.Simulation.Invariants;

/// <summary>What invariants may look at.</summary>
internal sealed class RunView(SimulatedWorld world, SimulatedJournal journal)
{
    /// <summary>The engine of now; another one after a crash.</summary>
    public Engine Engine { get; set; } = null!;

    /// <summary>The step that is being filled.</summary>
    public EngineStep Step { get; } = new();

    /// <summary>The state of the new engine was handed over by a planned re-exec.</summary>
    public bool HandsOver { get; set; }

    public SimulatedWorld World { get; } = world;
    public SimulatedJournal Journal { get; } = journal;
    public SimulatedClock Clock => World.Clock;

    private Engine? _replayed;

    /// <summary>Batches so far.</summary>
    public long Batches { get; set; }

    /// <summary>
    /// An engine over what the store holds now; the same one for all who only read.
    /// </summary>
    public Engine Replayed => _replayed ??= Replay();

    /// <summary>The store is about to hold something else.</summary>
    public void StoreChanges() => _replayed = null;

    /// <summary>Journal commits of the running batch are in the store.</summary>
    public bool InStore { get; set; }

    /// <summary>Effects may run now: their records are committed.</summary>
    public bool InEffects { get; set; }

    /// <summary><c>Recovered</c> is being handled.</summary>
    public bool IsRecovering { get; set; }

    /// <summary>The costly invariants look at this batch.</summary>
    public bool IsSampled { get; set; }

    /// <summary>When the shutdown was asked for; long.MaxValue before.</summary>
    public long ShutdownAskedAtUs { get; set; } = long.MaxValue;

    /// <summary>A new engine over what the store holds, for comparison.</summary>
    public required Func<Engine> Replay { get; init; }

    /// <summary>
    /// The definitions that <see cref="Replay"/> takes are older than the last reload, which a
    /// recovery does again before anything else.
    /// </summary>
    public required Func<bool> AwaitsReload { get; init; }
}
