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
    private ulong _next;

    public int Count => _entries.Count;

    public void Add(in SpawnResult spawn, Action<SpawnReport> finished)
    {
        ulong id = ++_next;
        _entries.Add(id, new Entry(spawn, finished));
        loop.Add(spawn.StatusFd, LoopEvents.Readable, new EventKey(EventKinds.SpawnStatus, id), once: true);
    }

    public void OnReady(ulong id)
    {
        if (!_entries.TryGetValue(id, out Entry? entry))
            return;
        if (Shim.TryFinishSpawn(entry.Spawn, out SpawnReport report))
        {
            _entries.Remove(id);
            entry.Finished(report);
        }
        else
        {
            loop.Rearm(
                entry.Spawn.StatusFd, LoopEvents.Readable, new EventKey(EventKinds.SpawnStatus, id), once: true);
        }
    }

    private sealed record Entry(SpawnResult Spawn, Action<SpawnReport> Finished);
}
