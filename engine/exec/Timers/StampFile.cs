using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Prepare;
using Microsoft.Win32.SafeHandles;

namespace InitTx.Exec.Timers;

/// <summary>
/// The empty file whose time of change says when a Persistent= timer elapsed last. systemd keeps
/// the same files, so both know what ran under the other.
/// </summary>
internal static class StampFile
{
    private const uint DirectoryMode = 0b111_101_101;
    private const uint FileMode = 0b110_100_100;

    /// <summary>
    /// When it was changed, microseconds since 1970. A timer that has never run gets one: the next
    /// boot must not take it for one that was missed.
    /// </summary>
    public static (long TimeUs, string? Problem) Read(string path)
    {
        SysResult found = Files.Status(Files.Cwd, path, out FileStatus status);
        if (found.IsOk)
            return (Math.Max(0, status.ModifiedNs / 1_000), null);
        if (found.Error != Errno.ENOENT)
            return (0, found.Error.Describe());
        SysResult<FileDescriptor> made = Open(path);
        made.Value?.Dispose();
        return (0, made.IsError ? made.Message : null);
    }

    public static PrepareAnswer.Stamped Answer(PrepareQuestion.WriteStamp question) =>
        new(question.Token, Write(question.Path, question.RealtimeUs));

    /// <returns>Null when it was written.</returns>
    private static string? Write(string path, long realtimeUs)
    {
        SysResult<FileDescriptor> opened = Open(path);
        if (opened.IsError)
            return opened.Message;
        using FileDescriptor file = opened.Require();
        using var handle = new SafeFileHandle(file.Number, ownsHandle: false);
        long ticks = Math.Min(realtimeUs, MostUs) * TimeSpan.TicksPerMicrosecond;
        try
        {
            DateTime time = DateTime.UnixEpoch.AddTicks(ticks);
            File.SetLastWriteTimeUtc(handle, time);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private static SysResult<FileDescriptor> Open(string path)
    {
        const int writeCreateNoFollow = 0x1 | 0x40 | 0x20000;
        SysResult made = DirectoryMaker.MakeParents(path, DirectoryMode);
        return made.IsError
            ? SysResult<FileDescriptor>.Fail(made, path)
            : Files.Open(Files.Cwd, path, writeCreateNoFollow, FileMode);
    }

    // Year 9999.
    private const long MostUs = 253_402_300_799_000_000;
}
