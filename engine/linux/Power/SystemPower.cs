using InitTx.Core;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Power;

/// <summary>
/// The last calls before the machine stops (reboot(2), sync(2)). In a PID namespace the kernel
/// ends the namespace instead, and knows neither Ctrl-Alt-Del nor kexec (EINVAL).
/// </summary>
public static unsafe class SystemPower
{
    private const short POLLIN = 1;

    /// <summary>
    /// Stops the machine as asked; returns only when the kernel refuses. Kexec without a loaded
    /// kernel restarts instead, as systemd does. Exit is no matter of the kernel's: EINVAL.
    /// </summary>
    public static SysResult Stop(ShutdownKind kind)
    {
        switch (kind)
        {
            case ShutdownKind.Poweroff:
                return SysResult.Of(Libc.reboot(Libc.RB_POWER_OFF));
            case ShutdownKind.Reboot:
                return SysResult.Of(Libc.reboot(Libc.RB_AUTOBOOT));
            case ShutdownKind.Halt:
                return SysResult.Of(Libc.reboot(Libc.RB_HALT_SYSTEM));
            case ShutdownKind.Kexec:
                Libc.reboot(Libc.RB_KEXEC);
                return SysResult.Of(Libc.reboot(Libc.RB_AUTOBOOT));
            case ShutdownKind.Exit:
                return SysResult.Fail(Errno.EINVAL);
        }

        throw new ArgumentOutOfRangeException(nameof(kind));
    }

    /// <summary>
    /// Ctrl-Alt-Del sends SIGINT to PID 1 from now on instead of restarting at once. EINVAL in a
    /// PID namespace, EPERM without the capability: nothing is lost there.
    /// </summary>
    public static SysResult DisableCtrlAltDel() => SysResult.Of(Libc.reboot(Libc.RB_DISABLE_CAD));

    /// <summary>
    /// sync(2), waited for at most so long: ETIMEDOUT when a disk does not answer. It runs on a
    /// thread that is then left behind, so this is for the moment before <see cref="Stop"/> only:
    /// a thread that hangs in it blocks every later exec. The caller is blocked meanwhile: loosen
    /// the hang watchdog first.
    /// </summary>
    /// <param name="deadlineUs">How long to wait, microseconds.</param>
    public static SysResult Sync(long deadlineUs)
    {
        var made = SysResult.Of(Libc.eventfd(0, Libc.EFD_CLOEXEC));
        if (made.IsError)
            return made;

        // Not closed while the thread may still write to it.
        var done = new FileDescriptor(made.Value);
        var thread = new Thread(() => SyncAndTell(done), maxStackSize: 128 * 1024)
        {
            IsBackground = true,
        };
        try
        {
            thread.Start();
        }
        catch (Exception refused) when (refused is OutOfMemoryException or ThreadStartException)
        {
            // No room for a thread: better to wait without a deadline than not to sync.
            Libc.sync();
            return SysResult.Ok;
        }

        var entry = new Libc.PollEntry { Fd = done.Number, Events = POLLIN };
        int timeoutMs = (int)Math.Clamp(deadlineUs / 1000, 1, int.MaxValue);
        SysResult polled;
        do
        {
            polled = SysResult.Of(Libc.poll(&entry, 1, timeoutMs));
        }
        while (polled.Error == Errno.EINTR);
        if (polled.IsError)
            return polled;
        if (polled.Value == 0)
            return SysResult.Fail(Errno.ETIMEDOUT);
        done.Dispose();
        return SysResult.Ok;
    }

    private static void SyncAndTell(FileDescriptor done)
    {
        Libc.sync();
        Span<byte> one = [1, 0, 0, 0, 0, 0, 0, 0];
        done.Write(one);
    }
}
