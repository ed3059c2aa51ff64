namespace InitTx.Protocol;

/// <summary>
/// Every method that the control socket answers: a closed set. The names on the wire are those of
/// <see cref="ManagerInterface"/>.
/// </summary>
public enum ManagerMethod : byte
{
    /// <summary>org.varlink.service.GetInfo.</summary>
    GetInfo,

    /// <summary>org.varlink.service.GetInterfaceDescription.</summary>
    GetInterfaceDescription,

    Ping,
    GetVersion,
    GetManager,
    GetUnits,
    ListUnits,
    ShowUnits,
    ListDependencies,
    ListTimers,
    LintUnits,
    ListJobs,
    GetTransaction,
    ListTransactions,
    ReadHistory,

    Plan,
    Start,
    Stop,
    Restart,
    TryRestart,
    Reload,
    ReloadOrRestart,
    Isolate,
    Apply,
    Undo,
    ResetFailed,
    Kill,
    DaemonReload,
    RecordUnitFiles,
    Reexec,
    Poweroff,
    Reboot,
    Halt,
    CancelTransaction,
    WaitTransaction,

    /// <summary>A verb of the units' own.</summary>
    Do,
    Freeze,
    Thaw,
}
