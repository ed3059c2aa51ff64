using System.Text;
using System.Text.Unicode;
using InitTx.Units.Model;

namespace InitTx.Units.Recording;

/// <summary>
/// Reads what <see cref="Packer"/> wrote and believes nothing: the first thing that is wrong makes
/// <see cref="Ok"/> false, and all that follows reads as default. No count is believed beyond the
/// bytes that are left, so nothing large is made of few bytes.
/// </summary>
internal sealed class Unpacker(byte[] bytes, int start, int end)
{
    private int _at = start;
    private string[] _texts = [];
    private UnitName[] _names = [];
    private SourceLocation[] _sources = [];

    public bool Ok { get; private set; } = true;

    public bool AtEnd => _at == end;

    public UnitDependency[] Dependencies { get; private set; } = [];
    public UnitDependency[][] DependencyLists { get; private set; } = [];
    public InstallSettings[] Installs { get; private set; } = [];
    public StreamTarget[] Streams { get; private set; } = [];
    public ExecSettings[] Execs { get; private set; } = [];
    public KillSettings[] Kills { get; private set; } = [];
    public ServiceSettings[] Services { get; private set; } = [];

    public void ReadTables()
    {
        _texts = Array(static from => from.NewText());
        _names = Array(static from => from.NewName());
        _sources = Array(static from =>
            new SourceLocation(from.Text(), from.Int(), from.Int()) is var s
                && s.Path.Length == 0 && s.Line == 0 && s.Column == 0
                ? SourceLocation.BuiltIn : s);
        Dependencies = Array(UnitRecording.ReadDependency);
        DependencyLists = Array(static from =>
            from.Array(static item => item.Shared(item.Dependencies)));
        Installs = Array(UnitRecording.ReadInstall);
        Streams = Array(ExecRecording.ReadStream);
        Execs = Array(ExecRecording.Read);
        Kills = Array(ExecRecording.ReadKill);
        Services = Array(ServiceRecording.Read);
    }

    public void Fail()
    {
        Ok = false;
        _at = end;
    }

    public byte Byte(byte highest)
    {
        if (_at >= end || bytes[_at] > highest)
        {
            Fail();
            return 0;
        }

        return bytes[_at++];
    }

    public bool Bool() => Byte(1) == 1;

    public bool? BoolOrNull() => Byte(2) is var value && value == 0 ? null : value == 2;

    public ulong Unsigned()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64 && _at < end; shift += 7)
        {
            byte b = bytes[_at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }

        Fail();
        return 0;
    }

    public long Number() => Unsigned() is var value ? (long)(value >> 1) ^ -(long)(value & 1) : 0;

    public int Int()
    {
        long value = Number();
        if (value is >= int.MinValue and <= int.MaxValue)
            return (int)value;
        Fail();
        return 0;
    }

    public int? IntOrNull() => Bool() ? Int() : null;

    public string? TextOrNull()
    {
        ulong index = Unsigned();
        if (index == 0)
            return null;
        if (index <= (ulong)_texts.Length)
            return _texts[index - 1];
        Fail();
        return null;
    }

    public string Text()
    {
        string? text = TextOrNull();
        if (text is null)
            Fail();
        return text ?? "";
    }

    public UnitName Name()
    {
        ulong index = Unsigned();
        if (index == 0)
            return default;
        if (index <= (ulong)_names.Length)
            return _names[index - 1];
        Fail();
        return default;
    }

    public SourceLocation Source() => Shared(_sources) ?? SourceLocation.BuiltIn;

    public string[] Texts() => Array(static from => from.Text());

    public UnitName[] Names() => Array(static from => from.Name());

    public T[] Array<T>(Func<Unpacker, T> read)
    {
        ulong count = Unsigned();
        if (count > (ulong)(end - _at))
            Fail();
        if (!Ok || count == 0)
            return [];
        var items = new T[(int)count];
        for (int i = 0; i < items.Length && Ok; i++)
            items[i] = read(this);
        return Ok ? items : [];
    }

    public byte[] Raw()
    {
        ulong length = Unsigned();
        if (length > (ulong)(end - _at))
            Fail();
        if (!Ok)
            return [];
        byte[] taken = bytes.AsSpan(_at, (int)length).ToArray();
        _at += taken.Length;
        return taken;
    }

    /// <summary>Null only after a failure.</summary>
    public T Shared<T>(T[] table)
        where T : class
    {
        ulong index = Unsigned();
        if (index < (ulong)table.Length && Ok)
            return table[index];
        Fail();
        return null!;
    }

    public T? SharedOrNull<T>(T[] table)
        where T : class => Bool() ? Shared(table) : null;

    public T? OrNull<T>(Func<Unpacker, T> read)
        where T : class => Bool() ? read(this) : null;

    private string NewText()
    {
        ulong length = Unsigned();
        if (length > (ulong)(end - _at))
            Fail();
        if (!Ok)
            return "";
        ReadOnlySpan<byte> text = bytes.AsSpan(_at, (int)length);
        _at += text.Length;
        if (Utf8.IsValid(text))
            return Encoding.UTF8.GetString(text);
        Fail();
        return "";
    }

    private UnitName NewName()
    {
        ulong index = Unsigned();
        if (index < (ulong)_texts.Length && UnitName.TryParse(_texts[index], out UnitName name))
            return name;
        Fail();
        return default;
    }
}
