using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// Whether a service that went down comes back by itself (systemd.service(5), table of Restart=).
/// Pure: a function of goal, job, result, exit and settings.
/// </summary>
internal static class RestartPolicy
{
    /// <summary>False for success and for a start that ExecCondition= skipped.</summary>
    public static bool IsFailure(UnitResult result) =>
        result is not (UnitResult.Success or UnitResult.ExecCondition);

    /// <summary>
    /// In this order: a stop or restart by anyone forbids it, RestartPreventExitStatus= forbids,
    /// RestartForceExitStatus= forces, then the table.
    /// </summary>
    public static bool WantsRestart(UnitRuntime unit)
    {
        if (!unit.GoalActive || unit.Job is { Kind: JobKind.Stop or JobKind.Restart })
            return false;
        if (IsFailure(unit.Result) && FailsTransaction(unit))
            return false;
        ServiceSettings service = unit.Service;
        if (unit.IsLimited || Matches(service.RestartPreventExitStatus, unit))
            return false;
        if (Matches(service.RestartForceExitStatus, unit)
            && !(service.Type == ServiceType.Oneshot && unit.Result == UnitResult.Success))
            return true;
        return Table(service.Restart, unit.Result);
    }

    /// <summary>Which setting had it restarted, as unit files write it.</summary>
    public static string Words(UnitRuntime unit)
    {
        ServiceSettings service = unit.Service;
        if (Matches(service.RestartForceExitStatus, unit) && !Table(service.Restart, unit.Result))
            return "RestartForceExitStatus=";
        return service.Restart switch
        {
            RestartMode.No => "Restart=no",
            RestartMode.Always => "Restart=always",
            RestartMode.OnSuccess => "Restart=on-success",
            RestartMode.OnFailure => "Restart=on-failure",
            RestartMode.OnAbnormal => "Restart=on-abnormal",
            RestartMode.OnWatchdog => "Restart=on-watchdog",
            RestartMode.OnAbort => "Restart=on-abort",
            _ => throw Invariant.Unreachable("restart mode"),
        };
    }

    // The first failed start that an atomic transaction needs decides it: a restart would run
    // against the plan that puts things back.
    private static bool FailsTransaction(UnitRuntime unit)
    {
        if (unit.Job is not { Kind: JobKind.Start } job)
            return false;
        foreach (TransactionRuntime owner in job.OwnerList)
        {
            if (owner is { IsAtomic: true, IsRollingBack: false } && Needs(owner, unit, job))
                return true;
        }

        return false;
    }

    private static bool Needs(TransactionRuntime owner, UnitRuntime unit, UnitJob job)
    {
        foreach ((TransactionRuntime transaction, TransactionJob part) in unit.Parts)
        {
            if (transaction == owner && part.Job == job.Id)
                return !part.IsWeak;
        }

        return true;
    }

    /// <summary>
    /// The delay before the n-th automatic restart in a row, from 1: RestartSec= at first, growing
    /// by the same factor each time until RestartMaxDelaySec= after RestartSteps= (systemd v254).
    /// </summary>
    public static long DelayUs(ServiceSettings service, int restart)
    {
        long first = service.RestartUs;
        long last = service.RestartMaxDelayUs;
        int steps = service.RestartSteps;
        if (restart <= 1 || steps == 0 || first <= 0 || last >= ServiceSettings.Infinity
            || first >= last)
            return first;
        return restart > steps
            ? last
            : (long)(first * Math.Pow((double)last / first, (double)(restart - 1) / steps));
    }

    /// <summary>The table alone.</summary>
    public static bool Table(RestartMode mode, UnitResult result) => mode switch
    {
        _ when result == UnitResult.ExecCondition => false,
        RestartMode.No => false,
        RestartMode.Always => true,
        RestartMode.OnSuccess => result == UnitResult.Success,
        RestartMode.OnFailure => result != UnitResult.Success,
        RestartMode.OnAbnormal => result is not (UnitResult.Success or UnitResult.ExitCode),
        RestartMode.OnWatchdog => result == UnitResult.Watchdog,
        RestartMode.OnAbort => result is UnitResult.Signal or UnitResult.CoreDump,
        _ => throw Invariant.Unreachable("restart mode"),
    };

    private static bool Matches(ExitStatusSet set, UnitRuntime unit) =>
        ExitRule.IsIn(set, unit.MainExitKind, unit.MainExitCode);
}
