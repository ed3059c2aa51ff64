using InitTx.Linux.Logging;

namespace InitTx.Exec.Logging;

/// <summary>What of one unit waits to be written, and the file that it goes to.</summary>
internal sealed class UnitLog(string unit) : IDisposable
{
    private byte[] _bytes = new byte[4096];
    private int _length;

    public string Unit => unit;

    /// <summary>Null while none is open.</summary>
    public LogFile? File { get; private set; }

    /// <summary>The open file is the one on disk.</summary>
    public bool IsOnDisk { get; private set; }

    /// <summary>Records that wait.</summary>
    public int Records { get; private set; }

    /// <summary>Records that could not be written anywhere since the last remark.</summary>
    public long Lost { get; set; }

    /// <summary>Why, in words.</summary>
    public string Why { get; set; } = "";

    /// <summary>CLOCK_BOOTTIME microseconds of the last write.</summary>
    public long UsedUs { get; set; }

    /// <summary>The records that wait.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    public void Add(in LogRecord record, ReadOnlySpan<byte> text)
    {
        int needed = _length + LogRecord.HeadMax + text.Length + 1;
        if (_bytes.Length < needed)
            Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
        _length += record.WriteHead(_bytes.AsSpan(_length));
        text.CopyTo(_bytes.AsSpan(_length));
        _length += text.Length;
        _bytes[_length++] = (byte)'\n';
        Records++;
    }

    public void Clear()
    {
        _length = 0;
        Records = 0;

        // A unit that wrote much once need not keep the room for it.
        if (_bytes.Length > 64 * 1024)
            _bytes = new byte[4096];
    }

    public void Use(LogFile file, bool onDisk)
    {
        File = file;
        IsOnDisk = onDisk;
    }

    public void Close()
    {
        File?.Dispose();
        File = null;
        IsOnDisk = false;
    }

    /// <inheritdoc/>
    public void Dispose() => Close();
}
