using InitTx.Core;

namespace InitTx.Simulation.World;

/// <summary>
/// Something that the shell can read: a ready descriptor, an answer, a signal. What is read
/// becomes one event. Inputs that are ready at the same time are read in the order of their tie.
/// </summary>
internal abstract class Input
{
    /// <summary>The order among what is ready together.</summary>
    public ulong Tie { get; set; }

    /// <summary>It waits in the kernel: unread, it outlives a crash of the manager.</summary>
    public virtual bool InKernel => false;

    /// <summary>A planned re-exec hands its descriptor over or opens it anew.</summary>
    public virtual bool ShowsAgain => false;

    /// <summary>
    /// It is no descriptor but a result that the shell holds: read before all others.
    /// </summary>
    public virtual bool IsResult => false;

    /// <summary>
    /// An answer that is lost with the manager and asked for again: after a recovery it comes
    /// behind what the recovery found by itself.
    /// </summary>
    public virtual bool IsAskedAgain => false;

    /// <summary>
    /// The black box remembers it from the reading to the commit: after a crash before the commit
    /// it is read again.
    /// </summary>
    public virtual bool IsRemembered => false;

    /// <summary>
    /// It is only looked at, and taken once the effects of its batch have run: after a crash before
    /// that it is read again, be it for the second time.
    /// </summary>
    public virtual bool IsTakenLast => false;

    /// <summary>The event, or null when there is nothing to read any more.</summary>
    /// <param name="engine">The engine that will handle it; unit ids are its own.</param>
    public abstract EngineEvent? Read(Engine engine);

    /// <summary>
    /// The records of the batch in which it was read are in the store. A crash may still come
    /// before the effects.
    /// </summary>
    public virtual void Recorded()
    {
    }

    /// <summary>The same, and there was no crash: what was only peeked at is taken.</summary>
    public virtual void Committed()
    {
    }
}
