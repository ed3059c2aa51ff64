using InitTx.Core;

namespace InitTx.Simulation.Invariants;

/// <summary>Says in what two engines differ, for a person.</summary>
internal static class Difference
{
    /// <summary>The first unit whose read model differs, or that none does.</summary>
    public static string Of(Engine memory, Engine replay)
    {
        foreach (UnitRuntime a in memory.Units)
        {
            UnitRuntime? b = replay.Find(a.Name);
            if (b is null)
                return $"; {a.Name} is missing";
            string left = Describe(a);
            string right = Describe(b);
            if (left != right)
                return $"; {a.Name}: memory {left}, store {right}";
        }

        return "; the units look alike, the engine's own state differs";
    }

    private static string Describe(UnitRuntime u) =>
        $"{u.Sub}/{u.Result}/{u.GoalActive} main {u.MainProcess.Pid}:{u.MainToken.Value}"
        + $" control {u.ControlProcess.Pid}:{u.ControlToken.Value}:{u.ControlRole} since"
        + $" {u.SinceSeq}"
        + $" due {u.DeadlineUs} job {u.Job?.Id.Value}:{u.Job?.Kind}:{u.Job?.IsRunning} restarts"
        + $" {u.Restarts}"
        + $" tx {u.Transaction.Value} prepare {u.PrepareToken.Value} watchdog"
        + $" {u.WatchdogDeadlineUs}";
}
