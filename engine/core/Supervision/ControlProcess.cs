using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// The one program that a mount, a swap or a socket runs at a time, from the intent to its end,
/// with a row for each step. It judges nothing: what an end means is its supervisor's to say.
/// </summary>
internal sealed class ControlProcess(Engine engine)
{
    /// <summary>How the row of a process reads whose end nobody saw.</summary>
    public const string LostText = "it ended while the manager was away; how is not known";

    private readonly UnitSignals _signals = new(engine);

    private Outbox Out => engine.Out;

    /// <summary>Has it made; the unit's state has so long for it.</summary>
    /// <param name="command">Which of the role's commands.</param>
    public void Run(UnitRuntime unit, ExecRole role, long timeoutUs, int command = 0)
    {
        Out.Touch(unit);
        Leave(unit);
        unit.ControlRole = role;
        unit.ControlToken = engine.NewSpawnToken(unit, role);
        unit.ControlSeq = Out.Process(unit, role, "intended", 0, unit.Why);
        Out.Emit(new Effect.Spawn(unit.ControlToken, unit.Id, role, command, []));
        engine.ArmState(unit, timeoutUs);
    }

    /// <summary>False for one that nobody waits for any more.</summary>
    public bool Spawned(UnitRuntime unit, SpawnToken token, ProcessIdentity process)
    {
        if (unit.ControlToken != token || !engine.Processes.TryAdd(process, unit))
        {
            _signals.SendToGivenUp(unit, token, process);
            return false;
        }

        Out.Touch(unit);
        unit.ControlProcess = process;
        Say(unit, "started", CauseOf(unit));
        return true;
    }

    public void Executed(UnitRuntime unit, SpawnToken token)
    {
        if (unit.ControlToken != token)
            return;
        Out.Touch(unit);
        Say(unit, "executed", CauseOf(unit));
    }

    /// <summary>True when with this there is none.</summary>
    public bool Failed(UnitRuntime unit, SpawnToken token, bool processExists, string why)
    {
        if (unit.ControlToken != token)
            return false;
        Out.Touch(unit);
        Say(unit, "failed", CauseOf(unit).With(why));
        unit.FailureText ??= why;
        if (!processExists)
            unit.ControlToken = default;
        return !processExists;
    }

    /// <summary>How it ended; null for another process.</summary>
    public UnitResult? Exited(UnitRuntime unit, ProcessIdentity process, ExitKind kind, int code)
    {
        engine.Processes.Remove(process);
        if (unit.ControlProcess.Pid != process.Pid)
            return null;
        Out.Touch(unit);
        unit.ControlSeq = Out.Process(
            unit, unit.ControlRole, "exited", process.Pid,
            new Cause(CauseKind.Exit, unit.ControlSeq), kind, code);
        (unit.ControlProcess, unit.ControlToken) = (default, default);
        return ExitRule.Classify(kind, code, isDaemon: false, ExitStatusSet.Empty);
    }

    /// <summary>
    /// After a crash: the intent has no process. False when it is not the unit's.
    /// </summary>
    public bool DidNotRun(UnitRuntime unit, SpawnToken token)
    {
        engine.Processes.Forget(token);
        if (unit.ControlToken != token || !unit.ControlProcess.IsNone)
            return false;
        Out.Touch(unit);
        unit.ControlToken = default;
        Say(unit, "failed", new Cause(CauseKind.Recovery, unit.ControlSeq, "did not run"));
        return true;
    }

    /// <summary>
    /// After a crash: it ended, and nobody knows how. False for another process.
    /// </summary>
    public bool Lost(UnitRuntime unit, ProcessIdentity process)
    {
        engine.Processes.Remove(process);
        if (unit.ControlProcess.Pid != process.Pid)
            return false;
        Out.Touch(unit);
        Say(unit, "lost", new Cause(CauseKind.Recovery, unit.ControlSeq, LostText));
        engine.Processes.Forget(unit.ControlToken);
        (unit.ControlProcess, unit.ControlToken) = (default, default);
        return true;
    }

    /// <summary>
    /// Nobody waits for it from here on; one in an uninterruptible wait may live on.
    /// </summary>
    public void Leave(UnitRuntime unit)
    {
        if (unit.HasControl)
            _signals.GiveUp(unit, unit.ControlRole, unit.ControlProcess, unit.ControlToken);
        (unit.ControlProcess, unit.ControlToken) = (default, default);
    }

    private void Say(UnitRuntime unit, string what, Cause cause) => unit.ControlSeq = Out.Process(
        unit, unit.ControlRole, what, unit.ControlProcess.Pid, cause);

    private static Cause CauseOf(UnitRuntime unit) => new(unit.Why.Kind, unit.ControlSeq);
}
