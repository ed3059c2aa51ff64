using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Units.Model;

namespace InitTx.Linux.Sockets;

/// <summary>POSIX message queues (mq_overview(7)); they have a name space of their own.</summary>
internal static unsafe class MessageQueues
{
    /// <summary>
    /// ListenMessageQueue=: made when missing, with the size that is asked for; one that is there
    /// keeps its own.
    /// </summary>
    internal static SysResult<FileDescriptor> Open(string queue, SocketSettings settings)
    {
        byte* name = stackalloc byte[4096];
        SysResult result = Files.Encode(queue, name);
        if (result.IsError)
            return SysResult<FileDescriptor>.Fail(result, "message queue " + queue);
        var attributes = new Libc.QueueAttributes
        {
            Flags = Libc.O_NONBLOCK,
            MaxMessages = (nint)settings.MessageQueueMaxMessages,
            MessageSize = (nint)settings.MessageQueueMessageSize,
        };
        bool isSized = attributes is { MaxMessages: > 0, MessageSize: > 0 };
        uint mode = (uint)settings.SocketMode;
        uint before = Libc.umask(~mode & 0x1FF);
        result = SysResult.Of(Libc.mq_open(
            name, Libc.O_RDONLY | Libc.O_CLOEXEC | Libc.O_NONBLOCK | Libc.O_CREAT, mode,
            isSized ? &attributes : null));
        Libc.umask(before);
        return Descriptors.Own(result, "message queue " + queue);
    }

    /// <summary>RemoveOnStop=.</summary>
    internal static void Remove(string queue)
    {
        byte* name = stackalloc byte[4096];
        if (Files.Encode(queue, name).IsOk)
            Libc.mq_unlink(name);
    }
}
