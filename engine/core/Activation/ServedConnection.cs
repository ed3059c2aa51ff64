namespace InitTx.Core.Activation;

/// <summary>
/// A connection that a socket unit accepted and an instance of its service serves.
/// </summary>
/// <param name="Ticket">The shell's number for it, never given out twice.</param>
/// <param name="Source">
/// Where it comes from, as MaxConnectionsPerSource= counts; may be empty.
/// </param>
internal sealed record ServedConnection(ulong Ticket, string Source);

/// <summary>
/// What came in by a socket with Accept=yes. Counts go on while the manager runs, over restarts of
/// the socket too: an instance's number is never given twice.
/// </summary>
public sealed class AcceptCount
{
    /// <summary>Connections for which an instance was made (NAccepted of systemd).</summary>
    public long Accepted { get; internal set; }

    /// <summary>Connections that were closed at once (NRefused of systemd).</summary>
    public long Refused { get; internal set; }

    /// <summary>Connections that are served now (NConnections of systemd).</summary>
    public int Served => Live.Count;

    /// <summary>The newest connection that was decided on.</summary>
    public ulong LastTicket { get; internal set; }

    /// <summary>The instances that serve one now, oldest first.</summary>
    internal List<UnitRuntime> Live { get; } = [];

    /// <summary>How many connections of one source are served now.</summary>
    internal int Of(string source)
    {
        int count = 0;
        foreach (UnitRuntime unit in Live)
        {
            if (unit.Connection?.Source == source)
                count++;
        }

        return count;
    }
}
