using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// Whom the signal of a stop goes to, by KillMode= (systemd.kill(5)), and what becomes of a process
/// that nobody waits for any more. Appends to the outbox and knows nothing of states.
/// </summary>
internal sealed class UnitSignals(Engine engine)
{
    private Outbox Out => engine.Out;

    /// <summary>Signals the unit's processes, as far as KillMode= has them signalled.</summary>
    /// <param name="asks">
    /// It asks them to end and does not make them: SIGCONT comes with it, and SIGHUP as SendSIGHUP=
    /// says.
    /// </param>
    public void Send(UnitRuntime unit, int signal, bool asks)
    {
        switch (unit.Kill.Mode)
        {
            case KillMode.None:
                break;
            case KillMode.ControlGroup:
            case KillMode.Mixed when !asks:
                if (signal == SignalNames.Kill)
                    Out.Emit(new Effect.KillCgroup(unit.Id));
                else
                    SendTo(unit, SignalScope.Unit, default, signal, asks);
                break;
            case KillMode.Mixed when !unit.HasMain && !unit.HasControl:
                KillRest(unit);
                break;
            case KillMode.Mixed or KillMode.Process:
                SendToKnown(unit, signal, asks);
                break;
            default:
                throw Invariant.Unreachable("kill mode");
        }
    }

    /// <summary>
    /// KillMode=mixed once the main process has ended: what it left gets no time (systemd.kill(5)).
    /// </summary>
    public void KillRest(UnitRuntime unit)
    {
        if (unit.Kill.SendSigkill)
            Out.Emit(new Effect.KillCgroup(unit.Id));
    }

    /// <summary>
    /// The unit is down: what is left of it ends at once, but for what SendSIGKILL=no or another
    /// last signal lets live, which is the administrator's.
    /// </summary>
    public void KillLeftovers(UnitRuntime unit)
    {
        bool kills = unit.Kill is
        {
            Mode: KillMode.ControlGroup or KillMode.Mixed,
            SendSigkill: true,
            FinalKillSignal: SignalNames.Kill,
        };
        if (kills && unit.Leftovers != Leftovers.None)
            Out.Emit(new Effect.KillCgroup(unit.Id));
        unit.Leftovers = Leftovers.None;
    }

    /// <summary>A process that was being made when the stop began learns of it now.</summary>
    public void SendToLatecomer(
        UnitRuntime unit, ProcessIdentity process, int signal, bool asks)
    {
        if (unit.Kill.Mode != KillMode.None)
            SendTo(unit, SignalScope.Process, process, signal, asks);
    }

    /// <summary>
    /// Nobody waits for a process from here on, which may still be in the making: a row says so,
    /// and its end will be a stranger's.
    /// </summary>
    public void GiveUp(
        UnitRuntime unit, ExecRole role, ProcessIdentity process, SpawnToken token)
    {
        string what = engine.Processes.IsCondemned(token)
            ? "killed: it took too long"
            : unit.Kill.Mode == KillMode.None
                ? "left running: KillMode=none"
                : "still there after the last signal; it is left alone from here on";
        Out.Process(unit, role, "lost", process.Pid, unit.Why.With(what));

        // What is still in the making is met once more, as one that was given up.
        if (process.IsNone)
            return;
        engine.Processes.Remove(process);
        engine.Processes.Forget(token);
    }

    /// <summary>
    /// A process has come of a spawn that was given up. It must not live, but for one that
    /// KillMode=none would have let live a moment earlier, when its pid was not known yet.
    /// </summary>
    public void SendToGivenUp(UnitRuntime unit, SpawnToken token, ProcessIdentity process)
    {
        if (unit.Kill.Mode != KillMode.None || engine.Processes.IsCondemned(token))
            SendTo(unit, SignalScope.Process, process, SignalNames.Kill, asks: false);
    }

    private void SendToKnown(UnitRuntime unit, int signal, bool asks)
    {
        if (!unit.MainProcess.IsNone)
            SendTo(unit, SignalScope.Process, unit.MainProcess, signal, asks);
        if (!unit.ControlProcess.IsNone)
            SendTo(unit, SignalScope.Process, unit.ControlProcess, signal, asks);
    }

    private void SendTo(
        UnitRuntime unit, SignalScope scope, ProcessIdentity process, int signal, bool asks)
    {
        // A stopped process cannot act on SIGTERM before SIGCONT.
        Out.Emit(new Effect.Signal(unit.Id, scope, process, signal, ThenContinue: asks));
        if (asks && unit.Kill.SendSighup)
            Out.Emit(new Effect.Signal(unit.Id, scope, process, SignalNames.Hup, false));
    }
}
