using System.Text;
using InitTx.Archive;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Fuzz.Running;
using InitTx.Journal.Asking;
using InitTx.Journal.History;
using InitTx.Journal.OnDisk;
using static InitTx.Fuzz.Running.FuzzTarget;

namespace InitTx.Fuzz.Targets;

/// <summary>
/// The archive's socket (decision 0024): requests of anybody, answered from a real file, and
/// answers as a mad archive might give them to `initx`.
/// </summary>
internal static class AskTargets
{
    private const int Rows = 300;
    private const int User = 1_000;
    private const string Hidden = "hushhush";

    private static readonly string[] Words =
    [
        "\u0001B", "\u0001Q", "\u0001D", "\u0001C", "\u0001T", "\u0001S", "\0\0\0\0", "\0",
        "\u0001", "a.service", "request", "transaction", "\u0001\0\0\0", "\u0001\0\0\0\0\0\0\0",
        "SELECT ", "count(*)", " FROM ", "v_history", "v_transactions", "disk.", "record", "name",
        "row", "temp.", " UNION ", "WITH ", " AS (", ")", ",", "text", "comm", "uid", "*", ";",
        "PRAGMA x", "ATTACH 'x' AS y", "sqlite_schema", "'", " WHERE uid = 0", " LIMIT 9", "\"",
    ];

    private static readonly string[] Statements =
    [
        "SELECT * FROM v_history", "SELECT text FROM disk.record", "SELECT s FROM name",
        "WITH v_history AS (SELECT text FROM disk.record) SELECT * FROM v_history",
        "SELECT comm, text FROM v_transactions WHERE uid = 0", "SELECT * FROM sqlite_schema",
        "SELECT group_concat(text) FROM v_history", "VALUES(1) UNION SELECT text FROM record",
        "SELECT * FROM temp.row", "CREATE TEMP TABLE t(x)", "SELECT load_extension('x')",
    ];

    private static readonly Lazy<ArchiveAnswerer> Answerer =
        new(static () => new ArchiveAnswerer(MakeArchive()));

    /// <summary>Requests: total, bounded, and nothing that is hidden from a user.</summary>
    public static readonly FuzzTarget Requests =
        new("archive-requests", CheckRequest, MakeRequest, Words, Cost: 10);

    /// <summary>Answers, as the client reads them.</summary>
    public static readonly FuzzTarget Answers =
        new("archive-answers", CheckAnswer, MakeAnswer, Words);

    private static void CheckRequest(byte[] input)
    {
        byte[] answer = Answerer.Value.Answer(input, User);
        Require(answer.Length <= AskLimits.Answer, "an answer is longer than it may be");
        // Where only the statement itself has the word, the answer may have it.
        byte[] hidden = Encoding.UTF8.GetBytes(Hidden);
        Require(
            answer.AsSpan().IndexOf(hidden) < 0 || input.AsSpan().IndexOf(hidden) >= 0,
            "a user is told what another one said");
        if (!ArchiveAsk.TryRead(input, out ArchiveAsk ask))
        {
            Require(answer.AsSpan(0, 2).SequenceEqual("\u0001\u0001"u8), "no refusal");
            return;
        }

        byte[] written = ask.ToBytes();
        Require(
            ArchiveAsk.TryRead(written, out ArchiveAsk again)
                && again.ToBytes().AsSpan().SequenceEqual(written),
            "a request that was read and written is another");
    }

    // Whatever the archive says: an answer or a problem, and an end.
    private static void CheckAnswer(byte[] input)
    {
        int asked = 0;
        var line = new Line(() =>
        {
            Require(++asked < 100, "asking does not end");
            return input;
        });
        using (AskedArchive? boots = AskedArchive.Over(line, out string problem))
            Require(boots is not null || problem.Length > 0, "no answer and no problem");
        byte[] first = AskForm.Boots;
        var mixed = new Line(() =>
        {
            Require(++asked < 20_000, "asking does not end");
            byte[] now = first.Length > 0 ? first : input;
            first = [];
            return now;
        });
        using AskedArchive archive = AskedArchive.Over(mixed, out _)!;
        IReadOnlyList<HistoryRow> rows = archive.Query(new() { Limit = 2_000 });
        Require(rows.Count <= 2_000, "more rows than were asked for");
        Require(archive.Days(null, 0).Count <= 200_000, "too many days");
        Require((archive.StatesAt(1)?.Units.Count ?? 0) <= 200_000, "too many units");
        Require(archive.Sql("SELECT 1").Rows.Count <= AskLimits.SqlRows, "too many rows");
        Require(archive.Current(null).Count <= 200_000, "too many states");
    }

    private static byte[] MakeRequest(Prng random)
    {
        ArchiveAsk ask = random.Below(6) switch
        {
            0 => new ArchiveAsk { Kind = AskKind.Boots },
            1 => new ArchiveAsk { Kind = AskKind.Days, Unit = Unit(random), When = 20_000 },
            2 => new ArchiveAsk { Kind = AskKind.Current, Unit = Unit(random) },
            3 => new ArchiveAsk { Kind = AskKind.StatesAt, When = random.Below(900) * 1_000_000L },
            4 => new ArchiveAsk
            {
                Kind = AskKind.Sql,
                Sql = random.Pick(Statements),
                Rows = 1 + random.Below(99),
            },
            _ => new ArchiveAsk { Kind = AskKind.Rows, Query = Query(random) },
        };
        return ask.ToBytes();
    }

    private static HistoryQuery Query(Prng random) => new()
    {
        Units = random.OneIn(2) ? [] : [Unit(random) ?? "b.service"],
        Uid = random.OneIn(4) ? random.Below(2) * User : null,
        Kinds = random.OneIn(3) ? ["request"] : [],
        Limit = random.OneIn(2) ? random.Below(700) : null,
        AfterSeq = random.OneIn(4) ? random.Below(Rows) : null,
        BeforeOrder = random.OneIn(4) ? long.MaxValue / 2 : null,
        Boot = random.OneIn(4) ? "boot" : null,
        Failed = random.OneIn(5),
        Refused = random.OneIn(5),
        Reverse = random.OneIn(2),
        Oldest = random.OneIn(3),
    };

    private static string? Unit(Prng random) => random.OneIn(3) ? null : "a.service";

    private static byte[] MakeAnswer(Prng random) =>
        Answerer.Value.Answer(MakeRequest(random), random.OneIn(2) ? -1 : User);

    private static string MakeArchive()
    {
        string directory = Directory.CreateTempSubdirectory("initx-fuzz-archive.").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, true);
        string path = Path.Combine(directory, ArchiveSchema.FileName);
        using ArchiveStore store = ArchiveStore.Open(path, default, out _, out string problem)
            ?? throw new InvalidOperationException(problem);
        var rows = new List<JournalRecord>();
        for (int seq = 1; seq <= Rows; seq++)
            rows.Add(Row(seq));
        if (store.Append("boot", rows, anew: false, out _) is not 0 and var code)
            throw new InvalidOperationException($"the archive cannot be made: {code}");
        return path;
    }

    // Whose word must not be told is root's, in what was asked; units and states are for all.
    private static JournalRecord Row(int seq) => new()
    {
        Seq = seq,
        Time = new Instant(seq * 1_000_000, 1_770_076_800_000_000 + (seq * 1_000_000)),
        Kind = (seq % 4) switch
        {
            0 => RecordKind.Request,
            1 => RecordKind.Process,
            2 => RecordKind.Job,
            _ => RecordKind.Transition,
        },
        Unit = seq % 4 == 0 ? null : "a.service",
        From = "dead",
        To = "running",
        Cause = CauseKind.Job,
        CauseSeq = seq - 1,
        Uid = seq % 4 == 0 ? 0 : -1,
        Pid = seq,
        Comm = seq % 4 == 0 ? Hidden : null,
        Text = seq % 4 == 0 ? Hidden : "said",
    };

    /// <summary>An answer to the question for the boots, so that others can follow.</summary>
    private static class AskForm
    {
        public static byte[] Boots { get; } = Answerer.Value.Answer(
            new ArchiveAsk { Kind = AskKind.Boots }.ToBytes(), -1);
    }

    private sealed class Line(Func<byte[]> answer) : IArchiveLine
    {
        public byte[]? Ask(ReadOnlySpan<byte> request, out string problem)
        {
            problem = "";
            return answer();
        }

        public void Dispose()
        {
        }
    }
}
