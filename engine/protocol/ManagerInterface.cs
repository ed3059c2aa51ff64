using System.Diagnostics.CodeAnalysis;

namespace InitTx.Protocol;

/// <summary>
/// The names of the control protocol: Varlink (https://varlink.org) with NUL-terminated JSON over
/// a stream socket, one interface beside Varlink's own.
/// </summary>
public static class ManagerInterface
{
    /// <summary>Our interface.</summary>
    public const string Name = "io.inittx.Manager";

    /// <summary>Varlink's introspection interface.</summary>
    public const string ServiceName = "org.varlink.service";

    /// <summary>Raised when a reply's shape or a method's meaning changes incompatibly.</summary>
    public const int Version = 1;

    public const string ErrorRefused = Name + ".Refused";
    public const string ErrorBadMessage = Name + ".BadMessage";
    public const string ErrorTooManyConnections = Name + ".TooManyConnections";
    public const string ErrorMethodNotFound = ServiceName + ".MethodNotFound";
    public const string ErrorInterfaceNotFound = ServiceName + ".InterfaceNotFound";
    public const string ErrorInvalidParameter = ServiceName + ".InvalidParameter";
    public const string ErrorPermissionDenied = ServiceName + ".PermissionDenied";
    public const string ErrorExpectedMore = ServiceName + ".ExpectedMore";

    private const ParameterKeys ChangeKeys =
        ParameterKeys.NoBlock | ParameterKeys.Timeout | ParameterKeys.Reason
        | ParameterKeys.CancelOnDisconnect;

    private const ParameterKeys PlannedKeys =
        ChangeKeys | ParameterKeys.Mode | ParameterKeys.PlanHash | ParameterKeys.NoRollback
        | ParameterKeys.Settle | ParameterKeys.NoCheck;

    private const ParameterKeys GoalKeys = PlannedKeys | ParameterKeys.Units;

    private static readonly MethodEntry[] Entries =
    [
        new(ManagerMethod.GetInfo, ServiceName + ".GetInfo", ParameterKeys.None),
        new(
            ManagerMethod.GetInterfaceDescription,
            ServiceName + ".GetInterfaceDescription",
            ParameterKeys.Interface,
            ParameterKeys.Interface),
        Query(ManagerMethod.Ping, ParameterKeys.None),
        Query(ManagerMethod.GetVersion, ParameterKeys.None),
        Query(ManagerMethod.GetManager, ParameterKeys.None),
        Query(ManagerMethod.GetUnits, ParameterKeys.Units, ParameterKeys.Units),
        Query(
            ManagerMethod.ListUnits,
            ParameterKeys.Units | ParameterKeys.States | ParameterKeys.Types | ParameterKeys.All
            | ParameterKeys.After | ParameterKeys.Limit),
        Query(ManagerMethod.ShowUnits, ParameterKeys.Units, ParameterKeys.Units),
        Query(
            ManagerMethod.ListDependencies,
            ParameterKeys.Units | ParameterKeys.After | ParameterKeys.Limit),
        Query(
            ManagerMethod.ListTimers,
            ParameterKeys.Units | ParameterKeys.All | ParameterKeys.After | ParameterKeys.Limit),
        Query(
            ManagerMethod.LintUnits,
            ParameterKeys.Units | ParameterKeys.After | ParameterKeys.Limit),
        Query(ManagerMethod.ListJobs, ParameterKeys.AfterSeq | ParameterKeys.Limit),
        Query(
            ManagerMethod.GetTransaction,
            ParameterKeys.Transaction,
            ParameterKeys.Transaction),
        Query(ManagerMethod.ListTransactions, ParameterKeys.AfterSeq | ParameterKeys.Limit),
        Query(
            ManagerMethod.ReadHistory,
            ParameterKeys.Units | ParameterKeys.Transaction | ParameterKeys.AfterSeq
            | ParameterKeys.BeforeSeq | ParameterKeys.Limit),
        Change(
            ManagerMethod.Plan,
            ParameterKeys.Verb | ParameterKeys.Units | ParameterKeys.Mode | ParameterKeys.Timeout
            | ParameterKeys.NoRollback | ParameterKeys.Settle | ParameterKeys.Stops
            | ParameterKeys.Transaction | ParameterKeys.Force | ParameterKeys.Action
            | ParameterKeys.NoCheck,
            ParameterKeys.Verb),
        Change(ManagerMethod.Start, GoalKeys, ParameterKeys.Units),
        Change(ManagerMethod.Stop, GoalKeys, ParameterKeys.Units),
        Change(ManagerMethod.Restart, GoalKeys, ParameterKeys.Units),
        Change(ManagerMethod.TryRestart, GoalKeys, ParameterKeys.Units),
        Change(ManagerMethod.Reload, GoalKeys, ParameterKeys.Units),
        Change(ManagerMethod.ReloadOrRestart, GoalKeys, ParameterKeys.Units),
        Change(ManagerMethod.Isolate, GoalKeys, ParameterKeys.Units),
        Change(ManagerMethod.Apply, GoalKeys | ParameterKeys.Stops),
        Change(
            ManagerMethod.Undo,
            PlannedKeys | ParameterKeys.Transaction | ParameterKeys.Force,
            ParameterKeys.Transaction),
        Change(ManagerMethod.ResetFailed, ParameterKeys.Units | ParameterKeys.Reason),
        Change(
            ManagerMethod.Kill,
            ParameterKeys.Units | ParameterKeys.Signal | ParameterKeys.Whom | ParameterKeys.Reason,
            ParameterKeys.Units),
        Change(ManagerMethod.DaemonReload, ChangeKeys),
        Change(
            ManagerMethod.RecordUnitFiles,
            ChangeKeys | ParameterKeys.Verb | ParameterKeys.Units | ParameterKeys.Changes,
            ParameterKeys.Verb | ParameterKeys.Changes),
        Change(ManagerMethod.Reexec, ParameterKeys.Reason),
        Change(ManagerMethod.Poweroff, ChangeKeys),
        Change(ManagerMethod.Reboot, ChangeKeys),
        Change(ManagerMethod.Halt, ChangeKeys),
        Change(
            ManagerMethod.CancelTransaction,
            ParameterKeys.Transaction | ParameterKeys.Reason | ParameterKeys.NoRollback,
            ParameterKeys.Transaction),
        new(
            ManagerMethod.WaitTransaction,
            Name + ".WaitTransaction",
            ParameterKeys.Transaction,
            ParameterKeys.Transaction),
        Change(
            ManagerMethod.Do,
            GoalKeys | ParameterKeys.Action,
            ParameterKeys.Units | ParameterKeys.Action),
        Change(
            ManagerMethod.Freeze, ParameterKeys.Units | ParameterKeys.Reason, ParameterKeys.Units),
        Change(
            ManagerMethod.Thaw, ParameterKeys.Units | ParameterKeys.Reason, ParameterKeys.Units),
    ];

    /// <summary>All methods in the order of <see cref="ManagerMethod"/>.</summary>
    public static IReadOnlyList<MethodEntry> Methods => Entries;

    /// <summary>The entry of a method.</summary>
    public static MethodEntry Of(ManagerMethod method) => Entries[(int)method];

    /// <summary>Finds a method by its full wire name; ordinal.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out MethodEntry? entry)
    {
        foreach (MethodEntry candidate in Entries)
        {
            if (string.Equals(candidate.WireName, name, StringComparison.Ordinal))
            {
                entry = candidate;
                return true;
            }
        }

        entry = null;
        return false;
    }

    private static MethodEntry Query(
        ManagerMethod method, ParameterKeys allowed, ParameterKeys required = ParameterKeys.None) =>
        new(method, $"{Name}.{method}", allowed, required);

    private static MethodEntry Change(
        ManagerMethod method, ParameterKeys allowed, ParameterKeys required = ParameterKeys.None) =>
        new(method, $"{Name}.{method}", allowed, required, Privileged: true);
}

/// <summary>
/// One method: its wire name, which parameters it takes and needs, and what it may do.
/// </summary>
/// <param name="Privileged">
/// Only root and the control group may call it: it changes something, or costs the manager time.
/// </param>
public sealed record MethodEntry(
    ManagerMethod Method,
    string WireName,
    ParameterKeys Allowed,
    ParameterKeys Required = ParameterKeys.None,
    bool Privileged = false);
