using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Channels;

/// <summary>
/// The two ends of a pipe(7), both close-on-exec. What was written stays in it as long as one end
/// of either kind is open somewhere.
/// </summary>
public sealed unsafe class Pipe
{
    private Pipe(FileDescriptor read, FileDescriptor write)
    {
        ReadEnd = read;
        WriteEnd = write;
    }

    /// <summary>Does not block.</summary>
    public FileDescriptor ReadEnd { get; }

    /// <summary>Blocks when the pipe is full, as programs expect of an output.</summary>
    public FileDescriptor WriteEnd { get; }

    /// <summary>Makes one; EMFILE or ENFILE when there are no descriptors left.</summary>
    public static SysResult<Pipe> Create()
    {
        int* ends = stackalloc int[2];
        var made = SysResult.Of(Libc.pipe2(ends, Libc.O_CLOEXEC));
        if (made.IsError)
            return SysResult<Pipe>.Fail(made, "pipe2");
        var pipe = new Pipe(new FileDescriptor(ends[0]), new FileDescriptor(ends[1]));
        pipe.ReadEnd.SetNonBlocking(true);
        return SysResult<Pipe>.Ok(pipe);
    }

    /// <summary>
    /// tee(2): copies what is in one pipe into another one and takes nothing out. 0: there is
    /// nothing and nobody who could write any more; EAGAIN: nothing yet.
    /// </summary>
    public static SysResult Copy(FileDescriptor from, FileDescriptor to, int limit)
    {
        while (true)
        {
            var result = SysResult.Of(Libc.tee(
                from.Number, to.Number, (nuint)limit, Libc.SPLICE_F_NONBLOCK));
            if (result.Error != Errno.EINTR)
                return result;
        }
    }
}
