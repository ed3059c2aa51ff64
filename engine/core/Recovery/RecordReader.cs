using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace InitTx.Core.Recovery;

/// <summary>
/// Reads recorded state and believes nothing: past the end or at a bad length it gives defaults
/// and remembers the first problem; it never throws and never allocates for more than is there.
/// </summary>
internal ref struct RecordReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>The first thing that was wrong; null so far.</summary>
    public string? Problem { get; private set; }

    public bool IsAtEnd => _rest.Length == 0;

    /// <summary>
    /// Remembers what the caller found wrong; everything after it reads as default.
    /// </summary>
    public void Fail(string problem)
    {
        Problem ??= problem;
        _rest = default;
    }

    public byte Byte() => Take(1) is { Length: 1 } one ? one[0] : (byte)0;

    public bool Bool()
    {
        byte value = Byte();
        if (value > 1)
            Fail("a truth value is neither 0 nor 1");
        return value == 1;
    }

    public int Int() => Take(4) is { Length: 4 } four ? BinaryPrimitives.ReadInt32LittleEndian(four) : 0;

    public long Long() =>
        Take(8) is { Length: 8 } eight ? BinaryPrimitives.ReadInt64LittleEndian(eight) : 0;

    public ulong Ulong() =>
        Take(8) is { Length: 8 } eight ? BinaryPrimitives.ReadUInt64LittleEndian(eight) : 0;

    public string? TextOrNull() =>
        Bytes(out ReadOnlySpan<byte> text) ? Encoding.UTF8.GetString(text) : null;

    public string Text() => TextOrNull() ?? "";

    /// <summary>The bytes of a text; false when there is none.</summary>
    public bool Bytes(out ReadOnlySpan<byte> text)
    {
        text = default;
        int length = Int();
        if (length == -1 || Problem is not null)
            return false;
        if (length < 0)
        {
            Fail("a length is negative");
            return false;
        }

        text = Take(length);
        if (Utf8.IsValid(text))
            return true;
        Fail("a text is not UTF-8");
        text = default;
        return false;
    }

    public Instant Time() => new(Long(), Long());

    public ProcessIdentity Process()
    {
        var process = new ProcessIdentity(Int(), Ulong());
        if (process.Pid < 0)
            Fail("a pid is negative");
        return Problem is null ? process : default;
    }

    /// <summary>How many items follow; at most <paramref name="limit"/>.</summary>
    public int Count(int limit, string what)
    {
        int count = Int();
        if (count >= 0 && count <= limit)
            return Problem is null ? count : 0;
        Fail($"bad number of {what}");
        return 0;
    }

    public List<string> Texts(int limit, string what)
    {
        int count = Count(limit, what);
        var texts = new List<string>();
        for (int i = 0; i < count && Problem is null; i++)
            texts.Add(Text());
        return texts;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
        {
            Fail("the record ends too early");
            return default;
        }

        ReadOnlySpan<byte> taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
