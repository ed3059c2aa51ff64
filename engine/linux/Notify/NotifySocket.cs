using InitTx.Core;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Sockets;

namespace InitTx.Linux.Notify;

/// <summary>What came of one read of the notify socket.</summary>
public enum NotifyReceipt : byte
{
    /// <summary>Nothing was waiting.</summary>
    Empty,

    /// <summary>A message of a process whose pid, uid and gid the kernel vouches for.</summary>
    Message,

    /// <summary>
    /// sd_notify_barrier(3): its descriptor is held until
    /// <see cref="NotifySocket.ReleaseBarriers"/>.
    /// </summary>
    Barrier,

    /// <summary>
    /// Dropped: no credentials, longer than the limit, or descriptors beyond it. Counted.
    /// </summary>
    Dropped,
}

/// <summary>One datagram: who sent it, and what it said.</summary>
/// <param name="SenderPid">From SCM_CREDENTIALS; valid only while that process is unreaped.</param>
public readonly record struct NotifyDatagram(
    int SenderPid, uint SenderUid, uint SenderGid, NotifyMessage Message);

/// <summary>
/// The socket of NOTIFY_SOCKET (sd_notify(3)): a datagram socket that any process may write to, so
/// everything on it is hostile. Promises:
/// <list type="number">
/// <item>No datagram and no ancillary data makes it stop listening.</item>
/// <item>Every descriptor that arrives is closed, but for a barrier's, which is closed once what
/// came before it is committed. (The descriptor store is not built.)</item>
/// <item>A watchdog ping or a READY=1 allocates nothing.</item>
/// </list>
/// Survives an exec as a descriptor. Main thread only.
/// </summary>
public sealed unsafe class NotifySocket : IDisposable
{
    private const int BarriersMax = 256;

    private readonly FileDescriptor _fd;
    private readonly byte[] _buffer = new byte[NotifyParser.DatagramMax];
    private readonly int[] _received = new int[AncillaryData.DescriptorsMax];
    private readonly int[] _barriers = new int[BarriersMax];
    private readonly int _statusMax;
    private int _barrierCount;

    private NotifySocket(FileDescriptor fd, string path, int statusMax)
    {
        _fd = fd;
        Path = path;
        _statusMax = statusMax;
    }

    /// <summary>What NOTIFY_SOCKET is set to.</summary>
    public string Path { get; }

    /// <summary>The descriptor to watch for reading.</summary>
    public int Fd => _fd.Number;

    /// <summary>Datagrams dropped so far.</summary>
    public long Dropped { get; private set; }

    /// <summary>
    /// Opens it at a path, replacing what is there, writable for everybody: services run as any
    /// user, and what a message may do is decided by its sender.
    /// </summary>
    public static SysResult<NotifySocket> Open(string path, EngineLimits limits)
    {
        var bound = UnixSockets.Bind(path, Libc.SOCK_DGRAM, mode: 0b110_110_110);
        return bound.IsError
            ? SysResult<NotifySocket>.Fail(bound.Error, bound.What)
            : Adopt(bound.Require(), path, limits);
    }

    /// <summary>Takes over the descriptor that survived an exec.</summary>
    public static SysResult<NotifySocket> Adopt(
        FileDescriptor fd, string path, EngineLimits limits)
    {
        var passed = SocketCalls.SetOption(fd, Libc.SOL_SOCKET, Libc.SO_PASSCRED, 1);
        if (passed.IsOk)
            return SysResult<NotifySocket>.Ok(new NotifySocket(fd, path, limits.StatusText));
        fd.Dispose();
        return SysResult<NotifySocket>.Fail(passed, "SO_PASSCRED " + path);
    }

    /// <summary>
    /// Reads one datagram. Call until Empty or until the batch is full; a level-triggered loop
    /// comes back for the rest. With 256 barriers held nothing is read until they are released.
    /// </summary>
    public NotifyReceipt Receive(out NotifyDatagram datagram)
    {
        datagram = default;
        if (_barrierCount == BarriersMax)
            return NotifyReceipt.Empty;
        var result = AncillaryData.Receive(_fd.Number, _buffer, _received, out var received);
        if (result.IsError)
            return NotifyReceipt.Empty;
        var fds = _received.AsSpan(0, received.DescriptorCount);
        if (received.IsCut || received.IsControlCut || received.Credentials.Pid <= 0)
        {
            AncillaryData.CloseAll(fds);
            Dropped++;
            return NotifyReceipt.Dropped;
        }

        var message = NotifyParser.Parse(
            _buffer.AsSpan(0, result.Value), _statusMax, out bool barrier);
        datagram = new(
            received.Credentials.Pid, received.Credentials.Uid, received.Credentials.Gid, message);
        if (barrier && fds.Length == 1)
        {
            _barriers[_barrierCount++] = fds[0];
            return NotifyReceipt.Barrier;
        }

        AncillaryData.CloseAll(fds);
        return NotifyReceipt.Message;
    }

    /// <summary>What was received before is committed: lets the waiting senders go on.</summary>
    public void ReleaseBarriers()
    {
        AncillaryData.CloseAll(_barriers.AsSpan(0, _barrierCount));
        _barrierCount = 0;
    }

    /// <summary>Closes it; the path stays for the next image to replace.</summary>
    public void Dispose()
    {
        ReleaseBarriers();
        _fd.Dispose();
    }
}
