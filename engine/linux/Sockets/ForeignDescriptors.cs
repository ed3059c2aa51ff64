using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Sockets;

/// <summary>
/// Closes descriptors that other programs had in their hands. The last close(2) of a socket with
/// SO_LINGER waits until the peer has taken everything (socket(7)), and the peer decides when that
/// is: with the option cleared it returns at once, and the kernel goes on sending. A program that
/// still has the socket can set the option again in between; then its own close is the last.
/// </summary>
public static class ForeignDescriptors
{
    /// <summary>Closes one; what is no socket is closed as ever.</summary>
    public static void Close(FileDescriptor descriptor)
    {
        if (descriptor.IsOpen)
            Close(descriptor.Release());
    }

    internal static unsafe void Close(int number)
    {
        Libc.Linger off = default;
        Libc.setsockopt(
            number, Libc.SOL_SOCKET, Libc.SO_LINGER, &off, (uint)sizeof(Libc.Linger));
        Libc.close(number);
    }
}
