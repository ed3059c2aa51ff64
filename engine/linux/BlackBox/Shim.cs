using System.Text;
using InitTx.Linux.Interop;

namespace InitTx.Linux.BlackBox;

/// <summary>
/// The managed face of the native shim (DESIGN §5). Main thread only. It exists only inside
/// <c>initxd</c>, which links the C object; elsewhere every call throws DllNotFoundException.
/// </summary>
/// <remarks>
/// The life of the process, as the main loop has to tell it:
/// <code>
/// Main:  Shim.Install();  ... restore or boot ...
/// loop:  Beat(busy: false); epoll_wait; Beat(busy: true); handle, commit, run effects
/// </code>
/// </remarks>
public static class Shim
{
    private static StartInfo? _start;

    /// <summary>How and why this image runs. Valid after <see cref="Install"/>.</summary>
    public static StartInfo Start =>
        _start ?? throw new InvalidOperationException("Shim.Install was not called");

    /// <summary>
    /// The first statement of Main: puts the crash handlers in front of the runtime's own. Until
    /// <see cref="Beat"/> is first called the watchdog allows 60 s.
    /// </summary>
    public static StartInfo Install()
    {
        if (ShimNative.ShimVersion() != ShimNative.Version)
        {
            throw new InvalidOperationException("the native shim is of another version");
        }

        int error = ShimNative.Install();
        if (error < 0)
        {
            throw new InvalidOperationException($"the crash handlers are refused: errno {-error}");
        }

        return _start = StartInfo.Read();
    }

    /// <summary>
    /// Call with false right before epoll_wait and with true right after it. Busy for longer than
    /// 5 s (60 s while <see cref="Loading"/>) without a further beat is a hang.
    /// </summary>
    public static void Beat(bool busy) => ShimNative.Beat(busy ? 1 : 0);

    /// <summary>Work that may take long but not for ever: 60 s a batch instead of 5 s.</summary>
    public static void Loading(bool on) => ShimNative.Loading(on ? 1 : 0);

    /// <summary>
    /// Words for the cause, should the process die now: an invariant's name before FailFast. Cut to
    /// 191 bytes; an empty text takes it back.
    /// </summary>
    public static unsafe void Note(ReadOnlySpan<char> text)
    {
        byte* bytes = stackalloc byte[ShimNative.TextMax];
        Encoding.UTF8.GetEncoder().Convert(
            text, new Span<byte>(bytes, ShimNative.TextMax - 1), true, out _, out int used, out _);
        ShimNative.Note(bytes, (uint)used);
    }

    /// <summary>
    /// Replaces this image by itself: planned, so no crash is counted. Returns only when it is
    /// refused, with a negative errno.
    /// </summary>
    public static unsafe int Reexec() => ShimNative.Reexec(-1, null, 0);

    /// <summary>
    /// Replaces this image by the executable behind <paramref name="imageFd"/>, which is copied into
    /// a sealed memfd first; the present image becomes the previous one, and the first crash within
    /// 60 s goes back to it. Returns only when it is refused, with a negative errno; then nothing
    /// has changed. The descriptor stays the caller's.
    /// </summary>
    public static unsafe int Reexec(int imageFd, ReadOnlySpan<byte> version)
    {
        fixed (byte* text = version)
        {
            return ShimNative.Reexec(imageFd, text, (uint)version.Length);
        }
    }

    /// <summary>
    /// Copies the executable into the memory that a crash goes to, and lets PID 1 run from there:
    /// from now on it needs no disk. Takes some milliseconds the first time, nothing after that.
    /// The kind of image there is, or a negative errno: then the file remains the image.
    /// </summary>
    public static int HoldImage() => ShimNative.HoldImage();

    /// <summary>
    /// One rung up after a healthy minute. The new rung; -EAGAIN before
    /// <see cref="StartInfo.ClimbNs"/>. It counts from the next start on, so a caller that wants the
    /// other image or the configuration now re-execs.
    /// </summary>
    public static int Climb() => ShimNative.Climb();

    /// <summary>
    /// From now on returning from Main is meant: a user's manager that was told to end. PID 1 still
    /// does not exit.
    /// </summary>
    public static void AllowExit() => ShimNative.AllowExit();

    /// <summary>
    /// Ends a container: PID 1 of a namespace exits, and the kernel ends whatever is left in it.
    /// The status (0-255) is what the container's own manager gets to know. Never called where
    /// <see cref="Machine.InitialNamespace.IsAnother"/> is false: the kernel would panic.
    /// </summary>
    public static void End(int status) => ShimNative.End(status);

    /// <summary>
    /// Whether the last-resort loop may offer a shell without a password (initx.shell=1).
    /// </summary>
    public static void AllowRescueShell(bool allowed) => _ = ShimNative.ShellAllowed(allowed ? 1 : 0);

    /// <summary>
    /// Opens the hardware watchdog or takes over the one that was, sets its time-out and registers
    /// it for the hand-over: it stays armed across re-exec. Feed it from the main loop. The
    /// descriptor, or a negative errno.
    /// </summary>
    /// <param name="timeoutSeconds">What is wanted, 0 for what it has; then what it has.</param>
    public static unsafe int OpenHardwareWatchdog(string path, ref uint timeoutSeconds)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(path + '\0');
        fixed (byte* text = bytes)
        {
            uint seconds = timeoutSeconds;
            int result = ShimNative.WatchdogOpen(text, &seconds);
            timeoutSeconds = seconds;
            return result;
        }
    }

    /// <summary>Feeds the hardware watchdog; -ENODEV when there is none.</summary>
    public static int FeedHardwareWatchdog() => ShimNative.WatchdogFeed();

    /// <summary>Disarms and closes it (magic close): only for a shutdown that is done.</summary>
    public static int CloseHardwareWatchdog() => ShimNative.WatchdogClose();

    /// <summary>
    /// Makes a process. Returns as soon as clone3 does; whether the program was executed comes
    /// through <see cref="SpawnResult.StatusFd"/>.
    /// </summary>
    public static SpawnResult Spawn(in SpawnRequest request) => request.Run();

    /// <summary>
    /// Reads the status pipe of a spawn once it is readable and closes it. False: not yet, call
    /// again. True: executed, or failed as <paramref name="report"/> says.
    /// </summary>
    public static unsafe bool TryFinishSpawn(in SpawnResult spawn, out SpawnReport report)
    {
        ShimNative.Report raw;
        int result = ShimNative.SpawnStatus(spawn.StatusFd, &raw);
        report = result < 0
            ? default
            : new SpawnReport((SpawnStep)raw.Step, raw.Error, raw.ExitCode, raw.Detail)
            {
                Text = (SpawnStep)raw.Step == SpawnStep.Setup
                    ? System.Text.Encoding.UTF8.GetString(System.Runtime.InteropServices
                        .MemoryMarshal.CreateReadOnlySpanFromNullTerminated(raw.Text))
                    : null,
            };
        return result >= 0;
    }

    /// <summary>
    /// Children between clone and execve; at most <see cref="SpawnRequest.MostAtOnce"/>.
    /// </summary>
    public static int SpawnsPending => ShimNative.SpawnPending();
}
