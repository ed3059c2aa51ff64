using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>What the shell reads to answer queries. Nothing here changes anything.</summary>
public sealed partial class Engine
{
    private static readonly UnitName RescueTarget = UnitName.Parse("rescue.target");
    private static readonly UnitName EmergencyTarget = UnitName.Parse("emergency.target");

    /// <summary>The manager's state as <c>is-system-running</c> tells it.</summary>
    public ManagerState State
    {
        get
        {
            if (IsStopping)
                return ManagerState.Stopping;
            if (!_hasBooted)
                return ManagerState.Initializing;
            if (_bootTransaction.Value != 0)
                return ManagerState.Starting;
            if (_hasNoGoal || IsUp(RescueTarget) || IsUp(EmergencyTarget))
                return ManagerState.Maintenance;
            return _failedUnits > 0 ? ManagerState.Degraded : ManagerState.Running;
        }
    }

    /// <summary>Installed jobs, oldest first.</summary>
    public IReadOnlyCollection<UnitJob> Jobs => Queue.Jobs;

    /// <summary>Transactions that have not ended, oldest first.</summary>
    public IReadOnlyList<TransactionRuntime> OpenTransactions => Book.Open;

    /// <summary>The last ended transactions, oldest first.</summary>
    public IReadOnlyCollection<TransactionRuntime> EndedTransactions => Book.Ended;

    /// <summary>
    /// An open transaction, or one of the last ended ones; null when it is neither.
    /// </summary>
    public TransactionRuntime? FindTransaction(TransactionId id) => Book.Find(id);

    /// <summary>
    /// What a request would do, without doing it: works before the boot and offline, changes
    /// nothing but the table of loaded units.
    /// </summary>
    public TransactionPlan Plan(ControlRequest request)
    {
        PlanDraft draft = TransactionPlanner.Plan(this, RequestOf(request));
        return PlanWriter.Write(draft, request);
    }

    private bool IsUp(UnitName name) =>
        Find(name) is { Active: ActiveState.Active or ActiveState.Activating };
}
