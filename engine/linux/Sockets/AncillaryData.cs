using InitTx.Linux.Interop;

namespace InitTx.Linux.Sockets;

/// <summary>
/// Receives one message with its ancillary data (cmsg(3), unix(7)). Descriptors arrive
/// close-on-exec and belong to the caller from then on; what the buffer cannot hold the kernel
/// drops and says so.
/// </summary>
internal static unsafe class AncillaryData
{
    /// <summary>Descriptors accepted in one message; a message with more loses them all.</summary>
    internal const int DescriptorsMax = 16;

    private const int HeaderSize = 16;
    // Room for SCM_CREDENTIALS and nothing behind it.
    private const int CredentialsSize = HeaderSize + 16;
    private const int ControlSize = 2 * HeaderSize + 16 + (DescriptorsMax * sizeof(int));

    /// <summary>recvmsg(2) without waiting.</summary>
    /// <param name="fds">Room for <see cref="DescriptorsMax"/> descriptors.</param>
    /// <param name="received">Credentials (pid 0 without), flags and how many descriptors.</param>
    /// <param name="peek">The message stays where it is; the descriptors are second ones.</param>
    /// <returns>Bytes of the message that fit.</returns>
    internal static SysResult Receive(
        int socket, Span<byte> into, Span<int> fds, out ReceivedMessage received,
        bool peek = false)
    {
        var result = Receive(
            socket, into, ControlSize,
            Libc.MSG_CMSG_CLOEXEC | (peek ? Libc.MSG_PEEK : 0), fds, out received);
        if (result.IsOk && received.IsControlCut)
        {
            CloseAll(fds[..received.DescriptorCount]);
            received = received with { DescriptorCount = 0 };
        }

        return result;
    }

    /// <summary>
    /// The same, for the sender's identity only: the kernel drops descriptors without installing
    /// them. close(2) of one from a file system that somebody else serves may never return, so a
    /// program that must not hang never owns what it did not ask for.
    /// </summary>
    /// <param name="peek">The message stays where it is.</param>
    /// <returns>Bytes of the message, also those that did not fit.</returns>
    internal static SysResult ReceiveIdentity(
        int socket, Span<byte> into, bool peek, out ReceivedMessage received) =>
        Receive(
            socket, into, CredentialsSize, Libc.MSG_TRUNC | (peek ? Libc.MSG_PEEK : 0), default,
            out received);

    private static SysResult Receive(
        int socket,
        Span<byte> into,
        int controlSize,
        int flags,
        Span<int> fds,
        out ReceivedMessage received)
    {
        received = default;
        byte* control = stackalloc byte[ControlSize];
        Libc.MessageHeader header = default;
        SysResult result;
        fixed (byte* start = into)
        {
            var vector = new Libc.IoVector { Base = start, Length = (nuint)into.Length };
            do
            {
                header = default;
                header.Vectors = &vector;
                header.VectorCount = 1;
                header.Control = control;
                header.ControlLength = (nuint)controlSize;
                result = SysResult.Of(Libc.recvmsg(
                    socket, &header, Libc.MSG_DONTWAIT | flags));
            }
            while (result.Error == Errno.EINTR);
        }

        if (result.IsError)
            return result;
        received = Walk(control, (int)header.ControlLength, fds) with { Flags = header.Flags };
        return result;
    }

    /// <summary>sendmsg(2) of one message with descriptors, without SIGPIPE or waiting.</summary>
    internal static SysResult Send(int socket, ReadOnlySpan<byte> data, ReadOnlySpan<int> fds)
    {
        if (fds.Length > DescriptorsMax)
            return SysResult.Fail(Errno.E2BIG);
        byte* control = stackalloc byte[ControlSize];
        Libc.MessageHeader header = default;
        fixed (byte* start = data)
        {
            var vector = new Libc.IoVector { Base = start, Length = (nuint)data.Length };
            header.Vectors = &vector;
            header.VectorCount = 1;
            if (!fds.IsEmpty)
            {
                var rights = (Libc.ControlHeader*)control;
                *rights = new()
                {
                    Length = (nuint)(HeaderSize + (fds.Length * sizeof(int))),
                    Level = Libc.SOL_SOCKET,
                    Type = Libc.SCM_RIGHTS,
                };
                fds.CopyTo(new Span<int>(control + HeaderSize, fds.Length));
                header.Control = control;
                header.ControlLength = Align(rights->Length);
            }

            while (true)
            {
                var result = SysResult.Of(Libc.sendmsg(
                    socket, &header, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL));
                if (result.Error != Errno.EINTR)
                    return result;
            }
        }
    }

    internal static void CloseAll(ReadOnlySpan<int> fds)
    {
        foreach (int fd in fds)
            ForeignDescriptors.Close(fd);
    }

    private static ReceivedMessage Walk(byte* control, int length, Span<int> fds)
    {
        var received = default(ReceivedMessage);
        int count = 0;
        for (int offset = 0; offset + HeaderSize <= length;)
        {
            var header = (Libc.ControlHeader*)(control + offset);
            int size = (int)header->Length - HeaderSize;
            if (size < 0 || offset + HeaderSize + size > length)
                break;
            if (header->Level == Libc.SOL_SOCKET && header->Type == Libc.SCM_RIGHTS)
            {
                var sent = new ReadOnlySpan<int>(control + offset + HeaderSize, size / sizeof(int));

                // Without credentials the buffer has room for more than is accepted.
                if (count + sent.Length > fds.Length)
                {
                    CloseAll(sent);
                    received = received with { TooManyDescriptors = true };
                }
                else
                {
                    sent.CopyTo(fds[count..]);
                    count += sent.Length;
                }
            }
            else if (header->Level == Libc.SOL_SOCKET && header->Type == Libc.SCM_CREDENTIALS
                && size >= sizeof(Libc.Ucred))
            {
                received = received with { Credentials = *(Libc.Ucred*)(header + 1) };
            }

            offset += (int)Align(header->Length);
        }

        return received with { DescriptorCount = count };
    }

    private static nuint Align(nuint length) => (length + 7) & ~(nuint)7;
}

/// <summary>What came beside the bytes of a message.</summary>
internal readonly record struct ReceivedMessage
{
    internal Libc.Ucred Credentials { get; init; }
    internal int Flags { get; init; }
    internal int DescriptorCount { get; init; }

    /// <summary>The message was longer than the buffer.</summary>
    internal bool IsCut => (Flags & Libc.MSG_TRUNC) != 0;

    /// <summary>Ancillary data did not fit; descriptors that did are closed already.</summary>
    internal bool IsControlCut => TooManyDescriptors || (Flags & Libc.MSG_CTRUNC) != 0;

    internal bool TooManyDescriptors { get; init; }
}
