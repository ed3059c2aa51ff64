using InitTx.Linux.Interop;

namespace InitTx.Linux.Handles;

/// <summary>
/// Owns one open descriptor. Closed by <see cref="Dispose"/> and by nothing else: no finalizer, so
/// that a descriptor is never closed at a moment nobody chose. Close-on-exec from birth; only what
/// the registry hands to the next image loses the flag. Main thread only.
/// </summary>
public sealed unsafe class FileDescriptor : IDisposable
{
    /// <summary>Takes ownership of an open descriptor.</summary>
    public FileDescriptor(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        Number = number;
    }

    /// <summary>The descriptor; -1 once closed or released.</summary>
    public int Number { get; private set; }

    /// <summary>True while it is owned and open.</summary>
    public bool IsOpen => Number >= 0;

    /// <summary>Gives ownership away: the caller closes the number that is returned.</summary>
    public int Release()
    {
        int number = Number;
        Number = -1;
        return number;
    }

    /// <summary>
    /// Closes it, once. close(2) is never retried: Linux frees the number even on EINTR.
    /// </summary>
    public void Dispose()
    {
        if (Number >= 0)
            Libc.close(Release());
    }

    /// <summary>read(2), again after EINTR. 0 is the end of the file.</summary>
    public SysResult Read(Span<byte> buffer) => Descriptors.Read(Number, buffer);

    /// <summary>write(2), again after EINTR; may write less than it was given.</summary>
    public SysResult Write(ReadOnlySpan<byte> data) => Descriptors.Write(Number, data);

    /// <summary>Writes everything, or stops at the first error.</summary>
    public SysResult WriteAll(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var written = Write(data);
            if (written.IsError)
                return written;
            data = data[written.Value..];
        }

        return SysResult.Ok;
    }

    /// <summary>A second descriptor of the same open file, close-on-exec.</summary>
    public SysResult<FileDescriptor> Duplicate() => Descriptors.Own(
        SysResult.Of(Libc.fcntl(Number, Libc.F_DUPFD_CLOEXEC, 3)), "dup");

    /// <summary>Sets or clears FD_CLOEXEC.</summary>
    public SysResult SetCloseOnExec(bool on) => Descriptors.SetCloseOnExec(Number, on);

    /// <summary>
    /// Sets or clears O_NONBLOCK of the open file description, shared with duplicates.
    /// </summary>
    public SysResult SetNonBlocking(bool on) => Descriptors.SetNonBlocking(Number, on);
}
