using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Journal.Live;

namespace InitTx.Init.Recovery;

/// <summary>
/// The journal as the loop sees it, and what must be true while it is down: once the store cannot
/// take states, they are kept in the snapshot, so that a crash then still finds them. With
/// <c>Store=none</c> they are not: that is what it saves, and what it costs.
/// </summary>
internal sealed class CoreJournal(LiveJournal live, IStateSource states, StateSnapshot snapshot) : IJournal
{
    /// <inheritdoc/>
    public JournalLevel Level => live.Level;

    /// <summary>The store itself, for queries and health.</summary>
    public LiveJournal Live => live;

    /// <inheritdoc/>
    public bool Commit(Engine engine, EngineStep step)
    {
        bool stored = live.Commit(states, step.Records, step.ChangedUnits, step.EngineChanged);
        if (!stored && live.HasStore)
            snapshot.Write(states, engine.NextSeq - 1);
        else if (stored && snapshot.IsHeld)
            snapshot.Drop();
        return stored;
    }
}
