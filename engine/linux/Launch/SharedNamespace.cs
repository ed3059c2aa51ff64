using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Machine;
using InitTx.Linux.Sockets;

namespace InitTx.Linux.Launch;

/// <summary>
/// A namespace for processes none of which need outlive the others. The first that comes makes it
/// and leaves a descriptor of it as a message in a pair of sockets (unix(7), SCM_RIGHTS); each
/// later one looks at that message, which stays. The pair is kept open by whoever made it, and the
/// namespace goes with it and the last process. A lock of fcntl(2), which belongs to a process and
/// goes with it, keeps two from being the first: the descriptors of both are of one origin, so
/// flock(2) would not.
/// </summary>
public static unsafe class SharedNamespace
{
    private const byte Word = (byte)'n';

    /// <summary>Makes the pair, close-on-exec: the end to read, and the end to write to.</summary>
    public static SysResult<FileDescriptor> MakeStore(out FileDescriptor? writing)
    {
        writing = null;
        int* ends = stackalloc int[2];
        SysResult made = SysResult.Of(Libc.socketpair(
            Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, 0, ends));
        if (made.IsError)
            return SysResult<FileDescriptor>.Fail(made, "socketpair");
        writing = new FileDescriptor(ends[1]);
        return SysResult<FileDescriptor>.Ok(new FileDescriptor(ends[0]));
    }

    /// <summary>
    /// Puts the calling thread into the namespace of a pair, which is made when there is none yet;
    /// waits for another process that is about to. Needs CAP_SYS_ADMIN.
    /// </summary>
    /// <param name="kind">
    /// One kind, and always the same for one pair. A new network has its "lo" up before others see
    /// it.
    /// </param>
    public static SysResult Enter(int reading, int writing, NamespaceKinds kind)
    {
        SysResult locked = Lock(reading, Libc.F_WRLCK);
        if (locked.IsError)
            return locked;
        SysResult result = EnterLocked(reading, writing, kind);
        SysResult free = Lock(reading, Libc.F_UNLCK);
        return result.IsError ? result : free;
    }

    private static SysResult EnterLocked(int reading, int writing, NamespaceKinds kind)
    {
        Span<byte> word = stackalloc byte[1];
        Span<int> fds = stackalloc int[AncillaryData.DescriptorsMax];
        SysResult looked = AncillaryData.Receive(
            reading, word, fds, out ReceivedMessage message, peek: true);
        if (looked.Error == Errno.EAGAIN)
            return Make(writing, kind);
        if (looked.IsError)
            return looked;
        SysResult entered = message.DescriptorCount == 1 && word[0] == Word
            ? SysResult.Of(Libc.setns(fds[0], (int)kind))
            : SysResult.Fail(Errno.EPROTO);
        AncillaryData.CloseAll(fds[..message.DescriptorCount]);
        return entered;
    }

    private static SysResult Make(int writing, NamespaceKinds kind)
    {
        SysResult result = Namespaces.Leave(kind);
        if (result.IsOk && kind == NamespaceKinds.Network)
            result = LoopbackInterface.BringUp();
        if (result.IsError)
            return result;
        SysResult<FileDescriptor> opened = Files.Open(
            Files.Cwd, "/proc/thread-self/ns/" + FileOf(kind), Libc.O_RDONLY);
        if (opened.IsError)
            return SysResult.Fail(opened.Error);
        using FileDescriptor own = opened.Require();
        return AncillaryData.Send(writing, [Word], [own.Number]);
    }

    private static string FileOf(NamespaceKinds kind) => kind switch
    {
        NamespaceKinds.Network => "net",
        NamespaceKinds.Ipc => "ipc",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static SysResult Lock(int descriptor, short type)
    {
        while (true)
        {
            Libc.RecordLock asked = new() { Type = type };
            SysResult result =
                SysResult.Of(Libc.fcntl(descriptor, Libc.F_SETLKW, (nint)(&asked)));
            if (result.Error != Errno.EINTR)
                return result;
        }
    }
}
