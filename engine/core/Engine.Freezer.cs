using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// Suspending services that are up: the freezer of cgroups (cgroups(7), cgroup.freeze). It is no
/// transaction: a row says who asked, another for each unit what became of it. Promises:
/// <list type="number">
/// <item>only a service that runs and is left alone is frozen;</item>
/// <item>it is let go on before anything else is done with it, by a job or by itself;</item>
/// <item>its watchdog does not run meanwhile;</item>
/// <item>what a crash may have cost is asked for again.</item>
/// </list>
/// </summary>
public sealed partial class Engine
{
    /// <summary>What a refused <see cref="Effect.Freeze"/> is called in EffectFailed.</summary>
    public const string FreezeEffect = "freeze";

    /// <summary>Lets the unit's processes go on, if they are suspended.</summary>
    internal void Thaw(UnitRuntime unit, Cause cause)
    {
        if (unit.IsFrozen)
            SetFreezer(unit, on: false, cause);
    }

    private void Freezer(ControlRequest request)
    {
        if (request.Units.Count == 0)
        {
            Refuse(request, ExitCode.Usage, "freeze and thaw need a unit");
            return;
        }

        bool on = request.Verb == RequestVerb.Freeze;
        foreach (UnitName name in request.Units)
        {
            if (Find(name) is not { } unit)
            {
                bool exists = Catalog.Load(name).LoadState == UnitLoadState.Loaded;
                Refuse(
                    request, exists ? ExitCode.NotActive : ExitCode.NoSuchUnit,
                    exists ? $"{name} is not active" : $"{name} is not found");
                return;
            }

            if (WhyNotFrozen(unit) is { } why && on)
            {
                Refuse(request, why.Code, why.Text);
                return;
            }
        }

        long seq = Out.Request(request, accepted: true, TextOf(request));
        var cause = new Cause(CauseKind.Request, seq);
        foreach (UnitName name in request.Units)
        {
            UnitRuntime unit = Find(name)!;
            if (unit.IsFrozen != on)
                SetFreezer(unit, on, cause);

            // As far as is known here it is not frozen, but that record may have been lost.
            else if (!on && unit.Name.Kind == UnitKind.Service)
                Out.Emit(new Effect.Freeze(unit.Id, false));
        }

        Reply(request.Id, Done(default));
    }

    private (ExitCode Code, string Text)? WhyNotFrozen(UnitRuntime unit)
    {
        if (unit.Name.Kind != UnitKind.Service)
            return (ExitCode.Refused, $"{unit.Name} is no service: only services can be frozen");
        if (IsStopping)
            return (ExitCode.Refused, "the system is going down");
        if (unit.Sub != SubState.Running)
        {
            return (ExitCode.NotActive, $"{unit.Name} is {StateWords.Of(unit.Active)} "
                + $"({StateWords.Of(unit.Sub)}): only what runs can be frozen");
        }

        return unit.Job is { IsRunning: true } job
            ? (ExitCode.Refused, $"{unit.Name}: its {JobWords.Of(job.Kind)} is running")
            : null;
    }

    private void SetFreezer(UnitRuntime unit, bool on, Cause cause)
    {
        RecordFreezer(unit, on, cause);
        Out.Emit(new Effect.Freeze(unit.Id, on));
    }

    private void RecordFreezer(UnitRuntime unit, bool on, Cause cause)
    {
        (unit.IsFrozen, unit.FreezerSince) = (on, Out.Now);
        Out.Touch(unit);
        Out.Process(
            unit, ExecRole.Main, on ? "frozen" : "thawed", unit.MainProcess.Pid, cause);
        Services.FreezerChanged(unit);
    }

    // A shutdown that does not wait for the units' own stops.
    private void ThawAll()
    {
        var cause = new Cause(CauseKind.Shutdown, Out.NextSeq - 1);
        foreach (UnitRuntime unit in RecordedByName())
            Thaw(unit, cause);
    }

    // The kernel would not: they run on as before.
    private void FreezeFailed(UnitRuntime unit, Cause cause)
    {
        if (unit.IsFrozen)
            RecordFreezer(unit, on: false, cause);
    }

    // A planned re-exec may have lost the word that the kernel would not, a crash also the effect.
    // What was let go on long before has been let go on.
    private void ResumeFreezer(UnitRuntime unit, bool isPlanned, long recent)
    {
        bool isRecent = !isPlanned && unit.FreezerSince != default
            && unit.FreezerSince.MonotonicUs >= recent;
        if (!unit.IsFrozen && !isRecent)
            return;
        Out.Emit(new Effect.Freeze(unit.Id, unit.IsFrozen));

        // The next crash may lose it once more.
        if (isPlanned)
            return;
        unit.FreezerSince = Out.Now;
        Out.Touch(unit);
    }
}
