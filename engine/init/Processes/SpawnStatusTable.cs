using InitTx.Linux.BlackBox;
using InitTx.Linux.Loop;

namespace InitTx.Init.Processes;

/// <summary>
/// Spawns between clone and exec: who is behind a status pipe. The pipe becomes readable when the
/// program was executed (end of file) or a step failed (a report). Keys are numbers of our own: a
/// child that has not executed yet holds a copy of the descriptor, so its number may come back
/// while the old registration still lives.
/// </summary>
internal sealed class SpawnStatusTable(EventLoop loop)
{
    private readonly Dictionary<ulong, Entry> _entries = [];
    private readonly Dictionary<int, ulong> _byPid = [];
    private ulong _next;

    public void Add(in SpawnResult spawn, Action<SpawnReport> finished)
    {
        ulong id = ++_next;
        _entries.Add(id, new Entry(spawn, finished));
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

    private static EventKey Key(ulong id) => new(EventKinds.SpawnStatus, id);

    private sealed record Entry(SpawnResult Spawn, Action<SpawnReport> Finished);
}
