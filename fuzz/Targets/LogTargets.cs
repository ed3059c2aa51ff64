using System.Text;
using InitTx.Fuzz.Running;
using InitTx.Linux.Logging;
using static InitTx.Fuzz.Running.FuzzTarget;

namespace InitTx.Fuzz.Targets;

/// <summary>The logger's messages and the lines of its files.</summary>
internal static class LogTargets
{
    private static readonly string[] LineWords =
    [
        "2026-05-28T20:26:40.123456Z ", "0b4927e88a7e ", "82 ", "main ", "start-pre ", "6 ", "6+ ",
        "3! ", "text", " ", "\n", "\0", "-1 ", "99999999999 ", "9 ", "Z", "\u00e9",
    ];

    private static readonly string[] MessageWords =
    [
        "ILS1", "ILF1", "ILW1", "\x0b\0\0\0", "a@b.service", "main", "\0\0\0\0", "\xff\xff\xff\xff",
        "\x01\0\0\0\0\0\0\0", "../", "/", "\x06\0",
    ];

    public static readonly FuzzTarget Record =
        new("log-record", CheckRecord, random => Grammar.Line(random, LineWords), LineWords);

    public static readonly FuzzTarget Message = new(
        "log-message", CheckMessage, random => Grammar.Line(random, MessageWords), MessageWords);

    private static void CheckRecord(byte[] input)
    {
        if (!LogRecord.TryRead(input, out LogRecord record, out ReadOnlySpan<byte> text))
            return;
        Require(record.Level <= 7, "a level beyond 7");
        Require(text.Length < input.Length, "the text is longer than the line");

        // What was read is written as a line that is read as the same.
        byte[] head = new byte[LogRecord.HeadMax * 2];
        int length = record.WriteHead(head);
        byte[] line = [.. head.AsSpan(0, length), .. text];
        Require(
            LogRecord.TryRead(line, out LogRecord again, out ReadOnlySpan<byte> same)
                && again == record && same.SequenceEqual(text),
            $"'{Encoding.UTF8.GetString(line)}' is another record");
    }

    private static void CheckMessage(byte[] input)
    {
        LogNews news = LogCodec.DecodeNews(input, out ulong[] tokens);
        Require(news == LogNews.Finished || tokens.Length == 0, "garbage has tokens");
        if (LogCodec.DecodeStream(input) is not { } facts)
            return;
        Require(!facts.Unit.Contains('/', StringComparison.Ordinal), "a unit leaves its directory");
        Require(LogCodec.DecodeStream(LogCodec.Encode(facts)) == facts, "another message");
    }
}
