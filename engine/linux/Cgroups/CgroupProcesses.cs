using System.Buffers.Text;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Processes;

namespace InitTx.Linux.Cgroups;

/// <summary>
/// The processes of a cgroup: listing and signalling. A pid that was read from a list can belong
/// to another process a moment later, so each is pinned by a pidfd first and must still be on the
/// list after that. Work lists, no recursion; every loop is bounded.
/// </summary>
public static unsafe class CgroupProcesses
{
    /// <summary>Processes listed at most.</summary>
    public const int ProcessesMax = 65_536;

    private const int DirectoriesMax = 1024;
    private const int DepthMax = 16;
    private const int RoundsMax = 16;
    private const int PinnedMax = 256;

    /// <summary>
    /// Appends the pids in the cgroup and below it; a service that may make cgroups of its own
    /// (Delegate=) has processes there. Pids of other PID namespaces (0) are left out.
    /// </summary>
    /// <returns>E2BIG when a limit was reached and the list is not complete.</returns>
    public static SysResult List(UnitCgroup cgroup, List<int> pids)
    {
        if (cgroup.IsLeaf())
        {
            var file = cgroup.OpenFile("/cgroup.procs"u8, Libc.O_RDONLY);
            return file.IsError ? file : ReadProcesses(new FileDescriptor(file.Value), pids);
        }

        var opened = cgroup.OpenFile(default, Libc.O_RDONLY | Libc.O_DIRECTORY);
        if (opened.IsError)
            return opened;
        using var root = new FileDescriptor(opened.Value);
        var result = Walk(root, pids, out var directories);
        foreach (var directory in directories)
            directory.Directory.Dispose();
        return result;
    }

    /// <summary>
    /// Sends a signal to each process of the cgroup and below but <paramref name="except"/>.
    /// Children that <paramref name="known"/> holds are signalled through it.
    /// </summary>
    /// <param name="thenContinue">SIGCONT after it, for one that is stopped.</param>
    /// <param name="told">Have been sent it: they get the SIGCONT only.</param>
    /// <returns>How many were signalled.</returns>
    public static SysResult Signal(
        UnitCgroup cgroup,
        ChildReaper known,
        ProcFs proc,
        int signal,
        int except = 0,
        bool thenContinue = false,
        ReadOnlySpan<int> told = default)
    {
        var pids = new List<int>();
        var listed = List(cgroup, pids);
        int sent = 0;
        List<int>? strangers = null;
        foreach (int pid in pids)
        {
            if (pid == except)
                continue;
            bool isTold = told.Contains(pid);
            if (isTold && thenContinue)
                known.Signal(proc, new(pid, 0), Libc.SIGCONT);
            if (isTold)
                continue;
            if (!known.IsKnown(pid))
                (strangers ??= []).Add(pid);
            else if (known.Signal(proc, new(pid, 0), signal, thenContinue).IsOk)
                sent++;
        }

        for (int i = 0; i < (strangers?.Count ?? 0); i += PinnedMax)
        {
            List<int> some = strangers!.GetRange(i, Math.Min(PinnedMax, strangers.Count - i));
            sent += SignalPinned(cgroup, some, signal, thenContinue);
        }

        return listed.IsError && listed.Error != Errno.E2BIG ? listed : new SysResult(sent);
    }

    /// <summary>Kernels before cgroup.kill: SIGKILL until a round finds nobody new.</summary>
    internal static SysResult KillInRounds(UnitCgroup cgroup)
    {
        var killed = new HashSet<int>();
        for (int round = 0; round < RoundsMax; round++)
        {
            var pids = new List<int>();
            var listed = List(cgroup, pids);
            if (listed.IsError && listed.Error != Errno.E2BIG)
                return listed;
            pids.RemoveAll(killed.Contains);
            if (pids.Count == 0)
                return SysResult.Ok;
            for (int i = 0; i < pids.Count; i += PinnedMax)
            {
                List<int> some = pids.GetRange(i, Math.Min(PinnedMax, pids.Count - i));
                SignalPinned(cgroup, some, signal: 9, thenContinue: false);
            }

            killed.UnionWith(pids);
        }

        // Something forks as fast as it is killed; the caller's deadline comes back to it.
        return SysResult.Fail(Errno.EAGAIN);
    }

    /// <summary>
    /// Removes the cgroup's own directories below it, deepest first. EBUSY while one is in use.
    /// </summary>
    internal static SysResult RemoveBelow(UnitCgroup cgroup)
    {
        var opened = cgroup.OpenFile(default, Libc.O_RDONLY | Libc.O_DIRECTORY);
        if (opened.IsError)
            return opened;
        using var root = new FileDescriptor(opened.Value);
        var result = Walk(root, null, out var directories);
        for (int i = directories.Count - 1; i >= 0; i--)
        {
            var (directory, parent, name, _) = directories[i];
            directory.Dispose();
            int at = parent < 0 ? root.Number : directories[parent].Directory.Number;
            var removed = Files.RemoveDirectory(at, name);
            if (removed.IsError && removed.Error != Errno.ENOENT)
                result = removed;
        }

        return result;
    }

    private static int SignalPinned(
        UnitCgroup cgroup, List<int> pids, int signal, bool thenContinue)
    {
        var pinned = new List<(int Pid, FileDescriptor PidFd)>(pids.Count);
        foreach (int pid in pids)
        {
            if (PidFd.Open(pid).Value is { } pidfd)
                pinned.Add((pid, pidfd));
        }

        var still = new List<int>();
        List(cgroup, still);
        var members = new HashSet<int>(still);
        int sent = 0;
        foreach (var (pid, pidfd) in pinned)
        {
            if (members.Contains(pid) && PidFd.SendSignal(pidfd, signal).IsOk)
            {
                sent++;
                if (thenContinue)
                    PidFd.SendSignal(pidfd, Libc.SIGCONT);
            }

            pidfd.Dispose();
        }

        return sent;
    }

    /// <summary>Breadth first over the directories; the descriptors belong to the caller.</summary>
    private static SysResult Walk(
        FileDescriptor root,
        List<int>? pids,
        out List<(FileDescriptor Directory, int Parent, string Name, int Depth)> directories)
    {
        directories = [];
        var result = pids is null ? SysResult.Ok : ReadProcesses(root.Number, pids);
        for (int next = -1; result.IsOk && next < directories.Count; next++)
        {
            var current = next < 0 ? root : directories[next].Directory;
            int depth = next < 0 ? 0 : directories[next].Depth;
            var names = new List<string>();
            var listed = DirectoryList.Subdirectories(current, DirectoriesMax, names);
            if (listed.IsError)
                continue;
            foreach (string name in names)
            {
                if (directories.Count == DirectoriesMax || depth == DepthMax)
                {
                    result = SysResult.Fail(Errno.E2BIG);
                    break;
                }

                var opened = Files.Open(
                    current.Number, name, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW);
                if (opened.Value is not { } directory)
                    continue;
                directories.Add((directory, next, name, depth + 1));
                if (pids is not null)
                    result = ReadProcesses(directory.Number, pids) is { Error: Errno.E2BIG } full
                        ? full
                        : result;
            }
        }

        return result;
    }

    /// <summary>Those of one directory, without what is below it.</summary>
    internal static SysResult ReadProcesses(int directory, List<int> pids)
    {
        var opened = Files.Open(directory, "cgroup.procs", Libc.O_RDONLY);
        return opened.Value is { } file
            ? ReadProcesses(file, pids)
            : SysResult.Fail(opened.Error);
    }

    private static SysResult ReadProcesses(FileDescriptor opened, List<int> pids)
    {
        using FileDescriptor file = opened;
        Span<byte> buffer = stackalloc byte[4096];
        int kept = 0;
        while (true)
        {
            var read = file.Read(buffer[kept..]);

            // Threaded cgroups refuse (EOPNOTSUPP): their processes are listed above them.
            if (read.Error == Errno.EOPNOTSUPP)
                return SysResult.Ok;
            if (read.IsError || read.Value == 0)
                return read;
            var text = buffer[..(kept + read.Value)];
            while (text.IndexOf((byte)'\n') is >= 0 and var end)
            {
                if (pids.Count == ProcessesMax)
                    return SysResult.Fail(Errno.E2BIG);
                if (Utf8Parser.TryParse(text[..end], out int pid, out _) && pid > 0)
                    pids.Add(pid);
                text = text[(end + 1)..];
            }

            if (text.Length > 32)
                return SysResult.Fail(Errno.EBADMSG);
            kept = text.Length;
            text.CopyTo(buffer);
        }
    }
}
