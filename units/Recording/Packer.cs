using System.Buffers;
using System.Text;
using InitTx.Units.Model;

namespace InitTx.Units.Recording;

/// <summary>
/// Writes the parts that definitions are made of. Numbers are variable-length; texts, unit names,
/// places in files and whole blocks of settings are numbers in tables, each held once.
/// </summary>
internal sealed class Packer
{
    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<UnitName, int> _names = [];
    private readonly ArrayBufferWriter<byte> _textBytes = new(16 * 1024);
    private readonly ArrayBufferWriter<byte> _nameBytes = new(4 * 1024);
    private readonly SharedBlocks _sources = new();
    private readonly ArrayBufferWriter<byte> _main = new(64 * 1024);
    private ArrayBufferWriter<byte> _to;

    public Packer() => _to = _main;

    public SharedBlocks Dependencies { get; } = new();
    public SharedBlocks DependencyLists { get; } = new();
    public SharedBlocks Installs { get; } = new();
    public SharedBlocks Streams { get; } = new();
    public SharedBlocks Execs { get; } = new();
    public SharedBlocks Kills { get; } = new();
    public SharedBlocks Services { get; } = new();

    public void Byte(byte value)
    {
        _to.GetSpan(1)[0] = value;
        _to.Advance(1);
    }

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>0 for null, 1 for no, 2 for yes.</summary>
    public void BoolOrNull(bool? value) =>
        Byte((byte)(value is null ? 0 : value.Value ? 2 : 1));

    public void Number(long value) => Put(_to, (ulong)((value << 1) ^ (value >> 63)));

    public void NumberOrNull(int? value)
    {
        Bool(value is not null);
        if (value is { } number)
            Number(number);
    }

    public void Unsigned(ulong value) => Put(_to, value);

    /// <summary>0 for null, else one more than the place in the table of texts.</summary>
    public void Text(string? value) => Put(_to, value is null ? 0 : (ulong)TextIndex(value) + 1);

    /// <summary>0 for no name, else one more than the place in the table of names.</summary>
    public void Name(UnitName value)
    {
        if (value.IsNone)
        {
            Put(_to, 0);
            return;
        }

        if (!_names.TryGetValue(value, out int index))
        {
            index = _names.Count;
            _names.Add(value, index);
            Put(_nameBytes, (ulong)TextIndex(value.Value));
        }

        Put(_to, (ulong)index + 1);
    }

    public void Source(SourceLocation value) => Shared(_sources, value, static (to, place) =>
    {
        to.Text(place.Path);
        to.Number(place.Line);
        to.Number(place.Column);
    });

    public void Texts(IReadOnlyList<string> values) =>
        List(values, static (to, value) => to.Text(value));

    public void Names(IReadOnlyList<UnitName> values) =>
        List(values, static (to, value) => to.Name(value));

    public void List<T>(IReadOnlyList<T> values, Action<Packer, T> write)
    {
        Put(_to, (ulong)values.Count);
        for (int i = 0; i < values.Count; i++)
            write(this, values[i]);
    }

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        Put(_to, (ulong)bytes.Length);
        _to.Write(bytes);
    }

    /// <summary>What many units may have alike: its place in a table.</summary>
    public void Shared<T>(SharedBlocks table, T item, Action<Packer, T> write)
        where T : class
    {
        if (!table.TryFind(item, out int index))
        {
            ArrayBufferWriter<byte> outer = _to;
            _to = table.Scratch;
            _to.ResetWrittenCount();
            write(this, item);
            _to = outer;
            index = table.Keep(item);
        }

        Put(_to, (ulong)index);
    }

    /// <summary>As <see cref="Shared"/>, one higher, and 0 for null.</summary>
    public void SharedOrNull<T>(SharedBlocks table, T? item, Action<Packer, T> write)
        where T : class
    {
        Bool(item is not null);
        if (item is not null)
            Shared(table, item, write);
    }

    public void OrNull<T>(T? item, Action<Packer, T> write)
        where T : class
    {
        Bool(item is not null);
        if (item is not null)
            write(this, item);
    }

    /// <summary>The tables in the order in which they need each other, then the rest.</summary>
    public void CopyTo(IBufferWriter<byte> output)
    {
        Put(output, (ulong)_texts.Count);
        output.Write(_textBytes.WrittenSpan);
        Put(output, (ulong)_names.Count);
        output.Write(_nameBytes.WrittenSpan);
        foreach (SharedBlocks table in new[]
        {
            _sources, Dependencies, DependencyLists, Installs, Streams, Execs, Kills, Services,
        })
        {
            Put(output, (ulong)table.Count);
            output.Write(table.Bytes);
        }

        output.Write(_main.WrittenSpan);
    }

    private int TextIndex(string value)
    {
        if (_texts.TryGetValue(value, out int index))
            return index;
        index = _texts.Count;
        _texts.Add(value, index);
        int length = Encoding.UTF8.GetByteCount(value);
        Put(_textBytes, (ulong)length);
        Encoding.UTF8.GetBytes(value, _textBytes.GetSpan(Math.Max(length, 1)));
        _textBytes.Advance(length);
        return index;
    }

    private static void Put(IBufferWriter<byte> output, ulong value)
    {
        const int MaxBytes = 10;
        Span<byte> to = output.GetSpan(MaxBytes);
        int length = 0;
        while (value >= 0x80)
        {
            to[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        to[length++] = (byte)value;
        output.Advance(length);
    }
}
