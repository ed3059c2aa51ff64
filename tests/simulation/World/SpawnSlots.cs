using InitTx.Core;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>
/// The black box's spawn slots: written before clone, the pid put in by the kernel, freed when
/// the outcome of the clone is committed. They outlive the manager.
/// </summary>
internal sealed class SpawnSlots
{
    private readonly List<SpawnSlot> _slots = [];

    /// <summary>Slots in use.</summary>
    public IReadOnlyList<SpawnSlot> Used => _slots;

    /// <summary>Takes a slot.</summary>
    public SpawnSlot Open(SpawnToken token, UnitName unit)
    {
        var slot = new SpawnSlot(token, unit);
        _slots.Add(slot);
        return slot;
    }

    /// <summary>Gives one back.</summary>
    public void Free(SpawnSlot slot) => _slots.Remove(slot);

    /// <summary>What recovery is told.</summary>
    public List<SlotFinding> Findings()
    {
        var list = new List<SlotFinding>(_slots.Count);
        foreach (SpawnSlot s in _slots)
        {
            bool executed = s.Process is { Executed: true, PipeLost: true };
            if (executed)
                s.Process!.ExecIsKnown = true;
            list.Add(new SlotFinding(
                s.Token, s.Process?.Identity ?? default, executed, s.Unit));
        }

        return list;
    }
}

/// <summary>One spawn under way.</summary>
internal sealed class SpawnSlot(SpawnToken token, UnitName unit)
{
    public SpawnToken Token { get; } = token;
    public UnitName Unit { get; } = unit;

    /// <summary>The process as soon as clone has made it.</summary>
    public SimulatedProcess? Process { get; set; }
}
