using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Channels;

/// <summary>
/// Many descriptors behind one: they wait as messages in a socket whose other end is closed, each
/// beside a number of the caller's (unix(7), SCM_RIGHTS). To hand 1,000 to the next image this way
/// takes five calls and one descriptor that outlives exec; the kernel keeps the pairs together.
/// </summary>
public static unsafe class ParkedDescriptors
{
    /// <summary>SCM_MAX_FD of the kernel.</summary>
    private const int MostInMessage = 253;

    private const int HeaderSize = 16;
    private const int ControlSize = HeaderSize + ((MostInMessage + 1) * sizeof(int));

    // A stream: the queue of the other kinds is ten messages long (net.unix.max_dgram_qlen). A read
    // does not go on behind descriptors, so the messages stay apart.
    private const int Kind = Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK;

    /// <summary>Parks duplicates of the descriptors; the caller's stay open.</summary>
    /// <param name="numbers">What <see cref="Fetch"/> returns beside each.</param>
    /// <param name="fds">As many.</param>
    /// <returns>The end to read from, or why not all could be parked (EAGAIN: too many).</returns>
    public static SysResult<FileDescriptor> Park(ReadOnlySpan<int> numbers, ReadOnlySpan<int> fds)
    {
        int* ends = stackalloc int[2];
        var made = SysResult.Of(Libc.socketpair(Libc.AF_UNIX, Kind, 0, ends));
        if (made.IsError)
            return SysResult<FileDescriptor>.Fail(made, "socketpair");
        using var writing = new FileDescriptor(ends[1]);
        var reading = new FileDescriptor(ends[0]);
        for (int i = 0; i < fds.Length; i += MostInMessage)
        {
            int count = Math.Min(MostInMessage, fds.Length - i);
            var sent = Send(writing.Number, numbers.Slice(i, count), fds.Slice(i, count));
            if (sent.IsOk && sent.Value == count * sizeof(int))
                continue;
            reading.Dispose();
            return sent.IsOk
                ? SysResult<FileDescriptor>.Fail(Errno.EAGAIN, "sendmsg")
                : SysResult<FileDescriptor>.Fail(sent, "sendmsg");
        }

        return SysResult<FileDescriptor>.Ok(reading);
    }

    /// <summary>
    /// Takes them all back, close-on-exec. False when something is not as it was parked: what did
    /// come is in <paramref name="into"/> all the same and is what it says it is.
    /// </summary>
    public static bool Fetch(FileDescriptor reading, Dictionary<int, FileDescriptor> into)
    {
        Span<int> numbers = stackalloc int[MostInMessage];
        Span<int> fds = stackalloc int[MostInMessage + 1];
        while (true)
        {
            var read = Receive(reading.Number, numbers, fds, out int count);
            if (read is { IsOk: true, Value: 0 } && count == 0)
                return true;
            if (read.IsError || read.Value != count * sizeof(int))
            {
                Sockets.AncillaryData.CloseAll(fds[..count]);
                return false;
            }

            for (int i = 0; i < count; i++)
            {
                var fd = new FileDescriptor(fds[i]);
                if (!into.TryAdd(numbers[i], fd))
                    fd.Dispose();
            }
        }
    }

    private static SysResult Send(int socket, ReadOnlySpan<int> numbers, ReadOnlySpan<int> fds)
    {
        byte* control = stackalloc byte[ControlSize];
        var rights = (Libc.ControlHeader*)control;
        *rights = new()
        {
            Length = (nuint)(HeaderSize + (fds.Length * sizeof(int))),
            Level = Libc.SOL_SOCKET,
            Type = Libc.SCM_RIGHTS,
        };
        fds.CopyTo(new Span<int>(control + HeaderSize, fds.Length));
        fixed (int* start = numbers)
        {
            Libc.IoVector vector = VectorOf(start, numbers.Length);
            Libc.MessageHeader header =
                HeaderOf(&vector, control, (rights->Length + 7) & ~(nuint)7);
            return SysResult.Of(Libc.sendmsg(
                socket, &header, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL));
        }
    }

    private static Libc.IoVector VectorOf(int* start, int count) => new()
    {
        Base = start,
        Length = (nuint)(count * sizeof(int)),
    };

    private static Libc.MessageHeader HeaderOf(
        Libc.IoVector* vector, byte* control, nuint controlLength) => new()
        {
            Vectors = vector,
            VectorCount = 1,
            Control = control,
            ControlLength = controlLength,
        };

    private static SysResult Receive(int socket, Span<int> numbers, Span<int> fds, out int count)
    {
        count = 0;
        byte* control = stackalloc byte[ControlSize];
        fixed (int* start = numbers)
        {
            Libc.IoVector vector = VectorOf(start, numbers.Length);
            Libc.MessageHeader header = HeaderOf(&vector, control, ControlSize);
            var result = SysResult.Of(Libc.recvmsg(
                socket, &header, Libc.MSG_DONTWAIT | Libc.MSG_CMSG_CLOEXEC));
            var rights = (Libc.ControlHeader*)control;
            if (result.IsError || header.ControlLength < HeaderSize
                || rights->Level != Libc.SOL_SOCKET || rights->Type != Libc.SCM_RIGHTS)
            {
                return result;
            }

            count = Math.Min((int)(rights->Length - HeaderSize) / sizeof(int), fds.Length);
            new ReadOnlySpan<int>(control + HeaderSize, count).CopyTo(fds);
            return (header.Flags & Libc.MSG_CTRUNC) == 0
                ? result
                : SysResult.Fail(Errno.EMSGSIZE);
        }
    }
}
