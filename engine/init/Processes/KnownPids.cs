using InitTx.Core;

namespace InitTx.Init.Processes;

/// <summary>Which unit each known, unreaped process belongs to: made by us, or adopted.</summary>
internal sealed class KnownPids
{
    private readonly Dictionary<int, UnitId> _units = [];

    public void Set(int pid, UnitId unit) => _units[pid] = unit;

    public void Remove(int pid) => _units.Remove(pid);

    /// <summary>Whether the unit has one beside this.</summary>
    public bool HasOther(UnitId unit, int pid)
    {
        foreach (KeyValuePair<int, UnitId> known in _units)
        {
            if (known.Value == unit && known.Key != pid)
                return true;
        }

        return false;
    }

    public bool TryGet(int pid, out UnitId unit) => _units.TryGetValue(pid, out unit);
}
