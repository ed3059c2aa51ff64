using InitTx.Answers;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Init.Control;
using InitTx.Journal.Reading;

namespace InitTx.Cli.Tests.Support;

/// <summary>
/// A machine whose facts never change, so that answers can be compared with files.
/// </summary>
internal sealed class FakeFacts : ISystemFacts, IRowSource
{
    public const string Boot = "11111111-2222-3333-4444-555555555555";

    public List<JournalRecord> Records { get; } = [];
    public string Version => "1.2.3";
    public int Pid => 1;
    public string BootId => Boot;
    public JournalFacts Journal => new(JournalLevel.ArchiveAway, Records.Count, 0, "away");
    public LogFacts Logs { get; set; } = new("files", "/nowhere/log", "/nowhere/run/log");
    public long Crashes => 2;
    public long Reexecs => 1;
    public string Rung => "normal";
    public long UptimeUs => 3_723_000_000;
    public IReadOnlyList<string> MissingFeatures => ["tmpfs noswap: ramfs is used"];
    string IRowSource.Boot => Boot;

    /// <summary>Where the played manager says that its archive is.</summary>
    public string ArchivePath { get; set; } = "";

    public long Kept { get; set; }

    /// <summary>Why the rows cannot be read; null when they can.</summary>
    public string? Problem { get; set; }

    public long HeadSeq => Records.Count == 0 ? 0 : Records[^1].Seq;

    public CgroupAnswer ReadCgroup(UnitRuntime unit) => unit.MainProcess.IsNone
        ? default
        : new CgroupAnswer
        {
            Path = $"/system.slice/{unit.Name}",
            MemoryBytes = 2_500_000,
            MemoryPeakBytes = 3_500_000,
            Tasks = 3,
            CpuNs = 1_500_000_000,
            ReadBytes = 4096,
            WrittenBytes = 8192,
            NotApplied = NotApplied,
            IsFrozen = unit.IsFrozen ? !FreezesSlowly : null,
        };

    /// <summary>The kernel never gets to the end of it.</summary>
    public bool FreezesSlowly { get; set; }

    /// <summary>Limits that the kernel here does not have.</summary>
    public string? NotApplied { get; set; }

    public RowPage RowsSince(long seq, int limit, RowFilter filter) =>
        Page(Records.Where(r => r.Seq > seq), seq, limit, filter);

    public RowPage RowsBefore(long seq, int limit, RowFilter filter) =>
        Page(Records.Where(r => r.Seq < seq).Reverse(), seq, limit, filter);

    private RowPage Page(
        IEnumerable<JournalRecord> records, long seq, int limit, RowFilter filter)
    {
        var rows = new List<JournalRow>();
        if (Problem is not null)
            return new RowPage(rows, seq, false, Problem);
        foreach (JournalRecord record in records)
        {
            if (rows.Count == limit)
                return new RowPage(rows, seq, true, null);
            seq = record.Seq;
            bool unit = filter.Units.Count == 0 || filter.Units.Contains(record.Unit);
            bool transaction = filter.Transaction == 0 || filter.Transaction == record.Transaction;
            if (unit && transaction)
                rows.Add(new JournalRow(record, Boot, RowDurability.Tmpfs));
        }

        return new RowPage(rows, seq, false, null);
    }
}
