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
    /// The same, and it runs as who asks: no service with a user of its own can make one.
    /// </summary>
    public static bool IsOwn(int pid) => Is(pid) && Files.Status(
        Files.Cwd, string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}"),
        out FileStatus status).IsOk && status.Uid == Identities.Uid;
}
