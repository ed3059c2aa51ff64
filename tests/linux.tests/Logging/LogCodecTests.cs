using InitTx.Linux.Logging;

namespace InitTx.Linux.Tests.Logging;

/// <summary>Messages between PID 1 and the logger.</summary>
public sealed class LogCodecTests
{
    private static readonly LogStreamFacts Facts = new()
    {
        Token = ulong.MaxValue - 1,
        Pid = 4711,
        Unit = "x@a-b\\x2dc.service",
        Role = "start-pre",
        Identifier = "x y",
        Level = 3,
        Facility = 23,
        LevelPrefix = false,
        LevelMax = 4,
        RateIntervalUs = 5,
        RateBurst = 0,
    };

    [Test]
    public void A_stream_is_read_as_it_was_sent() => Assert.That(
        LogCodec.DecodeStream(LogCodec.Encode(Facts)), Is.EqualTo(Facts));

    [Test]
    public void Every_message_that_is_cut_or_longer_is_none()
    {
        byte[] message = LogCodec.Encode(Facts);
        for (int length = 0; length < message.Length; length++)
            Assert.That(LogCodec.DecodeStream(message.AsSpan(0, length)), Is.Null);
        Assert.That(LogCodec.DecodeStream([.. message, 0]), Is.Null);
    }

    [TestCase("../x.service", "main")]
    [TestCase(".hidden.service", "main")]
    [TestCase("a/b.service", "main")]
    [TestCase("", "main")]
    [TestCase("a.service", "")]
    [TestCase("a.service", "two words")]
    [TestCase("a.service", "Main")]
    public void A_unit_that_is_no_directory_or_a_role_that_is_no_word_is_refused(
        string unit, string role) => Assert.That(
            LogCodec.DecodeStream(LogCodec.Encode(Facts with { Unit = unit, Role = role })),
            Is.Null);

    [Test]
    public void Pids_and_levels_have_bounds()
    {
        LogStreamFacts[] wrong =
        [
            Facts with { Pid = 0 }, Facts with { Pid = -1 }, Facts with { Level = 8 },
            Facts with { Facility = 24 }, Facts with { LevelMax = 9 },
        ];
        foreach (LogStreamFacts facts in wrong)
            Assert.That(LogCodec.DecodeStream(LogCodec.Encode(facts)), Is.Null, facts.ToString());
    }

    [Test]
    public void News_are_read_as_they_were_sent()
    {
        Assert.That(
            LogCodec.DecodeNews(
                LogCodec.EncodeFinished([1, 2, ulong.MaxValue]), out ulong[] tokens),
            Is.EqualTo(LogNews.Finished));
        Assert.That(tokens, Is.EqualTo(new ulong[] { 1, 2, ulong.MaxValue }));
        Assert.That(LogCodec.DecodeNews(LogCodec.EncodeStuck(), out _), Is.EqualTo(LogNews.Stuck));
    }

    [Test]
    public void Other_bytes_are_garbage()
    {
        byte[] many = LogCodec.EncodeFinished(new ulong[LogCodec.MaxTokens + 1]);
        byte[][] cases =
            [[], [1], many, [.. LogCodec.EncodeStuck(), 1], LogCodec.Encode(Facts)];
        foreach (byte[] bytes in cases)
            Assert.That(LogCodec.DecodeNews(bytes, out _), Is.EqualTo(LogNews.Garbage));
    }
}
