using Stateless;

namespace InitTx.Core.Lifecycle;

/// <summary>
/// The unit that a machine works on at the moment; machines are shared by all units of a type.
/// </summary>
internal sealed class LifecycleCell
{
    private UnitRuntime? _unit;

    /// <summary>
    /// Only within <see cref="UnitLifecycle.Apply(UnitRuntime, ServiceTrigger, Cause)"/>.
    /// </summary>
    public UnitRuntime Unit
    {
        get
        {
            Invariant.Require(_unit is not null, "a machine works only on a unit given to Apply");
            return _unit;
        }
    }

    public bool IsBusy => _unit is not null;

    public void Enter(UnitRuntime unit)
    {
        Invariant.Require(_unit is null, "no trigger is fired from within a transition");
        _unit = unit;
    }

    public void Leave() => _unit = null;

    /// <summary>
    /// A machine with its state outside. Immediate: the queued mode would remember the trigger but
    /// not the unit that it was meant for.
    /// </summary>
    public Lifecycle<TTrigger> NewMachine<TTrigger>()
        where TTrigger : struct, Enum =>
        new(new(() => _unit?.Sub ?? SubState.Dead, s => Unit.Sub = s, FiringMode.Immediate));
}

/// <summary>Configures forks: one trigger, several ends, a pure function that picks one.</summary>
internal sealed class Roads<TTrigger>(Lifecycle<TTrigger> machine, LifecycleCell cell)
    where TTrigger : struct, Enum
{
    /// <summary>
    /// Permits each end under the guard that the function leads there; exactly one guard holds, by
    /// construction.
    /// </summary>
    /// <param name="what">The guard in words, as diagrams and rejected rows show it.</param>
    public void Fork(
        SubState from,
        TTrigger trigger,
        string what,
        Func<UnitRuntime, SubState> next,
        ReadOnlySpan<SubState> ends)
    {
        foreach (SubState end in ends)
        {
            machine.Configure(from).PermitIf(
                trigger, end, () => next(cell.Unit) == end, $"{what} is {StateWords.Of(end)}");
        }
    }
}
