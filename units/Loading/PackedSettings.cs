using System.Buffers;
using System.Collections;
using System.Text;
using InitTx.Units.Model;
using InitTx.Units.Recording;

namespace InitTx.Units.Loading;

/// <summary>
/// The effective settings of a unit in one block of bytes: a manager keeps them for every unit and
/// shows them rarely, and as objects they were half of a unit's memory. Each is made when asked
/// for. Immutable.
/// </summary>
internal sealed class PackedSettings : IReadOnlyList<EffectiveSetting>
{
    private readonly byte[] _bytes;
    private readonly string[] _paths;

    private PackedSettings(int count, string[] paths, byte[] bytes)
    {
        _bytes = bytes;
        _paths = paths;
        Count = count;
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>Linear in <paramref name="index"/>: enumerate instead.</summary>
    public EffectiveSetting this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            return this.ElementAt(index);
        }
    }

    /// <summary>Writes a list as it is packed.</summary>
    public static void Write(Packer to, IReadOnlyList<EffectiveSetting> settings)
    {
        PackedSettings packed = settings as PackedSettings ?? Pack(settings);
        to.Number(packed.Count);
        to.Texts(packed._paths);
        to.Raw(packed._bytes);
    }

    /// <summary>Reads what <see cref="Write"/> wrote; fails where it would not enumerate.</summary>
    public static IReadOnlyList<EffectiveSetting> Read(Unpacker from)
    {
        int count = from.Int();
        var packed = new PackedSettings(count, from.Texts(), from.Raw());
        if (!packed.IsSound())
            from.Fail();
        return count == 0 || !from.Ok ? [] : packed;
    }

    /// <summary>Packs a list.</summary>
    public static IReadOnlyList<EffectiveSetting> Of(IReadOnlyList<EffectiveSetting> settings) =>
        settings.Count == 0 ? [] : Pack(settings);

    private static PackedSettings Pack(IReadOnlyList<EffectiveSetting> settings)
    {
        List<string> paths = [];
        var bytes = new ArrayBufferWriter<byte>(Math.Max(1, settings.Count * 64));
        foreach (EffectiveSetting s in settings)
        {
            int path = paths.IndexOf(s.Source.Path);
            if (path < 0)
            {
                path = paths.Count;
                paths.Add(s.Source.Path);
            }

            Number(bytes, path);
            Number(bytes, s.Source.Line);
            Number(bytes, s.Source.Column);
            Text(bytes, s.Section);
            Text(bytes, s.Key);
            Text(bytes, s.Value);
        }

        return new PackedSettings(settings.Count, [.. paths], bytes.WrittenSpan.ToArray());
    }

    /// <inheritdoc/>
    public IEnumerator<EffectiveSetting> GetEnumerator()
    {
        int at = 0;
        for (int i = 0; i < Count; i++)
        {
            string path = _paths[Number(ref at)];
            int line = Number(ref at), column = Number(ref at);
            string section = Text(ref at), key = Text(ref at), value = Text(ref at);
            yield return new EffectiveSetting(
                section, key, value, new SourceLocation(path, line, column));
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // As the enumerator goes, but with every length held against what is left.
    private bool IsSound()
    {
        int at = 0;
        for (int i = 0; i < Count; i++)
        {
            if (!Skips(ref at, out uint path) || path >= (uint)_paths.Length
                || !Skips(ref at, out _) || !Skips(ref at, out _))
                return false;
            for (int text = 0; text < 3; text++)
            {
                if (!Skips(ref at, out uint length) || length > (uint)(_bytes.Length - at))
                    return false;
                at += (int)length;
            }
        }

        return Count >= 0 && at == _bytes.Length;
    }

    private bool Skips(ref int at, out uint value)
    {
        value = 0;
        for (int shift = 0; shift < 35 && at < _bytes.Length; shift += 7)
        {
            byte b = _bytes[at++];
            value |= (uint)(b & 0x7F) << shift;
            if (b < 0x80)
                return true;
        }

        return false;
    }

    private static void Number(ArrayBufferWriter<byte> bytes, int value)
    {
        const int MaxBytes = 5;
        Span<byte> to = bytes.GetSpan(MaxBytes);
        int length = 0;
        uint rest = (uint)value;
        while (rest >= 0x80)
        {
            to[length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        to[length++] = (byte)rest;
        bytes.Advance(length);
    }

    private static void Text(ArrayBufferWriter<byte> bytes, string text)
    {
        Number(bytes, Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, bytes);
    }

    private int Number(ref int at)
    {
        uint value = 0;
        int shift = 0;
        byte b;
        do
        {
            b = _bytes[at++];
            value |= (uint)(b & 0x7F) << shift;
            shift += 7;
        }
        while (b >= 0x80);
        return (int)value;
    }

    private string Text(ref int at)
    {
        int length = Number(ref at);
        string text = Encoding.UTF8.GetString(_bytes, at, length);
        at += length;
        return text;
    }
}
