using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// Whom the signal of a stop goes to, by KillMode= (systemd.kill(5)); for services and sockets.
/// Appends to the outbox and knows nothing of states.
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
