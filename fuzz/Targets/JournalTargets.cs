using System.Buffers.Binary;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Fuzz.Running;
using InitTx.Init.Control;
using InitTx.Init.Recovery;
using InitTx.Journal.Degraded;
using InitTx.Journal.Live;
using InitTx.Journal.Reading;
using InitTx.Linux.Processes;
using InitTx.Tests.Served;
using static InitTx.Fuzz.Running.FuzzTarget;

namespace InitTx.Fuzz.Targets;

/// <summary>
/// The journal as the next manager finds it: a store and its log with bytes changed and ends cut
/// off, and slots of the ring. An input is a list of changes of six bytes: which file and what, a
/// place in it, and the byte.
/// </summary>
internal static class JournalTargets
{
    private const int Change = 6;
    private const int MostChanges = 64;

    /// <summary>Rows of the image, as the black box counts them.</summary>
    private const int Rows = 40;

    private const string Boot = "aaaaaaaa-0000-4000-8000-000000000001";

    private static readonly Lazy<Image> Base = new(static () => new Image());

    /// <summary>Opening a damaged store: it is taken up or put aside, and the next rows go
    /// in.</summary>
    public static readonly FuzzTarget Store = new(
        "journal-image", CheckImage, MakeChanges, ["\0\0\0\0\0\0", "\u0002\0\0\0\0\0", "a.service"],
        Cost: 25);

    /// <summary>One slot of the ring in the black box.</summary>
    public static readonly FuzzTarget Slot = new(
        "journal-slot", CheckSlot, MakeSlot, ["\u0001", "\0", "\u00ff", "a.service"]);

    private static void CheckImage(byte[] input)
    {
        Image image = Base.Value;
        image.Write(input);
        var problems = new List<string>();
        RecoveredJournal recovered = JournalRecovery.Open(image.Options(problems, Rows));
        using (recovered.Journal)
        {
            Require(
                recovered.HeadSeq >= Rows,
                "numbers of rows that the black box knows would be given out again");
            Engine engine = Restored(recovered);
            long before = recovered.HeadSeq;
            var row = new JournalRecord
            {
                Seq = Math.Max(before, engine.NextSeq) + 1,
                Time = new Instant(1, 1),
                Kind = RecordKind.Signal,
                Uid = -1,
            };
            bool stored = recovered.Journal.Commit(new EngineStates(engine), [row], [], true);
            bool hasGap = HasGap(new JournalReader(recovered.Journal));
            Require(
                !stored || hasGap || recovered.StateSeq >= Rows, "rows are lost without a gap");
        }
    }

    // Units that can be read are restored, others are told; the manager goes on in each case.
    private static Engine Restored(RecoveredJournal recovered)
    {
        var units = new List<KeyValuePair<string, byte[]>>();
        foreach (StoredUnit unit in recovered.Units)
            units.Add(new(unit.Name, unit.State.ToArray()));
        var engine = Engine.Restore(
            new ServedUnits(), new EngineLimits(), recovered.Engine.Span, units, out _,
            ended: recovered.Ended);
        var step = new EngineStep();
        engine.Handle(
            new EngineEvent.Recovered(
                new RecoveryFacts { Kind = RecordKind.Crash, Text = "fuzz" }),
            new Instant(1_000_000, 1_700_000_001_000_000), step);
        return engine;
    }

    // Reads all rows: in order, to an end.
    private static bool HasGap(JournalReader reader)
    {
        bool hasGap = false;
        long cursor = 0;
        for (int pages = 0; ; pages++)
        {
            Require(pages < 1_000, "the pages do not end");
            RowPage page = reader.RowsSince(cursor, JournalReader.MaxRows, RowFilter.All);
            foreach (JournalRow row in page.Rows)
            {
                Require(row.Record.Seq > cursor, "rows are out of order");
                cursor = row.Record.Seq;
                hasGap |= row.Record.Kind == RecordKind.Gap;
            }

            if (!page.More || page.Problem is not null)
                return hasGap || page.Problem is not null;
            cursor = Math.Max(cursor, page.Cursor);
        }
    }

    private static byte[] MakeChanges(Prng random)
    {
        byte[] input = new byte[Change * random.Below(12)];
        for (int at = 0; at < input.Length; at += Change)
        {
            input[at] = (byte)(random.OneIn(12) ? 2 + random.Below(2) : random.Below(2));
            BinaryPrimitives.WriteUInt32LittleEndian(input.AsSpan(at + 1), (uint)random.Next());
            input[at + 5] = (byte)random.Below(256);
        }

        return input;
    }

    private static void CheckSlot(byte[] input)
    {
        if (!RecordCodec.TryDecode(input, out JournalRecord row))
            return;
        byte[] slot = new byte[ushort.MaxValue];
        int length = RecordCodec.Encode(row, slot);
        Require(
            RecordCodec.TryDecode(slot.AsSpan(0, length), out JournalRecord again)
                && (again == row || length > 8_000),
            "a row that was read and written is another");
    }

    // A slot's checksum has to be right, or nothing behind it is reached.
    private static byte[] MakeSlot(Prng random)
    {
        byte[] slot = new byte[512];
        int length = RecordCodec.Encode(
            new JournalRecord
            {
                Seq = 1 + random.Below(1_000),
                Time = new Instant(random.Below(99), random.Below(99)),
                Kind = (RecordKind)random.Below(13),
                Unit = random.OneIn(3) ? null : "a.service",
                Text = random.OneIn(3) ? null : new string('t', random.Below(400)),
                Uid = random.Below(2_000) - 1,
            },
            slot);
        for (int n = random.Below(3); n > 0; n--)
            slot[4 + random.Below(length - 4)] = (byte)random.Below(256);
        int said = Math.Clamp(
            (int)BinaryPrimitives.ReadUInt16LittleEndian(slot.AsSpan(4)), 4, slot.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(slot, Crc32C.Of(slot.AsSpan(4, said - 4)));
        return slot;
    }

    /// <summary>A journal's files as a crash leaves them, written for each input.</summary>
    private sealed class Image
    {
        private readonly string _directory;
        private readonly byte[] _store;
        private readonly byte[] _log;

        public Image()
        {
            string parent = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
            _directory = Path.Combine(parent, $"initx-fuzz-journal.{Environment.ProcessId}");
            Directory.CreateDirectory(
                _directory,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(_directory, true);
            (_store, _log) = Make();
        }

        private string StorePath => Options([]).StorePath;

        public LiveJournalOptions Options(List<string> problems, int expected = 0) => new()
        {
            ExpectedHeadSeq = expected,
            Directory = _directory,
            BootId = Boot,
            Files = new JournalFiles(),
            Ring = new MemoryRing(16),
            OwnerUid = ProcessIds.EffectiveUid,
            MonotonicUs = static () => 1_000_000,
            Report = problems.Add,
        };

        /// <summary>Writes the files with the changes of an input.</summary>
        public void Write(ReadOnlySpan<byte> changes)
        {
            foreach (string file in Directory.GetFiles(_directory))
                File.Delete(file);
            byte[] store = [.. _store];
            byte[] log = [.. _log];
            (int storeEnd, int logEnd) = (store.Length, log.Length);
            int most = Math.Min(changes.Length / Change, MostChanges);
            for (int i = 0; i < most; i++)
            {
                ReadOnlySpan<byte> change = changes.Slice(i * Change, Change);
                uint place = BinaryPrimitives.ReadUInt32LittleEndian(change[1..]);
                switch (change[0] & 3)
                {
                    case 0:
                        store[place % store.Length] = change[5];
                        break;
                    case 1:
                        log[place % log.Length] = change[5];
                        break;
                    case 2:
                        storeEnd = (int)(place % (store.Length + 1));
                        break;
                    default:
                        logEnd = (int)(place % (log.Length + 1));
                        break;
                }
            }

            Put(StorePath, store.AsSpan(0, storeEnd));
            Put(StorePath + "-wal", log.AsSpan(0, logEnd));
        }

        private static void Put(string path, ReadOnlySpan<byte> bytes)
        {
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            file.Write(bytes);
        }

        // Real rows and real states: part of them in the store, the rest in the log.
        private (byte[] Store, byte[] Log) Make()
        {
            ServedEngine served = Busy();
            Commit(served, 1, 12);
            using LiveJournal second = JournalRecovery.Open(Options([])).Journal;
            Append(second, served, 13, Rows);
            return (File.ReadAllBytes(StorePath), File.ReadAllBytes(StorePath + "-wal"));
        }

        private void Commit(ServedEngine served, int first, int last)
        {
            using LiveJournal journal = JournalRecovery.Open(Options([])).Journal;
            Append(journal, served, first, last);
        }

        private static ServedEngine Busy()
        {
            var served = new ServedEngine(new ControlOptions(), keepsLog: false);
            foreach (string unit in (string[])["b.service", "slow.service", "once.service"])
            {
                served.Call(
                    served.Connect(uid: 0), "io.inittx.Manager.Start",
                    $"\"units\":[\"{unit}\"]", more: true);
            }

            return served;
        }

        private static void Append(
            LiveJournal journal, ServedEngine served, int first, int last)
        {
            var units = new List<UnitId>();
            foreach (UnitRuntime unit in served.Engine.Units)
                units.Add(unit.Id);
            for (int seq = first; seq <= last; seq++)
            {
                journal.Commit(
                    new EngineStates(served.Engine),
                    [
                        new JournalRecord
                        {
                            Seq = seq,
                            Time = new Instant(seq, 1_700_000_000_000_000 + seq),
                            Kind = RecordKind.Transition,
                            Unit = "a.service",
                            From = "dead",
                            To = "running",
                            Uid = -1,
                            Text = new string('t', seq * 3),
                        },
                    ],
                    units, true);
            }
        }
    }
}
