using InitTx.Core.Activation;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Recovery;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// Instances that the manager makes by itself, one for each connection of an Accept=yes socket, and
/// forgets when they have ended, so that 100,000 connections leave nothing behind but rows:
/// <code>
/// ConnectionAccepted ─ Begin ─ its transaction ─ … down, no job, no open transaction
///                                                  │ ReleaseUnit: the shell lets go (cgroup, …)
///                                                  └ UnitReleased ─ Forget: table, edges, record
/// </code>
/// A failed one is kept to be looked at, unless CollectMode=inactive-or-failed says otherwise; of
/// those only the last <see cref="EngineLimits.FailedInstances"/>. One that another unit names
/// stays.
/// </summary>
public sealed partial class Engine
{
    private readonly Queue<UnitRuntime> _perhapsEnded = new();

    // Until the effects of the batch in which they were forgotten have run.
    private readonly Dictionary<int, UnitRuntime> _forgotten = [];

    /// <summary>Changes whenever a unit is added or forgotten.</summary>
    public int TableVersion { get; private set; }

    /// <summary>A transaction that one connection began.</summary>
    internal static bool IsOfConnection(TransactionRuntime transaction) =>
        transaction.CauseKind == CauseKind.Socket && transaction.Goals is [{ IsInstance: true }]
        && transaction.JobList.Exists(
            part => part.Unit == transaction.Goals[0]
                && !part.Runtime.Definition.AcceptedBy.IsNone);

    /// <summary>The unit serves a connection from now on.</summary>
    internal void Begin(
        UnitRuntime unit, UnitRuntime socket, AcceptCount count, ServedConnection connection)
    {
        MakeAccepted(unit, socket);
        unit.Connection = connection;
        count.Live.Add(unit);
        Out.Touch(unit);
    }

    /// <summary>It is an instance of the socket's from now on, and no user's.</summary>
    internal void MakeAccepted(UnitRuntime unit, UnitRuntime socket)
    {
        if (!unit.Definition.AcceptedBy.IsNone)
            return;
        unit.Definition = unit.Definition with { AcceptedBy = socket.Name };
        LinkToSocket(unit);
    }

    /// <summary>The connection, if the unit has one, is served no longer.</summary>
    internal void EndConnection(UnitRuntime unit)
    {
        if (unit.Connection is not { } served)
            return;
        unit.Connection = null;
        Out.Touch(unit);
        if (Find(unit.Definition.AcceptedBy) is not { } socket)
            return;
        socket.Accepting?.Live.Remove(unit);
        Out.Emit(new Effect.CloseConnection(socket.Id, served.Ticket));
    }

    /// <summary>Something of the unit has ended: it is looked at when all is quiet.</summary>
    internal void MayHaveEnded(UnitRuntime unit)
    {
        if (unit.Definition.AcceptedBy.IsNone || unit.MayHaveEnded || unit.HasLeft)
            return;
        unit.MayHaveEnded = true;
        _perhapsEnded.Enqueue(unit);
    }

    private void Accepted(EngineEvent.ConnectionAccepted e)
    {
        if (SocketAt(e.Unit) is { } socket)
            Sockets.Accepted(socket, e);
        else
            Out.Emit(new Effect.CloseConnection(e.Unit, e.Ticket));
    }

    private void LookAtInstance(UnitRuntime unit)
    {
        unit.MayHaveEnded = false;
        bool isDown = unit.Active is ActiveState.Inactive or ActiveState.Failed;
        if (!isDown || unit.Job is not null)
            return;
        EndConnection(unit);
        if (unit.Sub == SubState.Failed && !unit.Definition.CollectsFailed && !unit.IsDispensable)
            DispenseWithOldest();
        if (CanBeForgotten(unit))
            Out.Emit(new Effect.ReleaseUnit(unit.Id));
    }

    private void DispenseWithOldest()
    {
        UnitRuntime? oldest = null;
        int failed = 0;
        foreach (UnitRuntime unit in _units)
        {
            if (unit.Sub != SubState.Failed || unit.Definition.AcceptedBy.IsNone
                || unit.IsDispensable)
                continue;
            failed++;
            if (oldest is null || unit.SinceSeq < oldest.SinceSeq)
                oldest = unit;
        }

        if (failed <= Limits.FailedInstances || oldest is null)
            return;
        oldest.IsDispensable = true;
        MayHaveEnded(oldest);
    }

    private bool CanBeForgotten(UnitRuntime unit) =>
        !unit.Definition.AcceptedBy.IsNone && !unit.HasLeft && !unit.MayHaveEnded
        && (unit.Sub == SubState.Dead || (unit.Sub == SubState.Failed
            && (unit.Definition.CollectsFailed || unit.IsDispensable)))
        && unit is
        {
            Job: null, HasMain: false, HasControl: false, HasStore: false, Parts.Count: 0,
        }
        && unit.PrepareToken.Value == 0 && !HasMoved(unit) && !IsNamedByOthers(unit)
        && !Processes.Awaits(unit);

    private static bool IsNamedByOthers(UnitRuntime unit) =>
        unit.In.LeadsElsewhere(unit.Definition.AcceptedBy);

    private void Forget(UnitRuntime unit)
    {
        if (!CanBeForgotten(unit))
            return;
        Remove(unit);
        _forgotten.Add(unit.Id.Value, unit);

        // The counters in its record may be the highest.
        Out.TouchEngine();
        Out.Touch(unit);
        unit.IsRecorded = false;
    }

    private void Remove(UnitRuntime unit)
    {
        if (unit.Sub == SubState.Failed)
            _failedUnits--;
        Deadlines.Disarm(unit.StateDeadline);
        Deadlines.Disarm(unit.WatchdogDeadline);
        unit.Out.ForgetIn(unit);
        unit.Out.Clear();
        unit.In.ForgetOut(unit);
        unit.In.Clear();
        _byName.Remove(unit.Name);
        foreach (UnitName alias in unit.Definition.Aliases)
        {
            if (_byName.GetValueOrDefault(alias) == unit)
                _byName.Remove(alias);
        }

        _units.RemoveAt(IndexOf(unit.Id));
        Catalog.Forget(unit.Name);
        unit.HasLeft = true;
        TableVersion++;
    }

    // systemd: the socket triggers each instance and is stopped after it (Before=), and nothing
    // else: an instance outlives its socket.
    private void LinkToSocket(UnitRuntime unit)
    {
        UnitName by = unit.Definition.AcceptedBy;
        if (by.IsNone || !_byName.TryGetValue(by, out UnitRuntime? socket) || socket == unit)
            return;
        foreach (DependencyKind kind in (ReadOnlySpan<DependencyKind>)
            [DependencyKind.Before, DependencyKind.Triggers])
        {
            Link(socket, unit, new UnitDependency(
                kind, unit.Name, DependencyOrigin.Implicit, SourceLocation.BuiltIn));
        }
    }

    // What is held of definitions may be of instances that have ended since.
    private void JoinInstances(Restoration into)
    {
        foreach (UnitRuntime unit in into.HeldInstances)
        {
            if (!unit.IsRecorded && !IsNamedByOthers(unit))
                Remove(unit);
        }

        foreach (UnitRuntime unit in _units)
        {
            if (!unit.Definition.AcceptedBy.IsNone && unit.In[DependencyKind.Triggers].Count == 0)
                LinkToSocket(unit);
            if (unit.Connection is null || Find(unit.Definition.AcceptedBy) is not { } socket)
                continue;
            socket.Accepting ??= new AcceptCount();
            socket.Accepting.Live.Add(unit);
        }
    }
}
