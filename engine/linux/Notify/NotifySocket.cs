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
    /// sd_notify_barrier(3): its descriptor stays with the kernel, which is what its sender waits
    /// for, until <see cref="NotifySocket.Release"/>.
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
/// <item>What a datagram says is not lost to a crash: all are only looked at, in order, and stay in
/// the socket until <see cref="Release"/>, when what came of them is committed and done; the next
/// image looks at them again. So one may be heard twice: the core, and who stores descriptors, take
/// twice for once.</item>
/// <item>Descriptors are taken only for FDSTORE=1 of a process that <see cref="MayStore"/>: closing
/// one that came unasked could hang (FUSE). Those of all other messages the kernel drops.</item>
/// <item>One that an image has died of is not heard by the images after the next
/// (<see cref="BeCareful"/>).</item>
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

    // Looked at and not taken yet: how many, and where the next look begins (SO_PEEK_OFF).
    private int _ahead;
    private int _offset;
    private bool _looksAhead;

    // Nothing behind the last one is looked at before the release.
    private bool _isStopped;
    private bool _isCareful;

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
        {
            var socket = new NotifySocket(fd, path, limits.StatusText);
            socket._looksAhead = socket.LookFrom(0);
            return SysResult<NotifySocket>.Ok(socket);
        }

        fd.Dispose();
        return SysResult<NotifySocket>.Fail(passed, "SO_PASSCRED " + path);
    }

    /// <summary>
    /// Whether a process may leave descriptors here; asked only when it wants to. Without it nobody
    /// may.
    /// </summary>
    public Func<int, bool>? MayStore { get; set; }

    /// <summary>
    /// Looks at the next datagram. Call until Empty or until the batch is full; a level-triggered
    /// loop comes back for the rest. Behind a barrier nothing is read until the release.
    /// </summary>
    public NotifyReceipt Receive(out NotifyDatagram datagram)
    {
        datagram = default;
        if (_isStopped)
            return NotifyReceipt.Empty;
        int begin = _offset;
        var result = AncillaryData.ReceiveIdentity(_fd.Number, _buffer, peek: true, out var seen);
        if (result.IsError)
        {
            _isCareful = false;
            return _ahead == 0 && _looksAhead ? TakeOverlooked() : NotifyReceipt.Empty;
        }

        Passed(result.Value);
        if (seen.IsCut || seen.Credentials.Pid <= 0)
        {
            Dropped++;
            return NotifyReceipt.Dropped;
        }

        var message = NotifyParser.Parse(
            _buffer.AsSpan(0, result.Value), _statusMax, out bool isBarrier);
        _isStopped |= isBarrier;
        FileDescriptor[] descriptors = [];
        if (message.StoresDescriptors && MayStore is { } may && may(seen.Credentials.Pid)
            && !TryLookAtDescriptors(begin, out descriptors))
        {
            Dropped++;
            return NotifyReceipt.Dropped;
        }

        datagram = new(
            seen.Credentials.Pid, seen.Credentials.Uid, seen.Credentials.Gid, message, descriptors);
        if (_isCareful)
            TakeAll();
        return isBarrier ? NotifyReceipt.Barrier : NotifyReceipt.Message;
    }

    /// <summary>
    /// What was received is committed and done: it is taken out of the socket, a barrier's
    /// descriptor with it, which lets its sender go on.
    /// </summary>
    public void Release()
    {
        if (_ahead > 0)
            TakeAll();
        _isStopped = false;
    }

    /// <summary>
    /// The image before may have died of one that waits here: until all of these are heard, each is
    /// taken first and heard then, and nothing behind it before the release.
    /// </summary>
    public void BeCareful() => _isCareful = true;

    private void Passed(int length)
    {
        _ahead++;
        _offset += length;

        // The kernel counts only what was copied.
        if (_looksAhead && length > _buffer.Length)
            LookFrom(_offset);
        _isStopped = _isCareful || !_looksAhead;
    }

    private void TakeAll()
    {
        for (; _ahead > 0; _ahead--)
            AncillaryData.ReceiveIdentity(_fd.Number, _buffer.AsSpan(0, 1), peek: false, out _);
        _offset = 0;
        if (_looksAhead)
            LookFrom(0);
    }

    private bool LookFrom(int offset) =>
        SocketCalls.SetOption(_fd, Libc.SOL_SOCKET, Libc.SO_PEEK_OFF, offset).IsOk;

    private bool TryLookAtDescriptors(int begin, out FileDescriptor[] descriptors)
    {
        if (_looksAhead)
            LookFrom(begin);
        AncillaryData.Receive(_fd.Number, _buffer, _received, out var whole, peek: true);
        descriptors = whole.IsControlCut ? [] : Own(_received.AsSpan(0, whole.DescriptorCount));
        return !whole.IsControlCut;
    }

    // An empty one that the image before has looked at is passed over from then on: the loop would
    // find the socket readable for ever.
    private NotifyReceipt TakeOverlooked()
    {
        LookFrom(-1);
        var result = AncillaryData.ReceiveIdentity(_fd.Number, _buffer, peek: true, out _);
        bool isOverlooked = result is { IsOk: true, Value: 0 };
        if (isOverlooked)
            AncillaryData.ReceiveIdentity(_fd.Number, _buffer, peek: false, out _);
        LookFrom(0);
        return isOverlooked ? NotifyReceipt.Dropped : NotifyReceipt.Empty;
    }

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
