using InitTx.Simulation.Randomness;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>
/// The freezer of cgroups: who is in a frozen one does nothing and hears no signal but SIGKILL
/// until it is let go on; then all that was held comes at once, in order.
/// </summary>
internal sealed partial class SimulatedProcesses
{
    private const int UnfreezableOneIn = 8;

    private readonly List<UnitName> _frozen = [];
    private readonly List<(SimulatedProcess Process, Action Action)> _held = [];

    /// <summary>Frozen cgroups, in the order in which they were frozen.</summary>
    public IReadOnlyList<UnitName> Frozen => _frozen;

    /// <summary>How often a process had to wait.</summary>
    public int TimesHeld { get; private set; }

    /// <summary>
    /// The Freeze effect; false where the kernel would not, for ever the same units.
    /// </summary>
    public bool Freeze(UnitName unit, bool on)
    {
        if (on)
        {
            ulong drawn = world.Seed.Draw(Purpose.Process, -9, world.Ordinal(unit));
            if (!_cgroups.Contains(unit) || drawn % UnfreezableOneIn == 0)
                return false;
            if (!_frozen.Contains(unit))
                _frozen.Add(unit);
            return true;
        }

        if (_frozen.Remove(unit))
            GoOn(unit);
        return true;
    }

    /// <summary>The process is suspended.</summary>
    public bool IsHeld(SimulatedProcess process) =>
        _frozen.Count > 0 && process.Alive && _frozen.Contains(process.Unit);

    /// <summary>It does this when it is let go on.</summary>
    public void Hold(SimulatedProcess process, Action action)
    {
        TimesHeld++;
        _held.Add((process, action));
    }

    /// <summary>Plans something that a process does by itself.</summary>
    public void Act(long delayUs, SimulatedProcess process, int what, Action action) =>
        world.Later(delayUs, process.Unit, what, () =>
        {
            if (IsHeld(process))
                Hold(process, action);
            else
                action();
        });

    private void GoOn(UnitName unit)
    {
        foreach ((SimulatedProcess process, Action action) in
            (List<(SimulatedProcess, Action)>)[.. _held.Where(h => h.Process.Unit == unit)])
        {
            Act(0, process, 31, action);
        }

        _held.RemoveAll(h => h.Process.Unit == unit);
    }

    private void Remove(UnitName unit)
    {
        _cgroups.Remove(unit);
        _frozen.Remove(unit);
        _held.RemoveAll(h => h.Process.Unit == unit);
    }
}
