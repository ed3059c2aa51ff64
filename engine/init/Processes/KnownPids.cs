using InitTx.Core;

namespace InitTx.Init.Processes;

/// <summary>Which unit each known, unreaped process belongs to: made by us, or adopted.</summary>
internal sealed class KnownPids
{
    private readonly Dictionary<int, UnitId> _units = [];

    public void Set(int pid, UnitId unit) => _units[pid] = unit;

    public void Remove(int pid) => _units.Remove(pid);

    public bool TryGet(int pid, out UnitId unit) => _units.TryGetValue(pid, out unit);

    /// <summary>Appends the pids of a unit.</summary>
    public void CopyOf(UnitId unit, List<int> into)
    {
        foreach (KeyValuePair<int, UnitId> known in _units)
        {
            if (known.Value == unit)
                into.Add(known.Key);
        }
    }
}
