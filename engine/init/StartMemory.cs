using System.Runtime;

namespace InitTx.Init;

/// <summary>
/// Memory while the manager comes back. What a recovery makes stays, so that collections in its
/// midst only copy it, again and again: a quarter of the CPU of a re-exec with 1,000 units. They
/// are put off until the manager has time, three seconds later. A first start waits for its
/// services anyway and gains nothing. Main thread only.
/// </summary>
internal static class StartMemory
{
    /// <summary>
    /// Bytes; 1,000 units take about 20 MB. Beyond it, or where the system has not so much to give,
    /// collections come as always.
    /// </summary>
    private const long Room = 32 << 20;

    public static void Begin() => GC.TryStartNoGCRegion(Room, disallowFullBlockingGC: true);

    /// <summary>Collects, and gives back what is free.</summary>
    public static void End()
    {
        // A collection ended it when the room was used up; the runtime then refuses to end it.
        if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
            GC.EndNoGCRegion();
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
