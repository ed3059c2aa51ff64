using System.Buffers;
using System.Collections;
using System.Text;
using InitTx.Units.Model;

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

    private PackedSettings(byte[] bytes, string[] paths, int count)
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

    /// <summary>Packs a list.</summary>
    public static IReadOnlyList<EffectiveSetting> Of(List<EffectiveSetting> settings)
    {
        if (settings.Count == 0)
            return [];
        List<string> paths = [];
        var bytes = new ArrayBufferWriter<byte>(settings.Count * 64);
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

        return new PackedSettings(bytes.WrittenSpan.ToArray(), [.. paths], settings.Count);
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
