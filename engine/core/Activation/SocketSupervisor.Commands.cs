using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Supervision;
using InitTx.Units.Model;

namespace InitTx.Core.Activation;

/// <summary>
/// ExecStartPre=, ExecStartPost=, ExecStopPre= and ExecStopPost= of [Socket] (systemd.socket(5)):
/// the first runs before the sockets are opened, the second behind that, the third before they are
/// closed, the last behind that. Promises:
/// <list type="number">
/// <item>one command at a time; the next of a list comes when the one before it ended well;</item>
/// <item>each has TimeoutSec=, and so has each signal that ends one;</item>
/// <item>a failure in the start fails the unit, one in the stop only ends its list;</item>
/// <item>what commands left behind ends with the unit, as KillMode= says.</item>
/// </list>
/// </summary>
internal sealed partial class SocketSupervisor
{
    private readonly ControlProcess _control = new(engine);
    private readonly UnitSignals _signals = new(engine);

    /// <inheritdoc/>
    public void Spawned(UnitRuntime unit, SpawnToken token, ProcessIdentity process)
    {
        if (!_control.Spawned(unit, token, process))
            return;
        unit.Leftovers = Leftovers.Some;
        if (IsSignalling(unit.Sub))
            _signals.SendToLatecomer(unit, process, SignalOf(unit), Asks(unit.Sub));
        else if (IsGivenUp(unit))
            KillCommand(unit);
    }

    /// <inheritdoc/>
    public void Executed(UnitRuntime unit, SpawnToken token) => _control.Executed(unit, token);

    /// <inheritdoc/>
    public void SpawnFailed(UnitRuntime unit, SpawnToken token, bool processExists, string why)
    {
        if (_control.Failed(unit, token, processExists, why))
            Ended(unit, UnitResult.Resources, new Cause(CauseKind.Exit, unit.ControlSeq, why));
    }

    /// <inheritdoc/>
    public void Exited(
        UnitRuntime unit, ProcessIdentity process, ExitKind kind, int code, bool? cgroupEmpty)
    {
        if (_control.Exited(unit, process, kind, code) is not { } outcome)
            return;
        unit.Leftovers = ExitRule.LeftoversOf(cgroupEmpty);
        if (IgnoresFailure(unit))
            outcome = UnitResult.Success;
        else if (outcome != UnitResult.Success)
            unit.FailureText ??= ExitText(unit, kind, code);
        Ended(unit, outcome, new Cause(CauseKind.Exit, unit.ControlSeq));
    }

    /// <summary>The unit's cgroup is empty.</summary>
    public void CgroupEmptied(UnitRuntime unit)
    {
        if (!unit.AwaitsEmptyCgroup)
            return;
        Out.Touch(unit);
        unit.Leftovers = Leftovers.None;
        if (IsFinal(unit.Sub))
        {
            Fire(unit, SocketTrigger.ProcessesGone,
                new Cause(CauseKind.Exit, unit.SinceSeq, "no process is left"));
        }
    }

    /// <inheritdoc/>
    public void FoundAlive(
        UnitRuntime unit, SpawnToken token, ProcessIdentity process, bool executed)
    {
        if (unit.ControlProcess.IsNone)
            Spawned(unit, token, process);
        if (executed)
            Executed(unit, token);
    }

    /// <inheritdoc/>
    public void DidNotRun(UnitRuntime unit, SpawnToken token)
    {
        if (_control.DidNotRun(unit, token) && HasCommands(unit.Sub))
            RunCommand(unit, unit.ControlRole, unit.CommandIndex);
    }

    /// <inheritdoc/>
    public void Lost(UnitRuntime unit, ProcessIdentity process)
    {
        if (!_control.Lost(unit, process))
            return;
        unit.Leftovers = Leftovers.Unknown;
        unit.FailureText ??= ControlProcess.LostText;
        Ended(unit, UnitResult.Resources, new Cause(
            CauseKind.Recovery, unit.ControlSeq, ControlProcess.LostText));
    }

    /// <summary>Goes on where a state had nothing to wait for.</summary>
    public void Continue(UnitRuntime unit)
    {
        if (unit.HasControl)
            return;
        if (HasCommands(unit.Sub))
            Fire(unit, SocketTrigger.Proceed, unit.Why);
        else if (IsSignalling(unit.Sub))
            WhenGone(unit, unit.Why);
    }

    /// <summary>
    /// Something could not be done for the unit at all, which is on record: when none of its
    /// signals reaches the command, this is why.
    /// </summary>
    public void EffectFailed(UnitRuntime unit, Cause cause)
    {
        if (IsSignalling(unit.Sub))
            unit.FailureText ??= cause.Text;
    }

    public void EnterCommands(UnitRuntime unit, ExecRole role)
    {
        // Traffic may wait until the unit listens again, but a service must not begin now.
        if (role == ExecRole.StopPre)
            Out.Emit(new Effect.PollSockets(unit.Id, Enable: false));
        else if (role == ExecRole.StopPost)
            Out.Emit(new Effect.CloseSockets(unit.Id));
        RunCommand(unit, role, 0);
    }

    public void EnterSignalling(UnitRuntime unit)
    {
        if (unit.Sub == SubState.FinalSigterm)
            Out.Emit(new Effect.CloseSockets(unit.Id));
        Engine.ArmState(unit, Settings(unit).TimeoutUs);
        SendStateSignal(unit);
    }

    /// <summary>
    /// The unit went down shortly before a crash, which may have cost what followed.
    /// </summary>
    public void ResumeDown(UnitRuntime unit)
    {
        if (unit.ControlSeq == 0)
            return;
        unit.Leftovers = Leftovers.Unknown;
        KeepNothing(unit);
    }

    private void RunCommand(UnitRuntime unit, ExecRole role, int index)
    {
        unit.CommandIndex = index;
        if (index < ExecRoles.Commands(unit.Definition, role).Count)
        {
            _control.Run(unit, role, Settings(unit).TimeoutUs, index);
            return;
        }

        // A reload made the list shorter while it ran.
        Out.Touch(unit);
        Engine.Follow(unit);
    }

    /// <summary>There is no command any more; what it came to is on record.</summary>
    private void Ended(UnitRuntime unit, UnitResult outcome, Cause cause)
    {
        Out.Touch(unit);
        Note(unit, outcome);
        bool failed = outcome != UnitResult.Success || IsGivenUp(unit);
        bool hasNext = unit.CommandIndex + 1
            < ExecRoles.Commands(unit.Definition, unit.ControlRole).Count;
        if (IsSignalling(unit.Sub))
            WhenGone(unit, cause);
        else if (hasNext && !failed)
            RunCommand(unit, unit.ControlRole, unit.CommandIndex + 1);
        else if (failed && unit.Sub is SubState.StartPre or SubState.StartPost)
            Fire(unit, SocketTrigger.Failed, cause.With(unit.FailureText));
        else
            Fire(unit, SocketTrigger.Proceed, cause);
    }

    // Before the sockets are closed only the command is waited for, as under systemd; at the end
    // whatever it left.
    private void WhenGone(UnitRuntime unit, Cause cause)
    {
        if (IsFinal(unit.Sub) ? !ServicePath.HasPrey(unit) : !unit.HasControl)
            Fire(unit, SocketTrigger.ProcessesGone, cause);
        else if (unit.Kill.Mode == KillMode.Mixed && !unit.HasControl)
            _signals.KillRest(unit);
    }

    private void TimeOutCommand(UnitRuntime unit, Cause cause)
    {
        string text = $"{StateWords.Of(unit.Sub)} took longer than TimeoutSec="
            + Durations.Words(Settings(unit).TimeoutUs);
        if (unit.Sub == SubState.StartPost)
        {
            EndStartPost(unit, UnitResult.Timeout, text, SocketTrigger.TimedOut, cause);
            return;
        }

        if (unit.Result == UnitResult.Success)
            unit.FailureText ??= text;
        Note(unit, UnitResult.Timeout);
        Out.Touch(unit);
        Fire(unit, SocketTrigger.TimedOut, cause.With(text));
    }

    // Two commands never run at once: when others are to come, this one is killed first and has
    // its time once more to be gone. Otherwise the end of the unit ends it, and asks before.
    private void EndStartPost(
        UnitRuntime unit, UnitResult result, string why, SocketTrigger trigger, Cause cause)
    {
        Out.Touch(unit);
        bool othersFollow =
            SocketPath.FromStopPre(unit) is SubState.StopPre or SubState.StopPost;
        bool kills = othersFollow && !IsGivenUp(unit) && unit.HasControl
            && unit.Kill.Mode != KillMode.None;
        if (unit.Result == UnitResult.Success)
            unit.FailureText ??= why;
        Note(unit, result);
        if (kills)
        {
            Out.Remark(unit, cause.With(why + "; the command is killed"));
            Engine.ArmState(unit, Settings(unit).TimeoutUs);
            KillCommand(unit);
            return;
        }

        if (othersFollow)
            _control.Leave(unit);
        Fire(unit, trigger, cause.With(why));
    }

    private void KillCommand(UnitRuntime unit)
    {
        if (unit.ControlProcess.IsNone)
            return;
        Out.Emit(new Effect.Signal(
            unit.Id, SignalScope.Process, unit.ControlProcess,
            unit.Kill.SendSigkill ? unit.Kill.FinalKillSignal : unit.Kill.KillSignal,
            ThenContinue: false));
    }

    // Its ExecStartPost= is killed; only then the failure takes its way.
    private static bool IsGivenUp(UnitRuntime unit) =>
        unit.Sub == SubState.StartPost && unit.Result != UnitResult.Success;

    private void KeepNothing(UnitRuntime unit)
    {
        _signals.KillLeftovers(unit);
        Out.Emit(new Effect.CleanUp(unit.Id, KeepDirectories: false));
    }

    private void SendStateSignal(UnitRuntime unit) =>
        _signals.Send(unit, SignalOf(unit), Asks(unit.Sub));

    private static int SignalOf(UnitRuntime unit) => unit.Sub switch
    {
        SubState.StopPreSigterm => unit.Job is { Kind: Job.JobKind.Restart }
            && unit.Kill.RestartKillSignal is { } signal ? signal : unit.Kill.KillSignal,
        SubState.FinalSigterm => unit.Kill.KillSignal,
        SubState.StopPreSigkill or SubState.FinalSigkill => unit.Kill.FinalKillSignal,
        _ => throw Invariant.Unreachable("not a state that signals"),
    };

    // The first failure is the one that counts.
    private static void Note(UnitRuntime unit, UnitResult outcome)
    {
        if (unit.Result == UnitResult.Success)
            unit.Result = outcome;
    }

    private static bool IgnoresFailure(UnitRuntime unit) => CommandOf(unit) is { } command
        && (command.Flags & ExecCommandFlags.IgnoreFailure) != 0;

    private static string ExitText(UnitRuntime unit, ExitKind kind, int code)
    {
        string program = $"{ExecRoles.Word(unit.ControlRole)} command {CommandOf(unit)?.Path}";
        return kind == ExitKind.Exited
            ? FormattableString.Invariant($"{program} ended with status {code}")
            : $"{program} was ended by {SignalNames.Of(code)}";
    }

    // Null when a reload has taken it out of the list meanwhile.
    private static ExecCommand? CommandOf(UnitRuntime unit)
    {
        IReadOnlyList<ExecCommand> list = ExecRoles.Commands(unit.Definition, unit.ControlRole);
        return unit.CommandIndex < list.Count ? list[unit.CommandIndex] : null;
    }

    private static bool HasCommands(SubState state) => state is SubState.StartPre
        or SubState.StartPost or SubState.StopPre or SubState.StopPost;

    private static bool IsSignalling(SubState state) => IsFinal(state)
        || state is SubState.StopPreSigterm or SubState.StopPreSigkill;

    private static bool IsFinal(SubState state) =>
        state is SubState.FinalSigterm or SubState.FinalSigkill;

    private static bool Asks(SubState state) =>
        state is SubState.StopPreSigterm or SubState.FinalSigterm;
}
