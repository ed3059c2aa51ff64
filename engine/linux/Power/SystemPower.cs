using System.Runtime.InteropServices;
using InitTx.Core;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Power;

/// <summary>
/// The last calls before the machine stops (reboot(2), sync(2)). In a PID namespace the kernel
/// ends the namespace instead, and knows neither Ctrl-Alt-Del nor kexec (EINVAL).
/// </summary>
public static unsafe class SystemPower
{
    /// <summary>
    /// Stops the machine as asked; returns only when the kernel refuses. Kexec without a loaded
    /// kernel restarts instead, as systemd does. Exit is no matter of the kernel's: EINVAL.
    /// </summary>
    /// <param name="argument">
    /// For a reboot: what firmware or boot loader are told (LINUX_REBOOT_CMD_RESTART2), at most 255
    /// bytes; where it is refused the machine reboots without.
    /// </param>
    public static SysResult Stop(ShutdownKind kind, string? argument = null)
    {
        switch (kind)
        {
            case ShutdownKind.Poweroff:
                return SysResult.Of(Libc.reboot(Libc.RB_POWER_OFF));
            case ShutdownKind.Reboot:
                if (argument is not null)
                    RebootWith(argument);
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

    private static void RebootWith(string argument)
    {
        byte[] text = [.. System.Text.Encoding.UTF8.GetBytes(argument), 0];
        fixed (byte* start = text)
        {
            Libc.syscall_reboot(
                Libc.SYS_reboot, Libc.REBOOT_MAGIC1, Libc.REBOOT_MAGIC2, Libc.RB_RESTART2, start);
        }
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
        nuint thread;
        if (Libc.pthread_create(&thread, null, &RunSync, null) != 0)
        {
            // No room for a thread: better to wait without a deadline than not to sync.
            Libc.sync();
            return SysResult.Ok;
        }

        Libc.Timespec until;
        Libc.clock_gettime(Libc.CLOCK_MONOTONIC, &until);
        long nanoseconds = until.Nanoseconds + (deadlineUs % 1_000_000 * 1000);
        until.Seconds += (deadlineUs / 1_000_000) + (nanoseconds / 1_000_000_000);
        until.Nanoseconds = nanoseconds % 1_000_000_000;
        int error = Libc.pthread_clockjoin_np(thread, null, Libc.CLOCK_MONOTONIC, &until);
        return error == 0 ? SysResult.Ok : SysResult.Fail((Errno)error);
    }

    [UnmanagedCallersOnly]
    private static void* RunSync(void* argument)
    {
        Libc.sync();
        return null;
    }
}
