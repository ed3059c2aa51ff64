using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Sockets;

namespace InitTx.Linux.Channels;

/// <summary>
/// One end of a pair of SOCK_SEQPACKET sockets: whole messages in order, with descriptors. Both
/// ends are non-blocking and close-on-exec; what is larger than the socket buffer travels as a
/// sealed <see cref="MemFd"/>. Main thread only.
/// </summary>
public sealed unsafe class MessageChannel : IDisposable
{
    /// <summary>Descriptors in one message.</summary>
    public const int DescriptorsMax = AncillaryData.DescriptorsMax;

    private readonly FileDescriptor _fd;
    private readonly int[] _received = new int[DescriptorsMax];

    /// <summary>Takes over an end, for instance the one a helper was started with.</summary>
    public MessageChannel(FileDescriptor fd) => _fd = fd;

    /// <summary>The descriptor to watch.</summary>
    public int Fd => _fd.Number;

    /// <summary>The owned descriptor.</summary>
    public FileDescriptor Descriptor => _fd;

    /// <summary>Makes a pair; the second end is to be handed to a child.</summary>
    public static SysResult<MessageChannel> Create(out FileDescriptor? other)
    {
        other = null;
        int* ends = stackalloc int[2];
        var made = SysResult.Of(Libc.socketpair(
            Libc.AF_UNIX,
            Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK,
            0,
            ends));
        if (made.IsError)
            return SysResult<MessageChannel>.Fail(made, "socketpair");
        other = new FileDescriptor(ends[1]);
        return SysResult<MessageChannel>.Ok(new MessageChannel(new FileDescriptor(ends[0])));
    }

    /// <summary>
    /// Sends one message; the descriptors stay the sender's. EAGAIN: the peer does not read;
    /// EMSGSIZE: use a memfd; EPIPE, ECONNRESET: the peer is gone.
    /// </summary>
    public SysResult Send(ReadOnlySpan<byte> message, ReadOnlySpan<int> fds = default) =>
        AncillaryData.Send(_fd.Number, message, fds);

    /// <summary>
    /// Takes one message. 0 bytes: the peer is gone; EAGAIN: none waits; EMSGSIZE: it did not fit
    /// and is lost with its descriptors.
    /// </summary>
    /// <param name="fds">Its descriptors, owned by the caller.</param>
    public SysResult Receive(Span<byte> into, out FileDescriptor[] fds)
    {
        fds = [];
        var result = AncillaryData.Receive(_fd.Number, into, _received, out var message);
        if (result.IsError)
            return result;
        var numbers = _received.AsSpan(0, message.DescriptorCount);
        if (message.IsCut || message.IsControlCut)
        {
            AncillaryData.CloseAll(numbers);
            return SysResult.Fail(Errno.EMSGSIZE);
        }

        if (!numbers.IsEmpty)
        {
            fds = new FileDescriptor[numbers.Length];
            for (int i = 0; i < fds.Length; i++)
                fds[i] = new FileDescriptor(numbers[i]);
        }

        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();
}
