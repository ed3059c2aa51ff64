namespace InitTx.Core;

/// <summary>
/// Which unit a process or a spawn token belongs to. A pid is in here from the moment it is known
/// until its exit is recorded; it belongs to one unit only (invariant I7).
/// </summary>
internal sealed class ProcessTable
{
    private readonly Dictionary<int, (ulong StartTicks, UnitRuntime Unit)> _processes = [];
    private readonly Dictionary<ulong, (UnitRuntime Unit, ExecRole Role)> _tokens = [];
    private readonly HashSet<ulong> _unwanted = [];

    /// <summary>
    /// The unit of a live process; a reused pid with another start time is a stranger.
    /// </summary>
    public UnitRuntime? OwnerOf(ProcessIdentity process) =>
        _processes.TryGetValue(process.Pid, out (ulong StartTicks, UnitRuntime Unit) entry)
        && (entry.StartTicks == process.StartTicks || entry.StartTicks == 0 || process.StartTicks == 0)
            ? entry.Unit
            : null;

    /// <summary>False when the pid belongs to another unit already.</summary>
    public bool TryAdd(ProcessIdentity process, UnitRuntime unit)
    {
        if (_processes.TryGetValue(process.Pid, out (ulong StartTicks, UnitRuntime Unit) entry)
            && entry.Unit != unit)
            return false;
        _processes[process.Pid] = (process.StartTicks, unit);
        return true;
    }

    public void Remove(ProcessIdentity process) => _processes.Remove(process.Pid);

    public void Expect(SpawnToken token, UnitRuntime unit, ExecRole role) =>
        _tokens[token.Value] = (unit, role);

    /// <summary>
    /// The unit that wanted this spawn, even when it has given up on it meanwhile.
    /// </summary>
    public bool TryFind(SpawnToken token, out UnitRuntime unit, out ExecRole role)
    {
        bool found = _tokens.TryGetValue(token.Value, out (UnitRuntime Unit, ExecRole Role) entry);
        (unit, role) = (entry.Unit, entry.Role);
        return found;
    }

    /// <summary>Whether what becomes of a spawn of the unit is not known yet.</summary>
    public bool Awaits(UnitRuntime unit)
    {
        foreach ((UnitRuntime wanted, _) in _tokens.Values)
        {
            if (wanted == unit)
                return true;
        }

        return false;
    }

    /// <summary>What comes of this spawn must not live, whatever a stop would let live.</summary>
    public void Condemn(SpawnToken token) => _unwanted.Add(token.Value);

    /// <inheritdoc cref="Condemn"/>
    public bool IsCondemned(SpawnToken token) => _unwanted.Contains(token.Value);

    public void Forget(SpawnToken token)
    {
        _tokens.Remove(token.Value);
        _unwanted.Remove(token.Value);
    }
}
