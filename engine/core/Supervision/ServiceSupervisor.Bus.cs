using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// Type=dbus (systemd.service(5)): the service is up while one of its processes owns BusName=. The
/// name is watched from before the main process is made until the unit is down for good; the time
/// that a start may wait for it is TimeoutStartSec=.
/// </summary>
internal sealed partial class ServiceSupervisor
{
    /// <summary>The name has an owner among the unit's processes, or has none.</summary>
    public void BusNameChanged(UnitRuntime unit, bool owned)
    {
        if (unit.Service.Type != ServiceType.Dbus || unit.OwnsBusName == owned)
            return;
        Out.Touch(unit);
        unit.OwnsBusName = owned;
        if (unit.Sub == SubState.Start && owned)
        {
            Fire(unit, ServiceTrigger.Proceed, new Cause(
                CauseKind.Notify, unit.MainSeq, $"{unit.Service.BusName} is on the bus"));
        }
        else if (unit.Sub == SubState.Running && !owned)
        {
            Fire(unit, ServiceTrigger.BusNameLost, new Cause(
                CauseKind.Notify, unit.MainSeq, $"{unit.Service.BusName} is gone from the bus"));
        }
    }

    /// <summary>A reload may have made it Type=dbus, or given it another name.</summary>
    public void Redefined(UnitRuntime unit)
    {
        if (unit.Active is ActiveState.Active or ActiveState.Activating or ActiveState.Reloading)
            WatchBusName(unit);
        else if (unit.Sub is SubState.Dead or SubState.Failed)
            EndStore(unit, restartFollows: false);
    }

    private void WatchBusName(UnitRuntime unit)
    {
        if (unit.Service.Type == ServiceType.Dbus)
            Out.Emit(new Effect.WatchBusName(unit.Id, Enable: true));
    }

    private void ForgetBusName(UnitRuntime unit)
    {
        if (unit.Service.Type == ServiceType.Dbus)
            Out.Emit(new Effect.WatchBusName(unit.Id, Enable: false));
    }
}
