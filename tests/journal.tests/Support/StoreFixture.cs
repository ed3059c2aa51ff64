using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Journal.Degraded;
using InitTx.Journal.Live;
using InitTx.Journal.Reading;

namespace InitTx.Journal.Tests.Support;

/// <summary>A directory on tmpfs with a journal in it, and short ways to write to it.</summary>
internal sealed class StoreFixture : IDisposable
{
    public const string BootA = "aaaaaaaa-0000-4000-8000-000000000001";
    public const string BootB = "bbbbbbbb-0000-4000-8000-000000000002";

    private readonly List<JournalRecord> _records = [];
    private readonly List<UnitId> _changed = [];

    private readonly bool _owned;

    public StoreFixture()
        : this(MakeDirectory()) => _owned = true;

    /// <summary>Over a directory that stays.</summary>
    public StoreFixture(string directory)
    {
        Root = directory;
        Options = new LiveJournalOptions
        {
            Directory = Root,
            BootId = BootA,
            Files = Files,
            Ring = Ring,
            OwnerUid = TestFiles.geteuid(),
            MonotonicUs = () => NowUs,
            Report = Reports.Add,
        };
    }

    public string Root { get; }

    public TestFiles Files { get; } = new();

    public MemoryRing Ring { get; set; } = new(64);

    public LiveJournalOptions Options { get; set; }

    public TestStates States { get; } = new();

    public List<string> Reports { get; } = [];

    public long NowUs { get; set; } = 1_000_000;

    public long NextSeq { get; set; } = 1;

    public LiveJournal Journal { get; private set; } = null!;

    public string StorePath => Options.StorePath;

    public RecoveredJournal Open()
    {
        RecoveredJournal recovered = JournalRecovery.Open(Options);
        Journal = recovered.Journal;
        return recovered;
    }

    /// <summary>Closes and opens again, as a re-exec does.</summary>
    public RecoveredJournal Reopen()
    {
        Journal.Dispose();
        return Open();
    }

    /// <summary>
    /// Takes over an open journal's files as a crash leaves them: the log is not merged.
    /// </summary>
    public StoreFixture CrashCopy()
    {
        var copy = new StoreFixture();
        foreach (string file in Directory.GetFiles(Root))
            File.Copy(file, $"{copy.Root}/{Path.GetFileName(file)}");
        copy.Options = copy.Options with { BootId = Options.BootId };
        return copy;
    }

    /// <summary>Commits rows of one unit, numbered on.</summary>
    public bool CommitRows(int count, string unit = "a.service", string? text = null)
    {
        _records.Clear();
        for (int i = 0; i < count; i++)
            _records.Add(Row(NextSeq++, unit, text));
        return Journal.Commit(States, _records, _changed, false);
    }

    public bool Commit(params JournalRecord[] records) =>
        Journal.Commit(States, [.. records], [], false);

    public static JournalRecord Row(long seq, string unit = "a.service", string? text = null) =>
        new()
        {
            Seq = seq,
            Time = new Instant(seq * 10, 1_700_000_000_000_000 + seq),
            Kind = RecordKind.Transition,
            Unit = unit,
            From = "dead",
            To = "running",
            Cause = CauseKind.Job,
            Uid = -1,
            Text = text,
        };

    /// <summary>All rows by the reader, page by page.</summary>
    public List<JournalRow> AllRows(RowFilter? filter = null)
    {
        var reader = new JournalReader(Journal);
        var rows = new List<JournalRow>();
        long cursor = 0;
        for (int pages = 0; pages < 10_000; pages++)
        {
            RowPage page = reader.RowsSince(cursor, JournalReader.MaxRows, filter ?? RowFilter.All);
            Assert.That(page.Problem, Is.Null);
            rows.AddRange(page.Rows);
            cursor = page.Cursor;
            if (!page.More)
                return rows;
        }

        throw new InvalidOperationException("the pages do not end");
    }

    public void Dispose()
    {
        Journal?.Dispose();
        if (_owned)
            Directory.Delete(Root, recursive: true);
    }

    private static string MakeDirectory()
    {
        string parent = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        string path = Path.Combine(parent, $"initx-journal-{Guid.NewGuid():N}");
        Directory.CreateDirectory(
            path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
