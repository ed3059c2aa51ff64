using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Signals;

/// <summary>
/// The signals of the manager as a readable descriptor (signalfd(2)). The signals are blocked in
/// every thread from before the runtime's start, by the native shim: one that is blocked only
/// later is eaten by the finalizer thread. Main thread only; made anew after every exec.
/// </summary>
public sealed unsafe class SignalSource : IDisposable
{
    private const int Batch = 16;

    private readonly FileDescriptor _fd;

    private SignalSource(FileDescriptor fd, ulong mask)
    {
        _fd = fd;
        Mask = mask;
    }

    /// <summary>The descriptor to watch for reading.</summary>
    public int Fd => _fd.Number;

    /// <summary>The signals that are read; bit N-1 is signal N.</summary>
    public ulong Mask { get; }

    /// <summary>
    /// Reads the signals of <paramref name="mask"/> (bit N-1 is signal N; the shim says which it
    /// has blocked), blocking those that this thread has not blocked yet.
    /// </summary>
    public static SysResult<SignalSource> Create(ulong mask)
    {
        var set = new Libc.SignalSet { Bits = mask };

        // pthread_sigmask returns the error instead of setting errno.
        int error = Libc.pthread_sigmask(Libc.SIG_BLOCK, &set, null);
        if (error != 0)
            return SysResult<SignalSource>.Fail((Errno)error, "pthread_sigmask");
        var fd = Descriptors.Own(
            SysResult.Of(Libc.signalfd(-1, &set, Libc.SFD_CLOEXEC | Libc.SFD_NONBLOCK)),
            "signalfd");
        return fd.IsError
            ? SysResult<SignalSource>.Fail(fd.Error, fd.What)
            : SysResult<SignalSource>.Ok(new SignalSource(fd.Require(), mask));
    }

    /// <summary>
    /// Takes pending signals, at most as many as <paramref name="into"/> holds and 16.
    /// </summary>
    /// <returns>How many; 0 when none is pending.</returns>
    public SysResult Drain(Span<SignalInfo> into)
    {
        Libc.SignalfdInfo* raw = stackalloc Libc.SignalfdInfo[Batch];
        int room = Math.Min(into.Length, Batch) * sizeof(Libc.SignalfdInfo);
        var result = Descriptors.Read(_fd.Number, new Span<byte>(raw, room));
        if (result.Error == Errno.EAGAIN)
            return SysResult.Ok;
        if (result.IsError)
            return result;
        int count = result.Value / sizeof(Libc.SignalfdInfo);
        for (int i = 0; i < count; i++)
            into[i] = new((int)raw[i].Signal, raw[i].Code, (int)raw[i].Pid, (int)raw[i].Uid);
        return new SysResult(count);
    }

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();
}
