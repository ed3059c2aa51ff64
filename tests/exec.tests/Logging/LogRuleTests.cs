using System.Text;
using InitTx.Exec.Logging;

namespace InitTx.Exec.Tests.Logging;

/// <summary>The level at the beginning of a line, and the limit of lines.</summary>
public sealed class LogRuleTests
{
    [TestCase("<3>text", 3, "text")]
    [TestCase("<0>", 0, "")]
    [TestCase("<30>daemon and info", 6, "daemon and info")]
    [TestCase("<191>x", 7, "x")]
    [TestCase("<192>x", 6, "<192>x")]
    [TestCase("<>x", 6, "<>x")]
    [TestCase("<3", 6, "<3")]
    [TestCase("<a>x", 6, "<a>x")]
    [TestCase("< 3>x", 6, "< 3>x")]
    [TestCase("<0003>x", 6, "<0003>x")]
    [TestCase("x<3>", 6, "x<3>")]
    [TestCase("", 6, "")]
    public void A_line_may_begin_with_its_level(string line, int level, string text)
    {
        byte found = 6;
        ReadOnlySpan<byte> rest = LevelPrefix.Take(Encoding.UTF8.GetBytes(line), ref found);
        Assert.That((found, Encoding.UTF8.GetString(rest)), Is.EqualTo(((byte)level, text)));
    }

    [Test]
    public void So_many_lines_an_interval_and_then_a_remark()
    {
        var rate = new LogRate(1_000, 3);
        Assert.That(Enumerable.Range(0, 10).Count(_ => rate.Allows(100)), Is.EqualTo(3));
        Assert.That(rate.TakeRemark(1_099, last: false), Is.Null, "the interval is not over");
        Assert.That(rate.TakeRemark(1_100, last: false), Does.StartWith("7 lines were left out"));
        Assert.That(rate.TakeRemark(1_100, last: true), Is.Null, "said once");
        Assert.That(rate.Allows(1_100), Is.True);
    }

    [Test]
    public void The_end_of_a_process_says_what_was_left_out()
    {
        var rate = new LogRate(1_000, 1);
        rate.Allows(0);
        rate.Allows(0);
        Assert.That(rate.TakeRemark(1, last: true), Does.StartWith("1 lines were left out"));
    }

    [TestCase(0, 5)]
    [TestCase(5, 0)]
    public void Zero_is_no_limit(int intervalUs, int burst)
    {
        var rate = new LogRate(intervalUs, burst);
        Assert.That(Enumerable.Range(0, 1_000).All(_ => rate.Allows(0)), Is.True);
    }
}
