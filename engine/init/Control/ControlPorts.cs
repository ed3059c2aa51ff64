using InitTx.Answers;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Journal.Reading;

namespace InitTx.Init.Control;

/// <summary>
/// A connection, named by whoever accepts it; never reused while the server knows it.
/// </summary>
internal readonly record struct ConnectionId(long Value);

/// <summary>A peer as the kernel described it at accept.</summary>
/// <param name="Groups">Its supplementary groups (SO_PEERGROUPS).</param>
internal sealed record PeerIdentity(Requester Requester, IReadOnlyList<int> Groups);

/// <summary>
/// The sockets under the server. Nothing here blocks or throws; a call on a connection that is
/// closed does nothing.
/// </summary>
internal interface IControlTransport
{
    /// <summary>
    /// Sends what fits into the socket now.
    /// </summary>
    /// <returns>Bytes taken, 0 when the socket is full, -1 when the peer is gone.</returns>
    int Send(ConnectionId connection, ReadOnlySpan<byte> bytes);

    /// <summary>Which readiness the server wants to hear of.</summary>
    void Watch(ConnectionId connection, bool readable, bool writable);

    /// <summary>
    /// Closes the socket; <see cref="ControlServer.OnClosed"/> is not called for it.
    /// </summary>
    void Close(ConnectionId connection);
}

/// <summary>Where valid, authorised requests go.</summary>
internal interface IControlHost
{
    /// <summary>A number for a request that no living request has.</summary>
    RequestId NextRequestId();

    /// <summary>Hands a request to the engine as an event; the answers come by OnReply.</summary>
    void Submit(ControlRequest request);

    /// <summary>The client of a request is gone.</summary>
    void ClientGone(RequestId request);
}

/// <summary>The journal's condition.</summary>
/// <param name="Archive">In words: away, up to date, N rows behind.</param>
internal readonly record struct JournalFacts(
    JournalLevel Level, long Rows, long Gaps, string Archive);

/// <summary>Where services' output goes.</summary>
/// <param name="Target">files, syslog, journald, kmsg, console or null.</param>
/// <param name="Directory">The logger's files on disk.</param>
/// <param name="Volatile">Its files in memory.</param>
internal readonly record struct LogFacts(string Target, string Directory, string Volatile);

/// <summary>What answers need and the engine does not know. Read on the main thread only.</summary>
internal interface ISystemFacts
{
    /// <summary>The product's version.</summary>
    string Version { get; }

    int Pid { get; }

    /// <summary>The kernel's boot id, lower-case with dashes.</summary>
    string BootId { get; }

    JournalFacts Journal { get; }

    /// <summary>Where services' output goes.</summary>
    LogFacts Logs { get; }

    /// <summary>Crashes of the manager in this boot.</summary>
    long Crashes { get; }

    /// <summary>Planned re-executions in this boot.</summary>
    long Reexecs { get; }

    /// <summary>
    /// Which rung of the ladder the manager stands on, in one word: normal, previous …
    /// </summary>
    string Rung { get; }

    /// <summary>Microseconds since the manager's first start in this boot.</summary>
    long UptimeUs { get; }

    /// <summary>Kernel features that are missing here, each with what is done instead.</summary>
    IReadOnlyList<string> MissingFeatures { get; }

    /// <summary>Reads the unit's cgroup; a few system calls, never a disk.</summary>
    CgroupAnswer ReadCgroup(UnitRuntime unit);
}

/// <summary>The journal's rows for readers.</summary>
internal interface IRowSource
{
    /// <summary>The highest sequence number there is; 0 for none.</summary>
    long HeadSeq { get; }

    /// <summary>The boot of the newest rows.</summary>
    string Boot { get; }

    /// <summary>The archive's path; empty where none is kept.</summary>
    string ArchivePath { get; }

    /// <summary>The last row of this boot that is known to be in the archive.</summary>
    long Kept { get; }

    /// <summary>
    /// Rows after <paramref name="seq"/>, oldest first, at most <paramref name="limit"/>.
    /// </summary>
    RowPage RowsSince(long seq, int limit, RowFilter filter);

    /// <summary>Rows before <paramref name="seq"/>, newest first.</summary>
    RowPage RowsBefore(long seq, int limit, RowFilter filter);
}
