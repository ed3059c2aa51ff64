using InitTx.Tests;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using InitTx.Protocol.Framing;

namespace InitTx.Protocol.Tests;

/// <summary>
/// The stream is cut at NULs only, whatever the chunks, and never holds more than its limit.
/// </summary>
public sealed class FrameReaderTests
{
    [Test]
    public void Any_chunking_of_a_stream_gives_the_same_messages()
    {
        Prop.ForAll<string[], int>((texts, chunk) =>
        {
            string[] messages =
                [.. texts.Select(t => (t ?? "").Replace("\0", "", StringComparison.Ordinal))];
            byte[] stream = Encoding.UTF8.GetBytes(string.Concat(messages.Select(m => m + "\0")));
            int size = 1 + (Math.Abs(chunk % 17));
            using var reader = new FrameReader(1 << 20);
            var got = new List<string>();
            for (int i = 0; i < stream.Length; i += size)
            {
                reader.Append(stream.AsSpan(i, Math.Min(size, stream.Length - i)));
                while (reader.TryRead(out ReadOnlySpan<byte> frame) == FrameStatus.Frame)
                    got.Add(Encoding.UTF8.GetString(frame));
            }

            string[] expected =
                [.. messages.Select(m => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(m)))];
            return got.SequenceEqual(expected) && !reader.HasPartial;
        }).Check(Properties.Config);
    }

    [TestCase(10, 10, FrameStatus.Frame)]
    [TestCase(11, 10, FrameStatus.TooLong)]
    [TestCase(0, 10, FrameStatus.Frame)]
    public void A_message_may_be_as_long_as_the_limit(int length, int limit, FrameStatus expected)
    {
        using var reader = new FrameReader(limit);
        reader.Append(new byte[length].Select(_ => (byte)'x').Append((byte)0).ToArray());
        Assert.That(reader.TryRead(out _), Is.EqualTo(expected));
    }

    [Test]
    public void A_message_that_never_ends_is_refused_as_soon_as_the_limit_is_passed()
    {
        using var reader = new FrameReader(1_000);
        byte[] chunk = Enumerable.Repeat((byte)'x', 600).ToArray();
        reader.Append(chunk);
        Assert.That(reader.TryRead(out _), Is.EqualTo(FrameStatus.Incomplete));
        Assert.That(reader.HasPartial);
        reader.Append(chunk);
        Assert.That(reader.TryRead(out _), Is.EqualTo(FrameStatus.TooLong));
    }

    [Test]
    public void After_all_messages_are_read_nothing_is_held()
    {
        using var reader = new FrameReader(1_000);
        reader.Append("a\0b\0"u8);
        Assert.That(reader.TryRead(out _), Is.EqualTo(FrameStatus.Frame));
        Assert.That(reader.HasPartial);
        Assert.That(reader.TryRead(out _), Is.EqualTo(FrameStatus.Frame));
        Assert.That(reader.TryRead(out _), Is.EqualTo(FrameStatus.Incomplete));
        Assert.That(reader.HasPartial, Is.False);
    }
}
