using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// The way down, in stages that only go forward, each with a deadline: the units stop in order,
/// then the shell ends what is left, unmounts and leaves. From any state the end is reached within
/// <see cref="EngineLimits.ShutdownTimeoutUs"/> + 3 ×
/// <see cref="EngineLimits.ShutdownStageTimeoutUs"/>.
/// </summary>
public sealed partial class Engine
{
    private readonly Deadline _managerDeadline;
    private ShutdownKind? _shutdown;

    /// <summary>For a reboot, of the boot loader; for an exit, the status in decimal.</summary>
    private string? _shutdownArgument;

    private TransactionId _shutdownTransaction;

    /// <summary>Null while the units still stop.</summary>
    private ShutdownStage? _stage;

    /// <summary>A shutdown has begun; nothing is started any more.</summary>
    public bool IsStopping => _shutdown is not null;

    /// <summary>The shell ends what the units have left: no image is replaced now.</summary>
    public bool IsLeaving => _stage is not null;

    /// <summary>What the shutdown ends in; null when there is none.</summary>
    public ShutdownKind? Shutdown => _shutdown;

    private void RequestShutdown(ControlRequest request, ShutdownKind kind)
    {
        if (IsStopping)
        {
            Refuse(request, ExitCode.Refused, "the system is going down already");
            return;
        }

        long seq = Out.Request(request, accepted: true, TextOf(request));
        BeginShutdown(kind, force: false, request.Requester,
            new Cause(CauseKind.Request, seq), request);
    }

    /// <param name="force">The units are not asked: straight to ending every process.</param>
    private void BeginShutdown(
        ShutdownKind kind, bool force, Requester requester, Cause cause, ControlRequest? request,
        string? argument = null)
    {
        if (IsStopping)
        {
            if (force && _stage is null)
                EnterStage(ShutdownStage.TerminateAll);
            return;
        }

        _shutdown = kind;
        _shutdownArgument = kind is ShutdownKind.Reboot or ShutdownKind.Exit ? argument : null;
        Out.TouchEngine();
        Say($"Going down: {kind}.");
        foreach (TransactionRuntime queued in (TransactionRuntime[])[.. Book.Queued])
            Decline(RequestOf(queued), queued, ExitCode.Refused, "the system is going down");
        TransactionRuntime transaction = StopAllUnits(kind, requester, cause, request);
        if (force)
            EnterStage(ShutdownStage.TerminateAll);
        else if (transaction.IsOpen)
            Deadlines.Set(_managerDeadline, AfterNow(Limits.ShutdownTimeoutUs));
    }

    private TransactionRuntime StopAllUnits(
        ShutdownKind kind, Requester requester, Cause cause, ControlRequest? request)
    {
        TransactionRuntime[] open = [.. Book.Open];
        TransactionRuntime transaction = Book.New(VerbOf(kind));
        _shutdownTransaction = transaction.Id;
        transaction.Requester = requester;
        transaction.Reason = request?.Reason;
        foreach (TransactionRuntime other in open)
            Book.Cancel(other, cause.With("the system is going down"));

        var draft = new PlanDraft(new PlanRequest(
            transaction.Verb, [], JobMode.Replace, IsBoot: true));
        for (int i = 0; i < _units.Count; i++)
        {
            UnitRuntime unit = _units[i];
            if (unit.GoalActive)
                Out.Touch(unit);
            unit.GoalActive = false;
            if (StopsAtShutdown(unit))
                draft.Get(unit)[JobKind.Stop] = new Wish(JobKind.Stop, null, null, isHard: false);
        }

        Pass5MergeAndDrop.Run(draft);
        Pass6CheckOrder.Run(this, draft);
        Invariant.Require(!draft.IsRefused, "a shutdown plan is never refused");
        if (request is not null)
        {
            Reply(request.Id, new EngineReply.Accepted(transaction.Id, draft.Jobs.Count));
            if (!request.NoBlock)
                transaction.Watchers.Add(new Watcher(request.Id, CancelsWhenGone: false));
        }

        TransactionInstaller.Install(this, draft, transaction, cause.With(null));
        return transaction;
    }

    private void EndOfUnitStage(TransactionRuntime transaction)
    {
        if (transaction.Id == _shutdownTransaction && _stage is null)
            EnterStage(_isUserManager ? ShutdownStage.Final : ShutdownStage.TerminateAll);
    }

    private void StageDone(ShutdownStage stage, string detail)
    {
        if (_stage != stage || stage == ShutdownStage.Final)
            return;
        if (detail.Length > 0)
            Say($"{stage}: {detail}");
        EnterStage(stage + 1);
    }

    private void ManagerDue()
    {
        if (!IsStopping || _stage == ShutdownStage.Final)
            return;
        if (_stage is { } stage)
        {
            Say($"{stage} took too long, going on.");
            EnterStage(stage + 1);
            return;
        }

        foreach (UnitJob job in Queue.Jobs)
            Say($"{job.Unit.Name} is still {StateWords.Of(job.Unit.Sub)}: its time is over.");
        EnterStage(_isUserManager ? ShutdownStage.Final : ShutdownStage.TerminateAll);
    }

    private void EnterStage(ShutdownStage stage)
    {
        _stage = stage;
        Out.TouchEngine();
        ThawAll();
        Out.Emit(new Effect.Shutdown(stage, _shutdown!.Value, _shutdownArgument));
        Deadlines.Set(_managerDeadline, stage == ShutdownStage.Final
            ? Deadline.Never
            : AfterNow(Limits.ShutdownStageTimeoutUs));
    }

    // Devices and slices have nothing to stop. Mounts and swaps that no file declares are the
    // Unmount stage's: a container's are its host's, and nobody has ordered anything by them.
    private static bool StopsAtShutdown(UnitRuntime unit) =>
        unit.Active is not (ActiveState.Inactive or ActiveState.Failed)
        && (unit.Name.Kind is UnitKind.Service or UnitKind.Socket or UnitKind.Target
            or UnitKind.Scope or UnitKind.Timer or UnitKind.Path
            || (unit.Name.Kind is UnitKind.Mount or UnitKind.Swap or UnitKind.Automount
                && !unit.Definition.IsFromKernel && GoesBeforeUmount(unit)));

    // DefaultDependencies=yes of all but what the system stands on.
    private static bool GoesBeforeUmount(UnitRuntime unit)
    {
        foreach (UnitEdge edge in unit.Out[DependencyKind.Conflicts])
        {
            if (edge.Other.Name.Value == "umount.target")
                return true;
        }

        return false;
    }

    private static ShutdownKind KindOf(RequestVerb verb) => verb switch
    {
        RequestVerb.Reboot => ShutdownKind.Reboot,
        RequestVerb.Halt => ShutdownKind.Halt,
        RequestVerb.Kexec => ShutdownKind.Kexec,
        _ => ShutdownKind.Poweroff,
    };

    private static RequestVerb VerbOf(ShutdownKind kind) => kind switch
    {
        ShutdownKind.Reboot => RequestVerb.Reboot,
        ShutdownKind.Halt => RequestVerb.Halt,
        ShutdownKind.Kexec => RequestVerb.Kexec,
        ShutdownKind.Poweroff or ShutdownKind.Exit => RequestVerb.Poweroff,
        _ => throw Invariant.Unreachable("shutdown kind"),
    };

    // Starting poweroff.target and its kin is the old way to ask for a shutdown.
    private ShutdownKind? ShutdownTargetOf(ControlRequest request) =>
        request.Verb is RequestVerb.Start or RequestVerb.Isolate && request.Units.Count == 1
            ? ShutdownOf(GetOrLoad(request.Units[0]).Name)
            : null;

    private static ShutdownKind? ShutdownOf(UnitName target) => target.Value switch
    {
        "poweroff.target" => ShutdownKind.Poweroff,
        "reboot.target" => ShutdownKind.Reboot,
        "halt.target" => ShutdownKind.Halt,
        "kexec.target" => ShutdownKind.Kexec,
        _ => null,
    };
}
