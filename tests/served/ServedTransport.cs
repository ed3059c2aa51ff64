using InitTx.Answers;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Init.Control;
using InitTx.Journal.Reading;

namespace InitTx.Tests.Served;

/// <summary>Sockets that take everything; what was sent is kept by connection.</summary>
internal sealed class ServedTransport : IControlTransport
{
    private readonly Dictionary<ConnectionId, List<byte>> _sent = [];

    public HashSet<ConnectionId> Closed { get; } = [];

    public int Send(ConnectionId connection, ReadOnlySpan<byte> bytes)
    {
        if (!_sent.TryGetValue(connection, out List<byte>? sent))
            _sent[connection] = sent = [];
        sent.AddRange(bytes);
        return bytes.Length;
    }

    public void Watch(ConnectionId connection, bool readable, bool writable)
    {
    }

    public void Close(ConnectionId connection) => Closed.Add(connection);

    /// <summary>All bytes that a connection got so far.</summary>
    public byte[] Sent(ConnectionId connection) =>
        _sent.TryGetValue(connection, out List<byte>? sent) ? [.. sent] : [];
}

/// <summary>What the machine and the journal would say to queries: always the same.</summary>
internal sealed class ServedFacts : ISystemFacts, IRowSource
{
    public static readonly ServedFacts Instance = new();

    public string Version => "0";
    public int Pid => 1;
    public string BootId => "boot";
    public JournalFacts Journal => new(JournalLevel.Full, 0, 0, "away");
    public LogFacts Logs => new("files", "/var/log", "/run/log");
    public long Crashes => 0;
    public long Reexecs => 0;
    public string Rung => "normal";
    public long UptimeUs => 1;
    public IReadOnlyList<string> MissingFeatures => [];
    public long HeadSeq => 0;
    public string Boot => "boot";
    public string ArchivePath => "";
    public long Kept => 0;

    public CgroupAnswer ReadCgroup(UnitRuntime unit) => default;

    public RowPage RowsSince(long seq, int limit, RowFilter filter) => Nothing(seq);

    public RowPage RowsBefore(long seq, int limit, RowFilter filter) => Nothing(seq);

    private static RowPage Nothing(long seq) => new([], seq, false, null);
}
