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
    /// sd_notify_barrier(3): it stays unread, and its descriptor with the kernel, until
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
/// <param name="Descriptors">
/// What came with FDSTORE=1, the receiver's to close; empty for every other message.
/// </param>
public readonly record struct NotifyDatagram(
    int SenderPid,
    uint SenderUid,
    uint SenderGid,
    NotifyMessage Message,
    FileDescriptor[] Descriptors);

/// <summary>
/// The socket of NOTIFY_SOCKET (sd_notify(3)): a datagram socket that any process may write to, so
/// everything on it is hostile. Promises:
/// <list type="number">
/// <item>No datagram and no ancillary data makes it stop listening.</item>
/// <item>Each datagram is looked at before it is taken, and its descriptors are taken only for
/// FDSTORE=1 of a process that <see cref="MayStore"/>: closing one that came unasked could hang
/// (FUSE). Those of all other messages the kernel drops; a barrier's when the barrier is taken,
/// once what came before it is committed.</item>
/// <item>A watchdog ping or a READY=1 allocates nothing.</item>
/// </list>
/// Survives an exec as a descriptor. Main thread only.
/// </summary>
public sealed unsafe class NotifySocket : IDisposable
{
    private readonly FileDescriptor _fd;
    private readonly byte[] _buffer = new byte[NotifyParser.DatagramMax];
    private readonly int[] _received = new int[AncillaryData.DescriptorsMax];
    private readonly int _statusMax;
    private bool _barrierWaits;

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
    /// Whether a process may leave descriptors here; asked only when it wants to. Without it nobody
    /// may.
    /// </summary>
    public Func<int, bool>? MayStore { get; set; }

    /// <summary>
    /// Reads one datagram. Call until Empty or until the batch is full; a level-triggered loop
    /// comes back for the rest. Behind a barrier nothing is read until it is released.
    /// </summary>
    public NotifyReceipt Receive(out NotifyDatagram datagram)
    {
        datagram = default;
        if (_barrierWaits)
            return NotifyReceipt.Empty;
        var result = AncillaryData.ReceiveIdentity(_fd.Number, _buffer, peek: true, out var seen);
        if (result.IsError)
            return NotifyReceipt.Empty;
        if (seen.IsCut || seen.Credentials.Pid <= 0)
            return Drop();
        var message = NotifyParser.Parse(
            _buffer.AsSpan(0, result.Value), _statusMax, out _barrierWaits);
        datagram = new(
            seen.Credentials.Pid, seen.Credentials.Uid, seen.Credentials.Gid, message, []);
        if (_barrierWaits)
            return NotifyReceipt.Barrier;
        if (!message.StoresDescriptors || MayStore is not { } may || !may(seen.Credentials.Pid))
        {
            Consume();
            return NotifyReceipt.Message;
        }

        AncillaryData.Receive(_fd.Number, _buffer, _received, out var whole);
        if (whole.IsControlCut)
        {
            Dropped++;
            return NotifyReceipt.Dropped;
        }

        datagram = datagram with { Descriptors = Own(_received.AsSpan(0, whole.DescriptorCount)) };
        return NotifyReceipt.Message;
    }

    /// <summary>
    /// What was received before is committed: the barrier goes, and with it its descriptor, which
    /// lets the sender go on.
    /// </summary>
    public void ReleaseBarriers()
    {
        if (_barrierWaits)
            Consume();
        _barrierWaits = false;
    }

    private NotifyReceipt Drop()
    {
        Consume();
        Dropped++;
        return NotifyReceipt.Dropped;
    }

    private void Consume() =>
        AncillaryData.ReceiveIdentity(_fd.Number, _buffer, peek: false, out _);

    private static FileDescriptor[] Own(ReadOnlySpan<int> numbers)
    {
        var owned = new FileDescriptor[numbers.Length];
        for (int i = 0; i < owned.Length; i++)
            owned[i] = new FileDescriptor(numbers[i]);
        return owned;
    }

    /// <summary>Closes it; the path stays for the next image to replace.</summary>
    public void Dispose()
    {
        _fd.Dispose();
    }
}
