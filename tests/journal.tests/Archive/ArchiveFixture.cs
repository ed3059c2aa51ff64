using InitTx.Archive;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Journal.OnDisk;
using InitTx.Journal.Sqlite;
using InitTx.Journal.Tests.Support;

namespace InitTx.Journal.Tests.Archive;

/// <summary>An archive in a directory of its own, and short ways to fill and read it.</summary>
internal sealed class ArchiveFixture : IDisposable
{
    public const string BootA = StoreFixture.BootA;
    public const string BootB = StoreFixture.BootB;
    public const long Day0 = 1_770_076_800_000_000;

    private readonly bool _owned;
    private ArchiveStore? _store;

    public ArchiveFixture()
        : this(Directory.CreateTempSubdirectory("initx-archive-").FullName) => _owned = true;

    public ArchiveFixture(string directory) => Root = directory;

    public string Root { get; }

    public string StorePath => Path.Combine(Root, ArchiveSchema.FileName);

    public ArchiveLimits Limits { get; set; } = new(0, 0);

    public ArchiveStore Store
    {
        get
        {
            if (_store is null)
            {
                _store = ArchiveStore.Open(StorePath, Limits, out int code, out string problem);
                Assert.That(_store, Is.Not.Null, $"{problem} ({code})");
            }

            return _store!;
        }
    }

    public void Reopen()
    {
        _store?.Dispose();
        _store = null;
    }

    /// <summary>Stores rows; the last one kept.</summary>
    public long Append(string boot, params IReadOnlyList<JournalRecord> rows) =>
        Append(boot, anew: false, rows);

    public long Append(string boot, bool anew, IReadOnlyList<JournalRecord> rows)
    {
        int code = Store.Append(boot, rows, anew, out long kept);
        Assert.That(code, Is.Zero, code == 0 ? "" : Store.LastError);
        return kept;
    }

    /// <summary>Rows first to last, a second apart.</summary>
    public static IReadOnlyList<JournalRecord> Rows(
        int first, int last, string unit = "a.service") =>
        [.. Enumerable.Range(first, last - first + 1).Select(i => Row(i, unit))];

    public static JournalRecord Row(long seq, string unit = "a.service") => new()
    {
        Seq = seq,
        Time = new Instant(seq * 1_000_000, Day0 + (seq * 1_000_000)),
        Kind = RecordKind.Transition,
        Unit = unit,
        From = seq % 2 == 0 ? "running" : "dead",
        To = seq % 2 == 0 ? "dead" : "running",
        Cause = CauseKind.Job,
        CauseSeq = seq - 1,
        Uid = -1,
        Text = $"text of {seq}",
    };

    public ArchiveReader Read()
    {
        ArchiveReader? reader = ArchiveReader.Open(StorePath, out string problem);
        Assert.That(reader, Is.Not.Null, problem);
        return reader!;
    }

    public IReadOnlyList<History.HistoryRow> All(History.HistoryQuery? query = null)
    {
        using ArchiveReader reader = Read();
        IReadOnlyList<History.HistoryRow> rows = reader.Query(query ?? new());
        Assert.That(reader.Problem, Is.Null);
        return rows;
    }

    public ArchiveVerdict Verify()
    {
        using ArchiveReader reader = Read();
        return ArchiveVerifier.Verify(reader);
    }

    /// <summary>Runs SQL as somebody who may write the file.</summary>
    public void Tamper(string sql)
    {
        Reopen();
        Assert.That(Database.Open(StorePath, create: false, out Database? db), Is.Zero);
        using (db)
            Assert.That(db!.Execute(sql), Is.Zero, db.LastError);
    }

    public void Dispose()
    {
        _store?.Dispose();
        if (_owned)
            Directory.Delete(Root, recursive: true);
    }
}
