using System.Runtime.CompilerServices;
using Stateless;

namespace InitTx.Core.Lifecycle;

/// <summary>
/// A machine whose triggers are of one enum, so that a type of units cannot be sent another's.
/// Inside they are bytes: each enum would be a copy of the whole library in the executable, 50 kB
/// of code and types.
/// </summary>
internal readonly struct Lifecycle<TTrigger>(StateMachine<SubState, byte> machine)
    where TTrigger : struct, Enum
{
    /// <summary>The machine as the library has it: it tells triggers as numbers.</summary>
    public StateMachine<SubState, byte> Machine => machine;

    /// <summary>What a trigger does in a state is added to the result.</summary>
    public LifecycleState<TTrigger> Configure(SubState state) => new(machine.Configure(state));
}

/// <summary>The rules of one state; each method adds one and returns the state.</summary>
internal readonly struct LifecycleState<TTrigger>(
    StateMachine<SubState, byte>.StateConfiguration state)
    where TTrigger : struct, Enum
{
    public LifecycleState<TTrigger> Permit(TTrigger trigger, SubState to)
    {
        state.Permit(NumberOf(trigger), to);
        return this;
    }

    /// <param name="what">The guard in words.</param>
    public LifecycleState<TTrigger> PermitIf(
        TTrigger trigger, SubState to, Func<bool> guard, string what)
    {
        state.PermitIf(NumberOf(trigger), to, guard, what);
        return this;
    }

    /// <summary>The trigger is expected and changes nothing.</summary>
    public LifecycleState<TTrigger> Ignore(TTrigger trigger)
    {
        state.Ignore(NumberOf(trigger));
        return this;
    }

    public LifecycleState<TTrigger> OnEntry(Action action)
    {
        state.OnEntry(action);
        return this;
    }

    /// <summary>The same for an action that asks which trigger it was.</summary>
    public LifecycleState<TTrigger> OnEntryBy(Action<TTrigger> action)
    {
        state.OnEntry(transition =>
        {
            byte number = transition.Trigger;
            action(Unsafe.As<byte, TTrigger>(ref number));
        });
        return this;
    }

    /// <summary>The same for an action that asks which state it was before.</summary>
    public LifecycleState<TTrigger> OnEntryFrom(Action<SubState> action)
    {
        state.OnEntry(transition => action(transition.Source));
        return this;
    }

    /// <summary>All triggers are enums of a byte.</summary>
    private static byte NumberOf(TTrigger trigger) => Unsafe.As<TTrigger, byte>(ref trigger);
}
