using System.Text;
using InitTx.Linux.Logging;

namespace InitTx.Linux.Tests.Logging;

/// <summary>The lines of the logger's files.</summary>
public sealed class LogRecordTests
{
    private static readonly LogRecord Plain =
        new(1_780_000_000_123_456, "0b4927e88a7e", 82, "main", 6, false, false);

    private static string Line(LogRecord record, string text)
    {
        Span<byte> head = stackalloc byte[LogRecord.HeadMax];
        int length = record.WriteHead(head);
        return Encoding.UTF8.GetString(head[..length]) + text;
    }

    [Test]
    public void A_line_is_time_boot_process_role_level_and_text() => Assert.That(
        Line(Plain, "hello world"),
        Is.EqualTo("2026-05-28T20:26:40.123456Z 0b4927e88a7e 82 main 6 hello world"));

    [TestCase("main", 6, false, false, "text")]
    [TestCase("start-pre", 0, true, false, "")]
    [TestCase("stop-post", 7, false, true, "  two  blanks \u00e9")]
    public void What_was_written_is_read(
        string role, int level, bool cut, bool remark, string text)
    {
        LogRecord record = Plain with
        {
            Role = role,
            Level = (byte)level,
            IsCut = cut,
            IsRemark = remark,
        };
        byte[] line = Encoding.UTF8.GetBytes(Line(record, text));
        Assert.That(LogRecord.TryRead(line, out LogRecord read, out var rest), Is.True);
        Assert.That(read, Is.EqualTo(record));
        Assert.That(Encoding.UTF8.GetString(rest), Is.EqualTo(text));
    }

    [TestCase("")]
    [TestCase("2026-05-28T20:26:40.123456Z")]
    [TestCase("2026-05-28T20:26:40.123456Z 0b4927e88a7e 82 main 9 x")]
    [TestCase("2026-05-28T20:26:40.123456Z 0b4927e88a7e x main 6 x")]
    [TestCase("2026-05-28T20:26:40.123456Z 0b4927e88a7e 82 main 6? x")]
    [TestCase("2026-05-28T20:26:40.123456Z  82 main 6 x")]
    [TestCase("2026-13-28T20:26:40.123456Z 0b4927e88a7e 82 main 6 x")]
    [TestCase("20:26:40.123456Z 0b4927e88a7e 82 main 6 half of a line")]
    public void Anything_else_is_no_record(string line) => Assert.That(
        LogRecord.TryRead(Encoding.UTF8.GetBytes(line), out _, out _), Is.False);

    [Test]
    public void A_boot_is_known_by_its_first_digits() => Assert.That(
        LogRecord.ShortBoot("0b4927e8-8a7e-898a-ba4a-3bcbd0dc0792"), Is.EqualTo("0b4927e88a7e"));
}
