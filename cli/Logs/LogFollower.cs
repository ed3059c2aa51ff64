using InitTx.Linux;
using InitTx.Linux.Handles;

namespace InitTx.Cli.Logs;

/// <summary>New lines of one unit in one directory as they come, over rotations.</summary>
internal sealed class LogFollower(string directory, string unit, LogQuery query) : IDisposable
{
    private readonly string _path = Path.Combine(directory, unit, LogReader.Current);
    private FileStream? _stream;
    private ulong _inode;
    private byte[] _half = [];

    /// <summary>Goes on behind what the file has now.</summary>
    public void Begin()
    {
        if (Open())
            _stream!.Seek(0, SeekOrigin.End);
    }

    /// <summary>What came since the last call.</summary>
    public List<LogLine> Take()
    {
        var lines = new List<LogLine>();
        Drain(lines);

        // The rest of a file that was rotated has been read; the next one begins at its beginning.
        SysResult looked = Files.Status(Files.Cwd, _path, out FileStatus status);
        if (looked.IsError || (_stream is not null && status.Inode == _inode))
            return lines;
        _stream?.Dispose();
        _stream = null;
        if (Open())
            Drain(lines);
        return lines;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream?.Dispose();

    private bool Open()
    {
        try
        {
            if (Files.Status(Files.Cwd, _path, out FileStatus status).IsError)
                return false;
            _stream = new FileStream(
                _path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            _inode = status.Inode;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone between the two calls, or not ours: the next look tells.
            return false;
        }
    }

    private void Drain(List<LogLine> lines)
    {
        if (_stream is null)
            return;
        byte[] buffer = new byte[64 * 1024];
        int read;
        while ((read = _stream.Read(buffer)) > 0)
        {
            byte[] all = [.. _half, .. buffer.AsSpan(0, read)];
            int end = Array.LastIndexOf(all, (byte)'\n') + 1;
            lines.AddRange(LogReader.Parse(all.AsSpan(0, end), unit, query, inMiddle: false));
            _half = all[end..];
        }
    }
}
