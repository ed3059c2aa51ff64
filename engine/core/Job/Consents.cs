using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Supervision;
using InitTx.Core.Transaction;

namespace InitTx.Core.Job;

/// <summary>
/// ExecCheck= of [X-InitTx] (initx.unit(5)): a service that is up is asked before an operator's
/// stop, restart or reload of it. Nobody asks at shutdown, for a rollback, for what the manager
/// does by itself, or where the operator said --no-check.
/// </summary>
internal static class Consents
{
    /// <summary>The job has to ask its unit first, and has not.</summary>
    public static bool AreAsked(Engine engine, UnitJob job)
    {
        UnitRuntime unit = job.Unit;
        if (unit.Definition.Service is not { ExecCheck.Count: > 0 } || engine.IsStopping
            || job is { PutsBack: true } or { Consent: JobConsent.Given }
            || unit.Active is not (ActiveState.Active or ActiveState.Reloading))
            return false;
        bool asks = false;
        foreach (TransactionRuntime owner in job.OwnerList)
        {
            if (owner.SkipsChecks)
                return false;
            asks |= owner is { CauseKind: CauseKind.Request, IsRollingBack: false };
        }

        return asks;
    }

    /// <summary>Why a stop or restart came to nothing.</summary>
    public static string Refusal(UnitRuntime unit) =>
        $"ExecCheck= refused it ({StateWords.Of(unit.ReloadResult)}); --no-check does it anyway";

    /// <summary>Why a reload or a verb came to nothing.</summary>
    public static string WhyNotDone(UnitRuntime unit) => unit.Work switch
    {
        UnitWork.Verb => $"{unit.WorkVerb}: {StateWords.Of(unit.ReloadResult)}",
        UnitWork.Check or UnitWork.CheckedReload => Refusal(unit),
        UnitWork.Reload => $"reload: {StateWords.Of(unit.ReloadResult)}",
        _ => throw Invariant.Unreachable("unit work"),
    };
}
