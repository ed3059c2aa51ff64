using System.Globalization;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Processes;

namespace InitTx.Linux.Power;

/// <summary>
/// Every process but PID 1, its kernel's threads and a few that are still needed: what the last
/// stages of a shutdown signal. Found in /proc; without it the kernel's own "everybody" (kill(2)
/// with -1) is used, which knows no exceptions. Only for PID 1.
/// </summary>
public static class RemainingProcesses
{
    private const int ProcessesMax = 4_194_304;
    private const int PassesMax = 4;
    private const uint PF_KTHREAD = 0x0020_0000;

    /// <summary>
    /// True while a process is left that has not ended: zombies do not count, they only wait to be
    /// reaped. Without /proc it cannot be known: false.
    /// </summary>
    public static bool Any(IReadOnlyCollection<int> except)
    {
        using var proc = ProcFs.Open();
        return Find(proc, except, firstOnly: true).Count > 0;
    }

    /// <summary>
    /// Signals them all. Processes that fork meanwhile are met by another pass, at most four; what
    /// is still born then meets the next stage.
    /// </summary>
    /// <returns>How many were signalled.</returns>
    public static int Signal(int signal, IReadOnlyCollection<int> except)
    {
        using var proc = ProcFs.Open();

        // One call under the kernel's own lock: no fork escapes it.
        if (!proc.IsAvailable || except.Count == 0)
            return SysResult.Of(Libc.kill(-1, signal)).IsOk ? 1 : 0;
        var signalled = new HashSet<int>();
        for (int pass = 0; pass < PassesMax; pass++)
        {
            int before = signalled.Count;
            foreach (int pid in Find(proc, except, firstOnly: false))
            {
                if (signalled.Add(pid))
                    Libc.kill(pid, signal);
            }

            if (signalled.Count == before)
                break;
        }

        return signalled.Count;
    }

    /// <summary>Processes that a signal to everybody would meet.</summary>
    internal static List<int> Find(ProcFs proc, IReadOnlyCollection<int> except, bool firstOnly)
    {
        var found = new List<int>();
        var root = proc.OpenRoot();
        if (root.Value is not { } directory)
            return found;
        using (directory)
        {
            var names = new List<string>();
            DirectoryList.Subdirectories(directory, ProcessesMax, names);
            int self = Libc.getpid();
            foreach (string name in names)
            {
                if (!int.TryParse(
                        name, NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                    || pid == self || pid == 1 || Contains(except, pid)
                    || !proc.TryStat(pid, out var stat)
                    || stat.State is 'Z' or 'X' || (stat.Flags & PF_KTHREAD) != 0)
                {
                    continue;
                }

                found.Add(pid);
                if (firstOnly)
                    break;
            }
        }

        return found;
    }

    private static bool Contains(IReadOnlyCollection<int> pids, int pid)
    {
        foreach (int other in pids)
        {
            if (other == pid)
                return true;
        }

        return false;
    }
}
