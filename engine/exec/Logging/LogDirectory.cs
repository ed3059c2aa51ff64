using System.Globalization;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Logging;
using InitTx.Linux.Loop;

namespace InitTx.Exec.Logging;

/// <summary>
/// One place for log files: a directory a unit in it, in each the file <c>current</c> and those
/// that were rotated, named by the time of their end. Files are for root and the group adm to read.
/// Names never leave the directory: units are single components, links are not followed.
/// </summary>
internal sealed class LogDirectory(string path, LogOptions limits, int group)
{
    /// <summary>The file that is written to.</summary>
    public const string Current = "current";

    private const int WriteFlags = 0x1 | 0x40 | 0x400 | 0x20000; // WRONLY CREAT APPEND NOFOLLOW
    private const uint FileMode = 0b110_100_000;
    private const uint DirectoryMode = 0b111_101_101;
    private const int MostFiles = 10_000;
    private const string RotatedFormat = "yyyyMMdd'T'HHmmss.ffffff'Z'";

    private readonly byte[] _first = new byte[LogRecord.HeadMax];

    /// <summary>Opens the current file of a unit, made where it is missing.</summary>
    /// <param name="file">The caller's; null on error.</param>
    public SysResult Open(string unit, out LogFile? file)
    {
        file = null;
        SysResult result = OpenUnit(unit, out FileDescriptor? directory);
        if (result.IsError)
            return result;
        SysResult<FileDescriptor> opened =
            Files.Open(directory!.Number, Current, WriteFlags, FileMode);
        if (opened.IsError)
        {
            directory.Dispose();
            return SysResult.Fail(opened.Error);
        }

        FileDescriptor fd = opened.Require();
        Files.Status(fd.Number, out FileStatus status);
        if (group >= 0 && status.Size == 0)
            Directories.SetModeAndOwner(fd, null, null, (uint)group);
        bool isTorn = IsTorn(directory, status);
        file = new LogFile(directory, fd, (long)status.Size, BornUs(directory, status), isTorn);
        return SysResult.Ok;
    }

    /// <summary>Gives the current file its last name and removes those beyond the limits.</summary>
    public void Rotate(LogFile file)
    {
        FileNames.Rename(file.Directory, Current, Stamp(MonotonicClock.RealtimeUs()) + ".log");
        Prune(file.Directory);
    }

    private void Prune(FileDescriptor directory)
    {
        var names = new List<string>();
        using FileDescriptor? listed = Directories.OpenBeneath(directory, ".").Value;
        if (listed is null || DirectoryList.Names(listed, MostFiles, names).IsError)
            return;
        names.RemoveAll(static n => !n.EndsWith(".log", StringComparison.Ordinal));
        names.Sort(StringComparer.Ordinal);
        string oldest = limits.MaxAgeUs == 0
            ? ""
            : Stamp(MonotonicClock.RealtimeUs() - limits.MaxAgeUs);
        int beyond = names.Count - (limits.MaxFiles - 1);
        for (int i = 0; i < names.Count; i++)
        {
            if (i < beyond || string.CompareOrdinal(names[i], oldest) < 0)
                Files.Unlink(directory.Number, names[i]);
        }
    }

    private static string Stamp(long us) => DateTime.UnixEpoch.AddMicroseconds(us)
        .ToString(RotatedFormat, CultureInfo.InvariantCulture);

    private SysResult OpenUnit(string unit, out FileDescriptor? directory)
    {
        directory = null;
        SysResult made = DirectoryMaker.MakeAll(path, DirectoryMode);
        if (made.IsError)
            return made;
        SysResult<FileDescriptor> top = Directories.Open(path);
        if (top.IsError)
            return SysResult.Fail(top.Error);
        using FileDescriptor above = top.Require();
        made = Files.MakeDirectory(above.Number, unit, DirectoryMode);
        if (made.IsError && made.Error != Errno.EEXIST)
            return made;
        SysResult<FileDescriptor> opened = Directories.OpenBeneath(above, unit);
        if (opened.IsError)
            return SysResult.Fail(opened.Error);
        directory = opened.Require();
        return SysResult.Ok;
    }

    // A logger that was killed may have written half a record.
    private static bool IsTorn(FileDescriptor directory, in FileStatus status)
    {
        if (status.Size == 0)
            return false;
        using FileDescriptor? fd = Files.Open(directory.Number, Current, 0).Value;
        Span<byte> last = stackalloc byte[1];
        return fd is not null && Descriptors.MoveTo(fd.Number, (long)status.Size - 1).IsOk
            && fd.Read(last) is { IsOk: true, Value: 1 } && last[0] != (byte)'\n';
    }

    // The time of its first record; a file that is empty, or not ours to read, begins now.
    private long BornUs(FileDescriptor directory, in FileStatus status)
    {
        long now = MonotonicClock.RealtimeUs();
        if (status.Size == 0)
            return now;
        using FileDescriptor? fd = Files.Open(directory.Number, Current, 0).Value;
        if (fd is null || fd.Read(_first) is not { IsOk: true, Value: > 0 } read)
            return now;
        ReadOnlySpan<byte> line = _first.AsSpan(0, read.Value);
        int end = line.IndexOf((byte)'\n');
        return LogRecord.TryRead(end < 0 ? line : line[..end], out LogRecord record, out _)
            ? record.TimeUs
            : now;
    }
}

/// <summary>An open log file of a unit.</summary>
internal sealed class LogFile(
    FileDescriptor directory, FileDescriptor fd, long size, long bornUs, bool isTorn)
    : IDisposable
{
    private bool _torn = isTorn;

    /// <summary>The unit's directory.</summary>
    public FileDescriptor Directory => directory;

    /// <summary>Bytes that it has.</summary>
    public long Size { get; private set; } = size;

    /// <summary>When its first record was written, microseconds since 1970.</summary>
    public long BornUs => bornUs;

    /// <summary>Appends; what could not be written whole is an error.</summary>
    public SysResult Append(ReadOnlySpan<byte> bytes)
    {
        // Half of a record may have been written before: the next one needs a line of its own.
        if (_torn)
        {
            SysResult ended = fd.WriteAll("\n"u8);
            if (ended.IsError)
                return ended;
            _torn = false;
        }

        SysResult written = fd.WriteAll(bytes);
        _torn = written.IsError;
        if (written.IsOk)
            Size += bytes.Length;
        return written;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        fd.Dispose();
        directory.Dispose();
    }
}
