using InitTx.Core;
using InitTx.Linux.Prepare;
using InitTx.Units.Model;

namespace InitTx.Linux.Tests;

[TestFixture]
public sealed class PrepareCodecTests
{
    private static readonly SourceLocation Source = new("/etc/systemd/system/a.service", 7, 3);

    private static IEnumerable<PrepareQuestion> Questions()
    {
        yield return new PrepareQuestion.Prepare(41, UnitName.Parse("a@b.service"))
        {
            Conditions = [new UnitCondition("PathExists", "/x y", true, false, true, Source)],
            User = "www-data",
            SupplementaryGroups = ["adm", "ü"],
            EnvironmentFiles = [new EnvironmentFileSetting("/etc/default/*", true, Source)],
            Directories = [new ServiceDirectory("RUNTIME", "a/b", null), new("STATE", "c", "d")],
            Bases = [new DirectoryBase("/run", 0b111_101_101)],
        };
        yield return new PrepareQuestion.ReadPidFile(
            1, UnitName.Parse("a.service"), "/run/a.pid", "");
        yield return new PrepareQuestion.CleanUp(
            2, UnitName.Parse("a.service"), "/run", ["a"], ["/run/a.pid"]);
        yield return new PrepareQuestion.ReadUnits(3, ["/etc/systemd/system", "/lib/systemd/system"]);
        yield return new PrepareQuestion.SocketOwner(4, UnitName.Parse("a.socket"), null, "adm");
        yield return new PrepareQuestion.RunGenerators(5, ["/g"], ["/n", "/e", "/l"], 90_000_000);
    }

    private static IEnumerable<PrepareAnswer> Answers()
    {
        yield return new PrepareAnswer.Prepared(41, PrepareOutcome.ConditionFailed, "because")
        {
            HasIds = true,
            Uid = 33,
            Gid = 34,
            Groups = [4, 5],
            UserName = "www-data",
            Home = "/var/www",
            Shell = "/bin/sh",
            Environment = [new("A", "1 2"), new("B", "")],
            DirectoryEnvironment = [new("RUNTIME_DIRECTORY", "/run/a")],
        };
        yield return new PrepareAnswer.PidFile(1, "not there", 0, 0);
        yield return new PrepareAnswer.CleanedUp(2, null);
        yield return new PrepareAnswer.Units(3, null);
        yield return new PrepareAnswer.SocketOwner(4, null, 0, uint.MaxValue);
        yield return new PrepareAnswer.GeneratorsRan(5, "x failed", 3);
    }

    [TestCaseSource(nameof(Questions))]
    public void A_question_comes_back_as_it_was_sent(PrepareQuestion question)
    {
        byte[] bytes = new PrepareCodec().Encode(question).ToArray();
        PrepareQuestion? back = PrepareCodec.DecodeQuestion(bytes);
        Assert.That(back, Is.Not.Null);
        Assert.That(new PrepareCodec().Encode(back!).ToArray(), Is.EqualTo(bytes));
        Assert.That(back!.Token, Is.EqualTo(question.Token));
        Assert.That(back.Unit, Is.EqualTo(question.Unit));
    }

    [TestCaseSource(nameof(Answers))]
    public void An_answer_comes_back_as_it_was_sent(PrepareAnswer answer)
    {
        byte[] bytes = new PrepareCodec().Encode(answer).ToArray();
        PrepareAnswer? back = PrepareCodec.DecodeAnswer(bytes);
        Assert.That(back, Is.Not.Null);
        Assert.That(new PrepareCodec().Encode(back!).ToArray(), Is.EqualTo(bytes));
        Assert.That(back!.Error, Is.EqualTo(answer.Error));
    }

    [TestCaseSource(nameof(Questions))]
    public void Every_cut_and_every_longer_question_is_refused(PrepareQuestion question)
    {
        byte[] bytes = new PrepareCodec().Encode(question).ToArray();
        for (int length = 0; length < bytes.Length; length++)
            Assert.That(PrepareCodec.DecodeQuestion(bytes.AsSpan(0, length)), Is.Null, $"cut at {length}");
        Assert.That(PrepareCodec.DecodeQuestion([.. bytes, 0]), Is.Null);
        Assert.That(PrepareCodec.DecodeAnswer(bytes), Is.Null);
    }

    [Test]
    public void Any_changed_byte_is_read_or_refused_but_never_throws()
    {
        foreach (PrepareAnswer answer in Answers())
        {
            byte[] bytes = new PrepareCodec().Encode(answer).ToArray();
            for (int i = 0; i < bytes.Length; i++)
            {
                foreach (byte value in new byte[] { 0, 1, 0x7f, 0x80, 0xff })
                {
                    byte kept = bytes[i];
                    bytes[i] = value;
                    Assert.That(() => PrepareCodec.DecodeAnswer(bytes), Throws.Nothing, $"byte {i}={value}");
                    bytes[i] = kept;
                }
            }
        }
    }

    [Test]
    public void A_message_beyond_the_limit_is_not_encoded()
    {
        var answer = new PrepareAnswer.Prepared(1, PrepareOutcome.Ready, new string('x', PrepareCodec.MaxMessage));
        Assert.That(new PrepareCodec().Encode(answer).Length, Is.Zero);
    }
}
