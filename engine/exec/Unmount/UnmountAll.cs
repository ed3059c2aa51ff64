using InitTx.Linux;
using InitTx.Linux.Power;

namespace InitTx.Exec.Unmount;

/// <summary>
/// <c>initx-exec --unmount-all</c>, the last stage before reboot(2): a program of its own because
/// each step may wait for ever for a dead disk or server.
/// </summary>
internal static class UnmountAll
{
    /// <summary>0 when nothing writable is left, else 1 and a line for each mount.</summary>
    public static int Run()
    {
        List<BusyMount> busy = Unmounter.Run();
        foreach (BusyMount mount in busy)
        {
            Console.Error.WriteLine(
                $"initx-exec: unmount: {mount.Path} ({mount.Type}): {mount.Error.Describe()}");
        }

        return busy.Count == 0 ? 0 : 1;
    }
}
