using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// Mounts and swaps. The kernel's table says what is there, whoever brought it about; mount(8),
/// umount(8), swapon(8) and swapoff(8) in a process of the unit's own bring it about for us, and no
/// call that a dead disk or server could hold is made by the manager. Promises:
/// <list type="number">
/// <item>a unit is up exactly while the table has its entry and no program of ours works on it;
/// </item>
/// <item>every state with a program has a deadline, and the last signal's ends the waiting;</item>
/// <item>the root and the file systems of the kernel are never unmounted;</item>
/// <item>a unit that no file declares is never mounted by us.</item>
/// </list>
/// </summary>
internal sealed class MountSupervisor(Engine engine)
    : ConditionedSupervisor<MountTrigger>(engine, Common), IMountActions, IProcessSupervisor
{
    // One mount may lie upon another at the same place: systemd tries as often.
    private const int UnmountsMax = 32;

    private static readonly CommonTriggers<MountTrigger> Common = new(
        MountTrigger.Proceed, MountTrigger.ConditionUnmet, MountTrigger.StartRefused,
        MountTrigger.Stop, MountTrigger.ResetFailed);

    private readonly ControlProcess _control = new(engine);

    /// <inheritdoc/>
    public override string? Start(UnitRuntime unit, Cause cause)
    {
        if (unit.Definition.IsFromKernel)
        {
            return $"no unit file says what to do about {PathOf(unit)}: somebody else had it; "
                + $"write {unit.Name.Value}";
        }

        BeginRun(unit);
        unit.ReloadResult = UnitResult.Success;
        if (MountCommands.Of(unit.Definition, StartRole(unit)) is null)
        {
            string why = unit.Definition.LoadError ?? "the unit does not say what to mount (What=)";
            Refuse(unit, UnitResult.Resources, why, cause);
            return why;
        }

        if (!ServicePath.NeedsCheck(unit) && Limited(unit) is { } limit)
            return limit;
        Fire(unit, MountTrigger.Start, cause);
        return null;
    }

    /// <inheritdoc/>
    public override string? Stop(UnitRuntime unit, Cause cause)
    {
        if (unit.Active is ActiveState.Active or ActiveState.Reloading)
        {
            if (unit.Definition.Mount is { } mount && MountedUnits.StaysMounted(mount.Where))
                return $"{mount.Where} stays mounted as long as the system runs";
            BeginRun(unit);
            unit.CommandIndex = 0;
        }

        return base.Stop(unit, cause);
    }

    /// <inheritdoc/>
    public override bool CanReload(UnitRuntime unit) => unit.Name.Kind == UnitKind.Mount
        && !unit.Definition.IsFromKernel && unit.Definition.Mount is { What: not null };

    /// <inheritdoc/>
    public override string? Reload(UnitRuntime unit, Cause cause)
    {
        if (!CanReload(unit))
        {
            return unit.Name.Kind == UnitKind.Swap
                ? "a swap cannot reload"
                : "no unit file says with which options to mount it anew";
        }

        unit.ReloadResult = UnitResult.Success;
        unit.FailureText = null;
        Fire(unit, MountTrigger.Reload, cause);
        return null;
    }

    /// <inheritdoc/>
    public override void TimedOut(UnitRuntime unit, Cause cause)
    {
        if (unit.Sub == SubState.Condition)
        {
            base.TimedOut(unit, cause);
            return;
        }

        string text = $"{StateWords.Of(unit.Sub)} took longer than TimeoutSec="
            + Durations.Words(TimeoutUs(unit));
        if (unit.Sub == SubState.Remounting)
            unit.ReloadResult = UnitResult.Timeout;
        else if (!IsSignalling(unit.Sub))
            Note(unit, UnitResult.Timeout, text);
        Out.Touch(unit);
        Fire(unit, MountTrigger.TimedOut, cause.With(text));
    }

    /// <inheritdoc/>
    public override void ResetFailed(UnitRuntime unit, Cause cause)
    {
        unit.Starts.Clear();
        Out.Touch(unit);
        base.ResetFailed(unit, cause);
    }

    /// <summary>The kernel's table was read.</summary>
    public void Observed(UnitRuntime unit, bool present, Cause cause)
    {
        bool waitsForThis = IsWorking(unit.Sub) && !unit.HasControl;
        bool isNews = unit.IsPresent != present;
        if (isNews)
        {
            unit.IsPresent = present;
            Out.Touch(unit);
        }

        bool isUp = unit.Sub == StandingStates.UpStateOf(unit.Name.Kind);
        if (present && (isNews || IsDown(unit)))
            Change(unit, MountTrigger.Appeared, cause);
        else if (!present && (isNews || isUp) && !unit.Definition.IsPerpetual)
            Change(unit, MountTrigger.Vanished, cause);
        if (waitsForThis && IsWorking(unit.Sub) && !unit.HasControl)
            Ended(unit, UnitResult.Success, cause);
    }

    /// <summary>Goes on where a state had nothing to wait for.</summary>
    public void Continue(UnitRuntime unit)
    {
        if (IsSignalling(unit.Sub) && !unit.HasControl)
            Fire(unit, MountTrigger.Ended, unit.Why);
    }

    /// <inheritdoc/>
    public void Spawned(UnitRuntime unit, SpawnToken token, ProcessIdentity process)
    {
        // One that was being made when its time was over learns of it now.
        if (_control.Spawned(unit, token, process) && IsSignalling(unit.Sub))
            SendSignal(unit, KillsNow(unit.Sub), onlyTheProgram: true);
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
        if (outcome != UnitResult.Success && !IsSignalling(unit.Sub))
            unit.FailureText ??= ExitText(unit, kind, code);
        Ended(unit, outcome, new Cause(CauseKind.Exit, unit.ControlSeq));
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
        if (_control.DidNotRun(unit, token) && IsWorking(unit.Sub) && !IsSignalling(unit.Sub))
            _control.Run(unit, unit.ControlRole, TimeoutUs(unit));
    }

    /// <summary>
    /// Its status is lost, but not what it did: the table is read after a crash, and says so.
    /// </summary>
    public void Lost(UnitRuntime unit, ProcessIdentity process) => _control.Lost(unit, process);

    /// <summary>Something could not be done for the unit at all, which is on record.</summary>
    public void EffectFailed(UnitRuntime unit, Cause cause)
    {
        if (IsSignalling(unit.Sub))
            unit.FailureText ??= cause.Text;
    }

    /// <inheritdoc/>
    public override void Resume(UnitRuntime unit, Cause cause, bool isPlanned)
    {
        base.Resume(unit, cause, isPlanned);
        if (!isPlanned && IsSignalling(unit.Sub) && unit.HasControl)
            SendSignal(unit, KillsNow(unit.Sub), onlyTheProgram: false);
    }

    public void EnterCommand(UnitRuntime unit, ExecRole role) =>
        _control.Run(unit, role, TimeoutUs(unit));

    public void EnterSignalling(UnitRuntime unit, bool kills)
    {
        Engine.ArmState(unit, TimeoutUs(unit));
        if (unit.HasControl)
            SendSignal(unit, kills, onlyTheProgram: false);
        else
            Engine.Follow(unit);
    }

    public void EnterUp(UnitRuntime unit) => Settle(unit);

    public void EnterDown(UnitRuntime unit)
    {
        Settle(unit);
        KeepNothing(unit);
    }

    /// <summary>
    /// The unit went down shortly before a crash, which may have cost what followed.
    /// </summary>
    public void ResumeDown(UnitRuntime unit) => KeepNothing(unit);

    private void KeepNothing(UnitRuntime unit)
    {
        if (unit.ControlSeq == 0)
            return;

        // A FUSE program ends by itself once its mount is gone; a failure leaves nothing.
        if (unit.Result != UnitResult.Success
            && unit.Kill.Mode is KillMode.ControlGroup or KillMode.Mixed)
            Out.Emit(new Effect.KillCgroup(unit.Id));
        Out.Emit(new Effect.CleanUp(unit.Id, KeepDirectories: false));
    }

    /// <inheritdoc/>
    protected override void Ready(UnitRuntime unit, Cause cause)
    {
        if (Limited(unit) is null)
            base.Ready(unit, cause);
    }

    protected override void Fire(UnitRuntime unit, MountTrigger trigger, Cause cause) =>
        Engine.Lifecycle.Apply(unit, trigger, cause);

    private void Settle(UnitRuntime unit)
    {
        unit.PrepareToken = default;
        if (unit.Result == UnitResult.Success)
            unit.FailureText = null;
        _control.Leave(unit);
    }

    private void Change(UnitRuntime unit, MountTrigger trigger, Cause cause)
    {
        // Somebody else's doing: no failure of ours is left of it, and no transaction moved it.
        if (!IsWorking(unit.Sub))
        {
            BeginRun(unit);
            if (unit.Job is null)
                unit.Transaction = default;
        }

        // What the table shows in the middle gives the program no more time than it had.
        long due = unit.DeadlineUs;
        Fire(unit, trigger, cause);
        if (IsWorking(unit.Sub) && due != Deadline.Never)
            Engine.Deadlines.Set(unit.StateDeadline, due);
    }

    /// <summary>The program is no more, and the table that was read since is on the unit.</summary>
    private void Ended(UnitRuntime unit, UnitResult outcome, Cause cause)
    {
        switch (unit.Sub)
        {
            case SubState.Mounting or SubState.Activating
                when outcome == UnitResult.Success && !unit.IsPresent:
                Note(unit, UnitResult.Protocol,
                    $"{Program(unit)} ended well, but the kernel does not have {PathOf(unit)}");
                break;
            case SubState.Unmounting when outcome == UnitResult.Success && unit.IsPresent:
                if (unit.CommandIndex + 1 < UnmountsMax)
                {
                    unit.CommandIndex++;
                    _control.Run(unit, ExecRole.Unmount, TimeoutUs(unit));
                    return;
                }

                Note(unit, UnitResult.Protocol, FormattableString.Invariant(
                    $"still mounted after {UnmountsMax} times umount(8)"));
                break;
            case SubState.Unmounting or SubState.Deactivating when !unit.IsPresent:
                // Gone is gone, whoever did it.
                break;
            case SubState.Remounting:
                unit.ReloadResult = outcome;
                break;
            case var _ when IsSignalling(unit.Sub):
                break;
            default:
                Note(unit, outcome, null);
                break;
        }

        Out.Touch(unit);
        Fire(unit, MountTrigger.Ended, cause.With(
            unit.Result == UnitResult.Success ? null : unit.FailureText));
    }

    private void SendSignal(UnitRuntime unit, bool kills, bool onlyTheProgram)
    {
        int signal = kills ? unit.Kill.FinalKillSignal : unit.Kill.KillSignal;

        // What else is in the cgroup may serve the file system that is only mounted anew.
        bool whole = !onlyTheProgram && unit.Kill.Mode is KillMode.ControlGroup or KillMode.Mixed
            && unit.Sub is not (SubState.RemountingSigterm or SubState.RemountingSigkill);
        if (unit.Kill.Mode == KillMode.None)
            return;
        if (whole && signal == SignalNames.Kill)
            Out.Emit(new Effect.KillCgroup(unit.Id));
        else if (whole)
            Out.Emit(new Effect.Signal(unit.Id, SignalScope.Unit, default, signal, !kills));
        else if (!unit.ControlProcess.IsNone)
            Out.Emit(new Effect.Signal(
                unit.Id, SignalScope.Process, unit.ControlProcess, signal, !kills));
    }

    // The first failure is the one that counts.
    private static void Note(UnitRuntime unit, UnitResult result, string? why)
    {
        if (unit.Result != UnitResult.Success)
            return;
        unit.Result = result;
        unit.FailureText ??= why;
    }

    private static string ExitText(UnitRuntime unit, ExitKind kind, int code) =>
        kind == ExitKind.Exited
            ? FormattableString.Invariant($"{Program(unit)} ended with status {code}")
            : $"{Program(unit)} was ended by {SignalNames.Of(code)}";

    private static string Program(UnitRuntime unit) =>
        MountCommands.Of(unit.Definition, unit.ControlRole)?.Path
            ?? ExecRoles.Word(unit.ControlRole);

    private static string PathOf(UnitRuntime unit) =>
        unit.Definition.Mount?.Where ?? unit.Definition.Swap?.What ?? unit.Name.Value;

    private static ExecRole StartRole(UnitRuntime unit) =>
        unit.Name.Kind == UnitKind.Mount ? ExecRole.Mount : ExecRole.SwapOn;

    private static long TimeoutUs(UnitRuntime unit) =>
        unit.Definition.Mount?.TimeoutUs ?? unit.Definition.Swap?.TimeoutUs
            ?? new MountSettings().TimeoutUs;

    private static bool IsDown(UnitRuntime unit) =>
        unit.Active is ActiveState.Inactive or ActiveState.Failed;

    private static bool IsWorking(SubState state) =>
        IsSignalling(state) || state is SubState.Mounting or SubState.MountingDone
            or SubState.Remounting or SubState.Unmounting or SubState.Activating
            or SubState.ActivatingDone or SubState.Deactivating;

    private static bool IsSignalling(SubState state) => KillsNow(state)
        || state is SubState.RemountingSigterm or SubState.UnmountingSigterm
            or SubState.DeactivatingSigterm;

    private static bool KillsNow(SubState state) => state is SubState.RemountingSigkill
        or SubState.UnmountingSigkill or SubState.DeactivatingSigkill;
}
