using InitTx.Linux;
using InitTx.Linux.Logging;
using InitTx.Linux.Loop;

namespace InitTx.Exec.Logging;

/// <summary>
/// Records to files, a directory a unit. While the disk's place cannot be written (read-only, not
/// mounted yet, full) records go to the one in memory; what fits in neither is lost, counted, and
/// said in the next record that can be written. A hanging write is the watch's business.
/// </summary>
internal sealed class FileSink(
    LogOptions options, LogDirectory disk, LogDirectory memory, StuckWatch watch) : ILogSink
{
    private const int MostOpen = 512;
    private const long AgainUs = 5_000_000;

    private readonly Dictionary<string, UnitLog> _units = new(StringComparer.Ordinal);
    private long _diskAgainUs;

    /// <inheritdoc/>
    public void Take(LogStreamFacts stream, in LogRecord record, ReadOnlySpan<byte> text)
    {
        UnitLog log = Of(stream.Unit);
        if (log.Lost > 0)
        {
            string said = $"{log.Lost} records were lost: {log.Why}";
            log.Lost = 0;
            log.Add(record with { Level = 3, IsCut = false, IsRemark = true },
                System.Text.Encoding.UTF8.GetBytes(said));
        }

        log.Add(record, text);
    }

    /// <inheritdoc/>
    public void Flush(string unit)
    {
        if (!_units.TryGetValue(unit, out UnitLog? log) || log.Records == 0)
            return;
        watch.Enter();
        Write(log);
        watch.Leave();
        log.Clear();
    }

    /// <inheritdoc/>
    public void Release(string unit)
    {
        if (_units.Remove(unit, out UnitLog? log))
            log.Dispose();
    }

    private UnitLog Of(string unit)
    {
        if (_units.TryGetValue(unit, out UnitLog? known))
            return known;
        if (_units.Count >= MostOpen)
            CloseOne();
        var made = new UnitLog(unit);
        _units.Add(unit, made);
        return made;
    }

    private void CloseOne()
    {
        UnitLog? oldest = null;
        foreach (UnitLog log in _units.Values)
        {
            if (log.Records == 0 && (oldest is null || log.UsedUs < oldest.UsedUs))
                oldest = log;
        }

        if (oldest is not null)
            Release(oldest.Unit);
    }

    private void Write(UnitLog log)
    {
        long now = MonotonicClock.BootTimeUs();
        log.UsedUs = now;
        bool tryDisk = !options.VolatileOnly && now >= _diskAgainUs;
        if (log.File is not null && !log.IsOnDisk && tryDisk)
            log.Close();
        SysResult result = SysResult.Fail(Errno.EAGAIN);
        if (log.IsOnDisk || (log.File is null && tryDisk))
        {
            result = WriteTo(disk, log, onDisk: true);
            if (result.IsOk)
                return;
            log.Close();
            _diskAgainUs = now + AgainUs;
        }

        result = WriteTo(memory, log, onDisk: false);
        if (result.IsOk)
            return;
        log.Close();
        log.Lost += log.Records;
        log.Why = result.Error.Describe();
    }

    private SysResult WriteTo(LogDirectory place, UnitLog log, bool onDisk)
    {
        if (log.File is null)
        {
            SysResult opened = place.Open(log.Unit, out LogFile? file);
            if (opened.IsError)
                return opened;
            log.Use(file!, onDisk);
        }

        if (IsFull(log.File!, log.Bytes.Length))
        {
            place.Rotate(log.File!);
            log.Close();
            SysResult opened = place.Open(log.Unit, out LogFile? file);
            if (opened.IsError)
                return opened;
            log.Use(file!, onDisk);
        }

        return log.File!.Append(log.Bytes);
    }

    private bool IsFull(LogFile file, int more) => file.Size > 0
        && (file.Size + more > options.MaxFileSize
            || (options.MaxFileUs > 0
                && MonotonicClock.RealtimeUs() - file.BornUs > options.MaxFileUs));
}
