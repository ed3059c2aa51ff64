using InitTx.Core.Lifecycle;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// The descriptor store (sd_notify(3), FDSTORE=1): what a service leaves with the manager to find
/// it again in its next run. The shell holds the descriptors, over re-execs and crashes as well;
/// this says whose they are and until when.
/// </summary>
internal sealed partial class ServiceSupervisor
{
    /// <summary>The name of what is stored without one (sd_pid_notify_with_fds(3)).</summary>
    private const string StoredName = "stored";

    private void TakeDescriptors(UnitRuntime unit, NotifyMessage message)
    {
        bool isUp = unit.Active is ActiveState.Activating or ActiveState.Active
            or ActiveState.Reloading or ActiveState.Deactivating;
        if (message.RemovesDescriptors && unit.HasStore)
        {
            Out.Emit(new Effect.ReleaseDescriptors(
                unit.Id, message.DescriptorName ?? StoredName));
        }

        if (message.Ticket == 0)
            return;
        if (!message.StoresDescriptors || !isUp || unit.Service.FileDescriptorStoreMax == 0)
        {
            DropDescriptors(unit, message);
            return;
        }

        unit.HasStore = true;
        Out.Touch(unit);
        Out.Emit(new Effect.StoreDescriptors(
            unit.Id, message.Ticket, message.DescriptorName ?? StoredName, message.KeepsBroken));
    }

    private void DropDescriptors(UnitRuntime unit, NotifyMessage message)
    {
        if (message.Ticket != 0)
            Out.Emit(new Effect.DropDescriptors(unit.Id, message.Ticket));
    }

    /// <summary>
    /// A job of the unit has ended: the restart that its store was kept for may not have come.
    /// </summary>
    public void LookAtStore(UnitRuntime unit)
    {
        bool isDown = unit.Active is ActiveState.Inactive or ActiveState.Failed;
        if (isDown && unit is { HasStore: true, Job: null })
            EndStore(unit, restartFollows: false);
    }

    /// <summary>The unit is down: what it stored goes, unless the next run is to find it.</summary>
    private void EndStore(UnitRuntime unit, bool restartFollows)
    {
        bool keeps = unit.Service.StorePreserve switch
        {
            StorePreserve.Yes => true,
            StorePreserve.Restart => restartFollows,
            StorePreserve.No => false,
            _ => throw Invariant.Unreachable("store preserve"),
        };
        if (keeps || !unit.HasStore)
            return;
        unit.HasStore = false;
        Out.Touch(unit);
        Out.Emit(new Effect.ReleaseDescriptors(unit.Id, null));
    }
}
