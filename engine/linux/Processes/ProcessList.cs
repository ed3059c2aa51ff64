using System.Globalization;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Processes;

/// <summary>
/// Every process that /proc shows, with its parent and session: about 25 µs for each.
/// </summary>
public static class ProcessList
{
    private const int ProcessesMax = 4_194_304;
    private const uint KernelThread = 0x0020_0000; // PF_KTHREAD

    /// <summary>
    /// Appends what lives: no zombies, no kernel threads, neither PID 1 nor this process. Nothing
    /// without /proc.
    /// </summary>
    public static void Read(ProcFs proc, List<ProcStat> into)
    {
        using FileDescriptor? root = proc.OpenRoot().Value;
        if (root is null)
            return;
        var names = new List<string>();
        DirectoryList.Subdirectories(root, ProcessesMax, names);
        int self = Libc.getpid();
        foreach (string name in names)
        {
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && pid != self && pid != 1 && proc.TryStat(pid, out ProcStat stat)
                && stat.State is not ('Z' or 'X') && (stat.Flags & KernelThread) == 0)
            {
                into.Add(stat);
            }
        }
    }
}
