using InitTx.Tests;
using FsCheck;
using FsCheck.Fluent;
using InitTx.Core;
using InitTx.Linux.Prepare;
using InitTx.Units.Model;

namespace InitTx.Linux.Tests;

/// <summary>The wire between PID 1 and the helper: neither side trusts the other.</summary>
public sealed class PrepareCodecTests
{
    private static readonly UnitName Unit = UnitName.Parse("a@b.service");
    private static readonly SourceLocation Source = new("/etc/systemd/system/a@.service", 12, 3);

    private static readonly PrepareQuestion[] Questions =
    [
        new PrepareQuestion.Prepare(ulong.MaxValue, Unit),
        new PrepareQuestion.Prepare(1, Unit)
        {
            Conditions =
                [new("PathExists", "/ż", true, false, true, Source), new(
                "Host", "", false, true, false, SourceLocation.BuiltIn)],
            User = "u",
            Group = "",
            SupplementaryGroups = ["a", "b"],
            EnvironmentFiles = [new("/etc/default/*", true, Source)],
            Directories = [new("RUNTIME", "a/b", null), new("STATE", "c", "d")],
            Bases = [new("/run", 0b111_101_101), new("/var/lib", 0)],
        },
        new PrepareQuestion.ReadPidFile(2, Unit, "/run/a.pid", ""),
        new PrepareQuestion.CleanUp(3, Unit, "/run", ["a", "b/c"], ["/run/x"]),
        new PrepareQuestion.CleanUp(3, Unit, "/run", [], [])
        {
            PrivateState = "/s", IpcUser = "u", DynamicUsers = "/d", LoginRecord = "tty9",
        },
        new PrepareQuestion.ReadUnits(4, ["/etc/systemd/system", "/run/systemd/system"]),
        new PrepareQuestion.SocketOwner(5, Unit, null, "g"),
        new PrepareQuestion.RunGenerators(6, ["/a"], ["/b", "/c", "/d"], long.MaxValue),
        new PrepareQuestion.ReadTimer(7, Unit, "/var/lib/stamp", ["", "Europe/Berlin"]),
        new PrepareQuestion.ReadTimer(8, default, null, []),
        new PrepareQuestion.WriteStamp(9, Unit, "/var/lib/stamp", long.MaxValue),
        new PrepareQuestion.WatchPaths(10, Unit,
        [
            new PathWatch(PathWatchKind.ExistsGlob, "/a/*", new SourceLocation("/etc/a.path", 3)),
            new PathWatch(PathWatchKind.Modified, "/b", new SourceLocation("/etc/a.path", 4)),
        ], true, 0b111_000_000),
        new PrepareQuestion.Drop(11),
        new PrepareQuestion.MakeAutomount(12, Unit, "/srv/a", 0b111_101_101, null, long.MaxValue),
        new PrepareQuestion.MakeAutomount(13, Unit, "/", 0, "a,b=c", 0),
        new PrepareQuestion.UnmakeAutomount(14, Unit, "/srv/a"),
    ];

    private static readonly PrepareAnswer[] Answers =
    [
        new PrepareAnswer.Prepared(1, PrepareOutcome.Failed, "why\nnot"),
        new PrepareAnswer.Prepared(2, PrepareOutcome.Ready, "")
        {
            HasIds = true,
            Uid = uint.MaxValue,
            Gid = 0,
            Groups = [1, 2, 3],
            UserName = "u",
            Home = "/home/u",
            Shell = "/bin/sh",
            Environment = [new("A", "1"), new("B", "")],
            DirectoryEnvironment = [new("RUNTIME_DIRECTORY", "/run/a:/run/b")],
        },
        new PrepareAnswer.PidFile(3, null, int.MaxValue, ulong.MaxValue),
        new PrepareAnswer.PidFile(3, "no", 0, 0),
        new PrepareAnswer.CleanedUp(4, "left"),
        new PrepareAnswer.Units(5, null),
        new PrepareAnswer.SocketOwner(6, null, 0, uint.MaxValue),
        new PrepareAnswer.GeneratorsRan(7, "one failed", 12),
        new PrepareAnswer.Timer(8, null, 1_700_000_000_000_000,
        [
            new("", new TimeZoneTable { FirstOffsetUs = -3_600_000_000 }),
            new("Europe/Berlin", new TimeZoneTable
            {
                FirstOffsetUs = 3_600_000_000,
                Changes = [new TimeZoneChange(-5, 7_200_000_000), new TimeZoneChange(9, 0)],
            }),
        ]),
        new PrepareAnswer.Stamped(9, "no space left"),
        new PrepareAnswer.AutomountMade(12, "no"),
        new PrepareAnswer.AutomountMade(13, null) { Note = "but" },
        new PrepareAnswer.AutomountGone(14, null),
        new PrepareAnswer.Watching(10, null, [0, -1, 1],
        [
            new WatchEntry(1, 0x2, null, 1), new WatchEntry(2, uint.MaxValue, "name", -1),
        ]),
    ];

    [TestCaseSource(nameof(Questions))]
    public void A_question_comes_back_as_it_was(PrepareQuestion question)
    {
        byte[] bytes = new PrepareCodec().Encode(question).ToArray();
        PrepareQuestion? back = PrepareCodec.DecodeQuestion(bytes);
        Assert.That(new PrepareCodec().Encode(back!).ToArray(), Is.EqualTo(bytes));
        Assert.That(back, Is.EqualTo(question).UsingPropertiesComparer());
        Assert.That(PrepareCodec.DecodeAnswer(bytes), Is.Null, "a question is no answer");
    }

    [TestCaseSource(nameof(Answers))]
    public void An_answer_comes_back_as_it_was(PrepareAnswer answer)
    {
        byte[] bytes = new PrepareCodec().Encode(answer).ToArray();
        PrepareAnswer? back = PrepareCodec.DecodeAnswer(bytes);
        Assert.That(back, Is.EqualTo(answer).UsingPropertiesComparer());
        Assert.That(PrepareCodec.DecodeQuestion(bytes), Is.Null, "an answer is no question");
    }

    [Test]
    public void Every_cut_and_every_byte_too_many_is_refused()
    {
        var codec = new PrepareCodec();
        foreach (byte[] bytes in Questions.Select(q => codec.Encode(q).ToArray()))
        {
            for (int length = 0; length < bytes.Length; length++)
                Assert.That(
                    PrepareCodec.DecodeQuestion(
                    bytes.AsSpan(0, length)), Is.Null, $"cut at {length}");
            Assert.That(PrepareCodec.DecodeQuestion([.. bytes, 0]), Is.Null);
        }

        foreach (byte[] bytes in Answers.Select(a => codec.Encode(a).ToArray()))
        {
            for (int length = 0; length < bytes.Length; length++)
                Assert.That(
                    PrepareCodec.DecodeAnswer(
                    bytes.AsSpan(0, length)), Is.Null, $"cut at {length}");
            Assert.That(PrepareCodec.DecodeAnswer([.. bytes, 0]), Is.Null);
        }
    }

    [Test]
    public void Changed_bytes_never_throw()
    {
        var codec = new PrepareCodec();
        byte[][] messages =
            [.. Questions.Select(q => codec.Encode(q).ToArray()), .. Answers.Select(
                a => codec.Encode(a).ToArray())];
        Gen<byte[]> changed =
            from message in Gen.Elements(messages)
            from places in Gen.Choose(0, message.Length - 1).ArrayOf(4)
            from values in Gen.Choose(0, 255).ArrayOf(4)
            select places.Zip(values).Aggregate(message.ToArray(), (bytes, change) =>
            {
                bytes[change.First] = (byte)change.Second;
                return bytes;
            });
        Prop.ForAll(changed.ToArbitrary(), bytes =>
        {
            PrepareCodec.DecodeQuestion(bytes);
            PrepareCodec.DecodeAnswer(bytes);
        }).Check(Properties.Of(3000));
    }

    [Test]
    public void A_count_beyond_the_message_allocates_nothing_large()
    {
        byte[] bytes = new PrepareCodec().Encode(
            new PrepareQuestion.ReadUnits(1, ["/a"])).ToArray();

        // Magic, type, token, no unit name, then the count.
        BitConverter.TryWriteBytes(bytes.AsSpan(4 + 2 + 8 + 4), 0x7fffffff);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(PrepareCodec.DecodeQuestion(bytes), Is.Null);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(10_000));
    }

    [Test]
    public void What_is_too_large_is_not_encoded() =>
        Assert.That(
            new PrepareCodec().Encode(
                new PrepareQuestion.ReadUnits(1, [new string('x', PrepareCodec.MaxMessage)]))
                .IsEmpty,
            Is.True);
}
