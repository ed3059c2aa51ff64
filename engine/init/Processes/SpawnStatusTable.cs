using System.Globalization;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Loop;

namespace InitTx.Init.Processes;

/// <summary>
/// Spawns between clone and exec: who is behind a status pipe. The pipe becomes readable when the
/// program was executed or the child is dead (end of file), or a step failed (a report). Keys are
/// numbers of our own: a child that has not executed yet holds a copy of the descriptor, so its
/// number may come back while the old registration still lives. A planned re-exec hands the pipes
/// over; a crash loses them (<see cref="ExecWatch"/>).
/// </summary>
internal sealed class SpawnStatusTable(EventLoop loop)
{
    /// <summary>What a name in the black box has room for.</summary>
    private const int MostProgram = 200;

    private readonly Dictionary<ulong, Entry> _entries = [];
    private readonly Dictionary<int, ulong> _byPid = [];
    private ulong _next;

    /// <param name="token">
    /// The spawn that it is; 0 for the manager's own, which are made anew.
    /// </param>
    /// <param name="program">What it is to execute, for messages.</param>
    public void Add(in SpawnResult spawn, ulong token, string program, Action<SpawnReport> finished)
    {
        ulong id = ++_next;
        _entries.Add(id, new Entry(spawn, token, program, finished));
        _byPid[spawn.Pid] = id;
        loop.Add(spawn.StatusFd, LoopEvents.Readable, Key(id), once: true);
    }

    /// <summary>
    /// A process has ended: what its pipe says comes before the exit, or the reason why a program
    /// could not be executed would be lost behind a bare exit status.
    /// </summary>
    public void OnEnded(int pid)
    {
        if (_byPid.TryGetValue(pid, out ulong id))
            OnReady(id);
    }

    public void OnReady(ulong id)
    {
        if (!_entries.TryGetValue(id, out Entry? entry))
            return;
        if (Shim.TryFinishSpawn(entry.Spawn, out SpawnReport report))
        {
            _entries.Remove(id);
            if (_byPid.GetValueOrDefault(entry.Spawn.Pid) == id)
                _byPid.Remove(entry.Spawn.Pid);
            entry.Finished(report);
        }
        else
        {
            loop.Rearm(entry.Spawn.StatusFd, LoopEvents.Readable, Key(id), once: true);
        }
    }

    /// <summary>
    /// The image is about to be replaced: the next one gets the pipes of the services' spawns. One
    /// that the black box has no room for is looked after as after a crash.
    /// </summary>
    /// <returns>True when none had to be left behind.</returns>
    public bool HandOver()
    {
        bool complete = true;
        foreach (Entry entry in _entries.Values)
        {
            if (entry.Token == 0)
                continue;
            string program = entry.Program.Length <= MostProgram
                ? entry.Program
                : entry.Program[..MostProgram];
            complete &= DescriptorRegistry.Register(
                entry.Spawn.StatusFd, DescriptorKind.SpawnStatus,
                entry.Spawn.Pid.ToString(CultureInfo.InvariantCulture), program, entry.Token) >= 0;
        }

        return complete;
    }

    /// <summary>It was not replaced.</summary>
    public void TakeBack()
    {
        foreach (Entry entry in _entries.Values)
        {
            if (entry.Token != 0)
                DescriptorRegistry.Unregister(entry.Spawn.StatusFd);
        }
    }

    /// <summary>Takes over what the image before this one handed over.</summary>
    /// <param name="finished">
    /// Called for each when its pipe speaks: token, pid, program, report.
    /// </param>
    /// <returns>The tokens of those spawns.</returns>
    public HashSet<ulong> TakeOver(
        IReadOnlyList<HeldDescriptor> held, Action<ulong, int, string, SpawnReport> finished)
    {
        var tokens = new HashSet<ulong>();
        foreach (HeldDescriptor entry in held)
        {
            if (entry.Kind != DescriptorKind.SpawnStatus)
                continue;
            DescriptorRegistry.Unregister(entry.Fd);
            if (!int.TryParse(
                entry.Unit, NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
                continue;
            (ulong token, string program) = (entry.Tag, entry.Name);
            var spawn = new SpawnResult(0, pid, -1, entry.Fd, SpawnFallback.None);
            Add(spawn, token, program, report => finished(token, pid, program, report));
            tokens.Add(token);
        }

        return tokens;
    }

    private static EventKey Key(ulong id) => new(EventKinds.SpawnStatus, id);

    private sealed record Entry(
        SpawnResult Spawn, ulong Token, string Program, Action<SpawnReport> Finished);
}
