using InitTx.Units.Model;

namespace InitTx.Core.Lifecycle;

/// <summary>
/// What a mount or a swap does on entering a state; appends to the outbox, arms deadlines, cannot
/// fail.
/// </summary>
internal interface IMountActions
{
    void EnterCondition(UnitRuntime unit);

    /// <summary>A state with a program, from one in which that program does not run yet.</summary>
    void EnterCommand(UnitRuntime unit, ExecRole role);

    /// <param name="kills">The last signal, else the one that asks.</param>
    void EnterSignalling(UnitRuntime unit, bool kills);
    void EnterUp(UnitRuntime unit);
    void EnterDown(UnitRuntime unit);
}

/// <summary>
/// The life of mounts and swaps (systemd.mount(5), systemd.swap(5)): the kernel's table says what
/// is, a program of the system brings it about. One machine for both, with each one's words. Where
/// a program ends, the table decides: <c>present</c> below. Drawn in docs/generated/states-mount.md
/// and -swap.md.
/// </summary>
internal static class MountStates
{
    private readonly record struct Names(
        SubState Starting,
        SubState StartingDone,
        SubState Up,
        SubState Stopping,
        SubState StoppingSigterm,
        SubState StoppingSigkill);

    private static readonly Names OfMount = new(
        SubState.Mounting, SubState.MountingDone, SubState.Mounted, SubState.Unmounting,
        SubState.UnmountingSigterm, SubState.UnmountingSigkill);

    private static readonly Names OfSwap = new(
        SubState.Activating, SubState.ActivatingDone, SubState.Active, SubState.Deactivating,
        SubState.DeactivatingSigterm, SubState.DeactivatingSigkill);

    /// <summary>The sub-states of the kind, in the order of its diagram.</summary>
    public static SubState[] Of(UnitKind kind)
    {
        Names n = NamesOf(kind);
        SubState[] start = [SubState.Dead, SubState.Condition, n.Starting, n.StartingDone, n.Up];
        SubState[] stop = [n.Stopping, n.StoppingSigterm, n.StoppingSigkill, SubState.Failed];
        return kind == UnitKind.Mount
            ?
            [
                .. start, SubState.Remounting, SubState.RemountingSigterm,
                SubState.RemountingSigkill, .. stop,
            ]
            : [.. start, .. stop];
    }

    public static Lifecycle<MountTrigger> Define(
        LifecycleCell cell, IMountActions actions, UnitKind kind)
    {
        Names n = NamesOf(kind);
        var machine = cell.NewMachine<MountTrigger>();
        var roads = new Roads<MountTrigger>(machine, cell);
        Down(machine, roads, n);
        Starting(machine, roads, n);
        machine.Configure(n.Up)
            .Permit(MountTrigger.Stop, n.Stopping)
            .Permit(MountTrigger.Vanished, SubState.Dead)
            .Ignore(MountTrigger.Appeared);
        if (kind == UnitKind.Mount)
            Remounting(machine, roads);
        Stopping(machine, roads, n);
        Entries(machine, cell, actions, kind);
        return machine;
    }

    private static Names NamesOf(UnitKind kind) => kind == UnitKind.Mount ? OfMount : OfSwap;

    private static void Down(
        Lifecycle<MountTrigger> machine, Roads<MountTrigger> roads, Names n)
    {
        ReadOnlySpan<SubState> down = [SubState.Dead, SubState.Failed];
        foreach (SubState state in down)
        {
            roads.Fork(state, MountTrigger.Start, "first step",
                unit => ServicePath.NeedsCheck(unit) ? SubState.Condition : n.Starting,
                [SubState.Condition, n.Starting]);
            machine.Configure(state)
                .Permit(MountTrigger.Appeared, n.Up)
                .Ignore(MountTrigger.Vanished)
                .Ignore(MountTrigger.Stop);
        }

        machine.Configure(SubState.Dead)
            .Permit(MountTrigger.StartRefused, SubState.Failed)
            .Ignore(MountTrigger.ResetFailed);
        machine.Configure(SubState.Failed)
            .Ignore(MountTrigger.StartRefused)
            .Permit(MountTrigger.ResetFailed, SubState.Dead);
    }

    private static void Starting(
        Lifecycle<MountTrigger> machine, Roads<MountTrigger> roads, Names n)
    {
        machine.Configure(SubState.Condition)
            .Permit(MountTrigger.Proceed, n.Starting)
            .Permit(MountTrigger.ConditionUnmet, SubState.Dead)
            .Permit(MountTrigger.StartRefused, SubState.Failed)
            .Permit(MountTrigger.Appeared, n.Up)
            .Permit(MountTrigger.Stop, SubState.Dead)
            .Ignore(MountTrigger.Vanished);

        // Without the table saying so, success of the program alone makes nothing mounted.
        roads.Fork(n.Starting, MountTrigger.Ended, "the table",
            unit => unit.IsPresent ? n.Up : EndOf(unit), [n.Up, SubState.Dead, SubState.Failed]);
        machine.Configure(n.Starting)
            .Permit(MountTrigger.Appeared, n.StartingDone)
            .Ignore(MountTrigger.Vanished)
            .Permit(MountTrigger.TimedOut, n.StoppingSigterm)
            .Permit(MountTrigger.Stop, n.StoppingSigterm);

        // A FUSE program may make the mount and give it up again before mount(8) ends.
        machine.Configure(n.StartingDone)
            .Ignore(MountTrigger.Appeared)
            .Permit(MountTrigger.Vanished, n.Starting)
            .Permit(MountTrigger.Ended, n.Up)
            .Permit(MountTrigger.TimedOut, n.StoppingSigterm)
            .Permit(MountTrigger.Stop, n.StoppingSigterm);
    }

    // A remount that fails or hangs leaves the mount as it is.
    private static void Remounting(
        Lifecycle<MountTrigger> machine, Roads<MountTrigger> roads)
    {
        static SubState Left(UnitRuntime unit) =>
            unit.IsPresent ? SubState.Mounted : SubState.Dead;
        machine.Configure(SubState.Mounted).Permit(MountTrigger.Reload, SubState.Remounting);
        ReadOnlySpan<SubState> states =
            [SubState.Remounting, SubState.RemountingSigterm, SubState.RemountingSigkill];
        foreach (SubState state in states)
        {
            roads.Fork(state, MountTrigger.Ended, "the table", Left,
                [SubState.Mounted, SubState.Dead]);
            machine.Configure(state)
                .Ignore(MountTrigger.Appeared)
                .Ignore(MountTrigger.Vanished)
                .Permit(MountTrigger.Stop, state == SubState.RemountingSigkill
                    ? SubState.UnmountingSigkill
                    : SubState.UnmountingSigterm);
        }

        machine.Configure(SubState.Remounting)
            .Permit(MountTrigger.TimedOut, SubState.RemountingSigterm);
        roads.Fork(SubState.RemountingSigterm, MountTrigger.TimedOut, "stage",
            unit => unit.Kill.SendSigkill ? SubState.RemountingSigkill : Left(unit),
            [SubState.RemountingSigkill, SubState.Mounted, SubState.Dead]);
        roads.Fork(SubState.RemountingSigkill, MountTrigger.TimedOut, "the table", Left,
            [SubState.Mounted, SubState.Dead]);
    }

    private static void Stopping(
        Lifecycle<MountTrigger> machine, Roads<MountTrigger> roads, Names n)
    {
        SubState Left(UnitRuntime unit) => unit.IsPresent ? n.Up : EndOf(unit);

        // What a stop has killed on its way up may be there all the same: then the stop goes on.
        SubState AfterKill(UnitRuntime unit) =>
            unit.IsPresent && unit.Result == UnitResult.Success ? n.Stopping : Left(unit);
        SubState[] ends = [n.Up, SubState.Dead, SubState.Failed];

        roads.Fork(n.Stopping, MountTrigger.Ended, "the table", Left, ends);
        machine.Configure(n.Stopping).Permit(MountTrigger.TimedOut, n.StoppingSigterm);
        ReadOnlySpan<SubState> signalling = [n.StoppingSigterm, n.StoppingSigkill];
        foreach (SubState state in signalling)
        {
            roads.Fork(state, MountTrigger.Ended, "the table", AfterKill, [n.Stopping, .. ends]);
        }

        roads.Fork(n.StoppingSigterm, MountTrigger.TimedOut, "stage",
            unit => unit.Kill.SendSigkill ? n.StoppingSigkill : AfterKill(unit),
            [n.StoppingSigkill, n.Stopping, .. ends]);
        roads.Fork(n.StoppingSigkill, MountTrigger.TimedOut, "the table", AfterKill,
            [n.Stopping, .. ends]);
        ReadOnlySpan<SubState> all = [n.Stopping, n.StoppingSigterm, n.StoppingSigkill];
        foreach (SubState state in all)
        {
            machine.Configure(state)
                .Ignore(MountTrigger.Appeared)
                .Ignore(MountTrigger.Vanished)
                .Ignore(MountTrigger.Stop);
        }
    }

    private static void Entries(
        Lifecycle<MountTrigger> machine, LifecycleCell cell, IMountActions actions,
        UnitKind kind)
    {
        Names n = NamesOf(kind);
        bool isMount = kind == UnitKind.Mount;
        machine.Configure(SubState.Condition).OnEntry(() => actions.EnterCondition(cell.Unit));
        machine.Configure(SubState.Dead).OnEntry(() => actions.EnterDown(cell.Unit));
        machine.Configure(SubState.Failed).OnEntry(() => actions.EnterDown(cell.Unit));
        machine.Configure(n.Up).OnEntry(() => actions.EnterUp(cell.Unit));
        machine.Configure(n.Starting).OnEntryFrom(before =>
        {
            if (before != n.StartingDone)
                actions.EnterCommand(cell.Unit, isMount ? ExecRole.Mount : ExecRole.SwapOn);
        });
        machine.Configure(n.Stopping).OnEntry(() =>
            actions.EnterCommand(cell.Unit, isMount ? ExecRole.Unmount : ExecRole.SwapOff));
        machine.Configure(n.StoppingSigterm)
            .OnEntry(() => actions.EnterSignalling(cell.Unit, false));
        machine.Configure(n.StoppingSigkill)
            .OnEntry(() => actions.EnterSignalling(cell.Unit, true));
        if (!isMount)
            return;
        machine.Configure(SubState.Remounting)
            .OnEntry(() => actions.EnterCommand(cell.Unit, ExecRole.Remount));
        machine.Configure(SubState.RemountingSigterm)
            .OnEntry(() => actions.EnterSignalling(cell.Unit, false));
        machine.Configure(SubState.RemountingSigkill)
            .OnEntry(() => actions.EnterSignalling(cell.Unit, true));
    }

    private static SubState EndOf(UnitRuntime unit) =>
        unit.Result == UnitResult.Success ? SubState.Dead : SubState.Failed;
}
