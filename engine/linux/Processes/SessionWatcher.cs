using System.Globalization;
using InitTx.Linux.Handles;
using InitTx.Linux.Identity;

namespace InitTx.Linux.Processes;

/// <summary>
/// The process beside a service with <c>PAMName=</c> that closes its session when it has ended: in
/// the service's control group, and never its main process. A service that takes the name only
/// hides its process from GuessMainPID=.
/// </summary>
public static class SessionWatcher
{
    private const int MostGenerations = 16;

    // WATCHER of engine/exec/native/pam_session.c, as /proc/PID/comm has it.
    private static ReadOnlySpan<byte> Name => "(initx-pam)\n"u8;

    /// <summary>True when that process is one, as far as /proc says.</summary>
    public static bool Is(int pid)
    {
        Span<byte> name = stackalloc byte[32];
        SysResult read = Files.ReadAll(
            Files.Cwd, string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/comm"), name);
        return read.IsOk && name[..read.Value].SequenceEqual(Name);
    }

    /// <summary>
    /// One that <see cref="IsOwn"/> says yes to, or what modules have started below one.
    /// </summary>
    public static bool IsOwnOrBelow(ProcFs proc, int pid)
    {
        for (int i = 0; i < MostGenerations && pid > 1; i++)
        {
            if (IsOwn(pid))
                return true;
            if (!proc.TryStat(pid, out ProcStat stat))
                return false;
            pid = stat.ParentPid;
        }

        return false;
    }

    /// <summary>
    /// One that runs as who asks: no service with a user of its own can make one.
    /// </summary>
    public static bool IsOwn(int pid) => Is(pid) && Files.Status(
        Files.Cwd, string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}"),
        out FileStatus status).IsOk && status.Uid == Identities.Uid;
}
