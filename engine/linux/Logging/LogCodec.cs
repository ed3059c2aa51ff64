using InitTx.Linux.Prepare;

namespace InitTx.Linux.Logging;

/// <summary>What the logger tells PID 1.</summary>
public enum LogNews : byte
{
    /// <summary>No message that is understood.</summary>
    Garbage,

    /// <summary>All of these pipes' output is written, and nobody can write to them.</summary>
    Finished,

    /// <summary>A write to disk does not return.</summary>
    Stuck,
}

/// <summary>
/// The wire form between PID 1 and the logger: one message a SOCK_SEQPACKET datagram,
/// little-endian, magic first. A pipe travels with the message that speaks of it. Decoding is
/// total: null or <see cref="LogNews.Garbage"/> for anything that is not exactly a message.
/// </summary>
public static class LogCodec
{
    /// <summary>The longest message in bytes.</summary>
    public const int MaxMessage = 4096;

    /// <summary>Tokens in one message.</summary>
    public const int MaxTokens = 256;

    private const uint StreamMagic = 0x3153_4C49; // "ILS1"
    private const uint FinishedMagic = 0x3146_4C49; // "ILF1"
    private const uint StuckMagic = 0x3157_4C49; // "ILW1"
    private const int TextMax = 256;

    /// <summary>The message that goes with a pipe.</summary>
    public static byte[] Encode(LogStreamFacts facts)
    {
        var w = new WireWriter();
        w.UInt32(StreamMagic);
        w.UInt64(facts.Token);
        w.Int32(facts.Pid);
        w.Text(Cut(facts.Unit));
        w.Text(Cut(facts.Role));
        w.Text(Cut(facts.Identifier));
        w.UInt16(facts.Level);
        w.UInt16(facts.Facility);
        w.Bool(facts.LevelPrefix);
        w.UInt16(facts.LevelMax);
        w.UInt64((ulong)facts.RateIntervalUs);
        w.Int32(facts.RateBurst);
        return w.Written.ToArray();
    }

    /// <summary>Null for what is no such message.</summary>
    public static LogStreamFacts? DecodeStream(ReadOnlySpan<byte> message)
    {
        var r = new WireReader(message);
        if (r.UInt32() != StreamMagic)
            return null;
        var facts = new LogStreamFacts
        {
            Token = r.UInt64(),
            Pid = r.Int32(),
            Unit = r.Required(),
            Role = r.Required(),
            Identifier = r.Required(),
            Level = Small(r.UInt16()),
            Facility = Small(r.UInt16()),
            LevelPrefix = r.Bool(),
            LevelMax = Small(r.UInt16()),
            RateIntervalUs = (long)r.UInt64(),
            RateBurst = r.Int32(),
        };
        return r.AtEnd && IsSound(facts) ? facts : null;
    }

    /// <summary>The message that these pipes are done with.</summary>
    public static byte[] EncodeFinished(IReadOnlyList<ulong> tokens)
    {
        var w = new WireWriter();
        w.UInt32(FinishedMagic);
        w.UInt32((uint)tokens.Count);
        for (int i = 0; i < tokens.Count; i++)
            w.UInt64(tokens[i]);
        return w.Written.ToArray();
    }

    /// <summary>The message that a write does not return.</summary>
    public static byte[] EncodeStuck()
    {
        var w = new WireWriter();
        w.UInt32(StuckMagic);
        return w.Written.ToArray();
    }

    /// <summary>What a message of the logger says.</summary>
    /// <param name="tokens">Of <see cref="LogNews.Finished"/>; empty otherwise.</param>
    public static LogNews DecodeNews(ReadOnlySpan<byte> message, out ulong[] tokens)
    {
        tokens = [];
        var r = new WireReader(message);
        uint magic = r.UInt32();
        if (magic == StuckMagic && r.AtEnd)
            return LogNews.Stuck;
        if (magic != FinishedMagic)
            return LogNews.Garbage;
        int count = r.Count(sizeof(ulong));
        if (r.Failed || count > MaxTokens)
            return LogNews.Garbage;
        var read = new ulong[count];
        for (int i = 0; i < count; i++)
            read[i] = r.UInt64();
        if (!r.AtEnd)
            return LogNews.Garbage;
        tokens = read;
        return LogNews.Finished;
    }

    // The unit's name is a directory's name, the role is a word of a line.
    private static bool IsSound(LogStreamFacts f) =>
        IsWord(f.Role) && f.Unit is { Length: > 2 and <= TextMax } && f.Unit[0] != '.'
        && !f.Unit.AsSpan().ContainsAny('/', '\0') && f.Identifier.Length <= TextMax
        && f.Level <= 7 && f.LevelMax <= 7 && f.Facility <= 23 && f.Pid > 0;

    private static bool IsWord(string role)
    {
        bool word = role.Length is > 0 and <= 32;
        foreach (char c in role)
            word &= c is (>= 'a' and <= 'z') or '-';
        return word;
    }

    private static byte Small(ushort value) => (byte)Math.Min(value, byte.MaxValue);

    private static string Cut(string text) => text.Length <= TextMax ? text : text[..TextMax];
}
