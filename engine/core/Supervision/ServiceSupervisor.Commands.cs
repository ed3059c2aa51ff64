using System.Globalization;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>Making processes: intents, their results, the next command of a list.</summary>
internal sealed partial class ServiceSupervisor
{
    /// <summary>clone succeeded.</summary>
    public void Spawned(UnitRuntime unit, SpawnToken token, ProcessIdentity process)
    {
        bool isMain = unit.MainToken == token;
        bool isControl = unit.ControlToken == token;
        if ((!isMain && !isControl) || !engine.Processes.TryAdd(process, unit))
        {
            _signals.SendToGivenUp(unit, token, process);
            return;
        }

        Out.Touch(unit);
        unit.Leftovers = Leftovers.Some;
        if (isMain)
        {
            unit.MainProcess = process;
            unit.MainSeq = Out.Process(unit, ExecRole.Main, "started", process.Pid, MainCause(unit));
            if (unit.Sub == SubState.Start && IsUpAtFork(unit.Service.Type))
                Fire(unit, ServiceTrigger.Proceed, MainCause(unit));
        }
        else
        {
            unit.ControlProcess = process;
            unit.ControlSeq = Out.Process(
                unit, unit.ControlRole, "started", process.Pid, ControlCause(unit));
        }

        SignalLatecomer(unit, process);
    }

    /// <summary>execve succeeded.</summary>
    public void Executed(UnitRuntime unit, SpawnToken token)
    {
        Out.Touch(unit);
        if (unit.MainToken == token)
        {
            unit.MainSeq = Out.Process(
                unit, ExecRole.Main, "executed", unit.MainProcess.Pid, MainCause(unit));
            if (unit.Sub == SubState.Start && unit.Service.Type == ServiceType.Exec)
                Fire(unit, ServiceTrigger.Proceed, MainCause(unit));
        }
        else if (unit.ControlToken == token)
        {
            unit.ControlSeq = Out.Process(
                unit, unit.ControlRole, "executed", unit.ControlProcess.Pid, ControlCause(unit));
        }
    }

    /// <summary>No process came of it, or one that will exit without having executed.</summary>
    public void SpawnFailed(UnitRuntime unit, SpawnToken token, bool processExists, string why)
    {
        bool isMain = unit.MainToken == token;
        if (!isMain && unit.ControlToken != token)
            return;
        Out.Touch(unit);
        ExecRole role = isMain ? ExecRole.Main : unit.ControlRole;
        int pid = isMain ? unit.MainProcess.Pid : unit.ControlProcess.Pid;
        Cause cause = (isMain ? MainCause(unit) : ControlCause(unit)).With(why);
        long seq = Out.Process(unit, role, "failed", pid, cause);
        unit.FailureText ??= why;
        if (isMain)
            unit.MainSeq = seq;
        else
            unit.ControlSeq = seq;
        if (processExists)
            return;

        if (isMain)
        {
            unit.MainToken = default;
            MainGone(unit, UnitResult.Resources, new Cause(CauseKind.Exit, seq, why));
        }
        else
        {
            unit.ControlToken = default;
            ControlGone(unit, role, UnitResult.Resources, new Cause(CauseKind.Exit, seq, why));
        }
    }

    /// <summary>Type=idle: the queue is empty, or five seconds are over.</summary>
    public void ReleaseIdle(UnitRuntime unit)
    {
        if (unit.Sub != SubState.Start || unit.Wait != ServiceWait.Idle)
            return;
        unit.Wait = ServiceWait.Nothing;
        SpawnMain(unit, 0);
    }

    private static bool IsUpAtFork(ServiceType type) => type is ServiceType.Simple or ServiceType.Idle;

    private void SpawnMain(UnitRuntime unit, int index)
    {
        Out.Touch(unit);
        unit.MainCommandIndex = index;
        unit.MainToken = engine.NewSpawnToken(unit, ExecRole.Main);
        unit.MainProcess = default;
        unit.MainSeq = Out.Process(unit, ExecRole.Main, "intended", 0, unit.Why);
        Out.Emit(new Effect.Spawn(unit.MainToken, unit.Id, ExecRole.Main, index,
            OnlyTrigger(unit) is null ? [] : Environment(unit, ExecRole.Main)));
        Arm(unit, unit.Service.TimeoutStartUs);
    }

    /// <summary>
    /// Runs a command in the control slot; a list that is at its end goes on by itself.
    /// </summary>
    private void RunCommand(UnitRuntime unit, ExecRole role, int index)
    {
        Out.Touch(unit);
        if (unit.HasControl)
        {
            // It outlived its signals (KillMode=none, D state): its end is not the next one's.
            _signals.GiveUp(unit, unit.ControlRole, unit.ControlProcess, unit.ControlToken);
            (unit.ControlProcess, unit.ControlToken) = (default, default);
        }

        unit.ControlRole = role;
        unit.CommandIndex = index;
        if (!IsInList(unit, role, index))
        {
            // A reload made the list shorter while it ran.
            engine.Follow(unit);
            return;
        }

        unit.ControlToken = engine.NewSpawnToken(unit, role);
        unit.ControlProcess = default;
        unit.ControlSeq = Out.Process(unit, role, "intended", 0, unit.Why);
        Out.Emit(new Effect.Spawn(unit.ControlToken, unit.Id, role, index, Environment(unit, role)));
        Arm(unit, role switch
        {
            ExecRole.Stop or ExecRole.StopPost => unit.Service.TimeoutStopUs,
            ExecRole.Verb => unit.Service.TimeoutVerbUs,
            _ => unit.Service.TimeoutStartUs,
        });
    }

    /// <summary>What only the core knows of a command's environment (systemd.exec(5)).</summary>
    private static List<KeyValuePair<string, string>> Environment(UnitRuntime unit, ExecRole role)
    {
        var variables = new List<KeyValuePair<string, string>>(4);
        if (!unit.MainProcess.IsNone)
        {
            variables.Add(new("MAINPID",
                unit.MainProcess.Pid.ToString(CultureInfo.InvariantCulture)));
        }

        if (role is ExecRole.Check or ExecRole.Verb)
            AddWork(variables, unit);
        else if (role is ExecRole.Stop or ExecRole.StopPost)
            AddResult(variables, unit, "");
        else if (role is not ExecRole.Reload && OnlyTrigger(unit) is { } trigger)
        {
            AddResult(variables, trigger, "MONITOR_");
            variables.Add(new("MONITOR_UNIT", trigger.Name.Value));
        }

        return variables;
    }

    // What is asked of it, and by whose transaction.
    private static void AddWork(
        List<KeyValuePair<string, string>> variables, UnitRuntime unit)
    {
        variables.Add(new("INITX_UNIT", unit.Name.Value));
        if (unit.Work == UnitWork.Verb && unit.WorkVerb is { } verb)
            variables.Add(new("INITX_VERB", verb));
        if (unit.Job is not { } job)
            return;
        variables.Add(new("INITX_JOB", Job.JobWords.Of(job.AskedKind)));
        if (job.OwnerList.Count > 0)
        {
            variables.Add(new("INITX_TRANSACTION",
                job.OwnerList[0].Id.Value.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private static void AddResult(
        List<KeyValuePair<string, string>> variables, UnitRuntime of, string prefix)
    {
        variables.Add(new(prefix + "SERVICE_RESULT", StateWords.Of(of.Result)));
        if (of.MainExitKind == ExitKind.None)
            return;
        variables.Add(new(prefix + "EXIT_CODE", RecordWords.Of(of.MainExitKind)));
        variables.Add(new(prefix + "EXIT_STATUS", of.MainExitKind == ExitKind.Exited
            ? of.MainExitCode.ToString(CultureInfo.InvariantCulture)
            : SignalNames.Of(of.MainExitCode)));
    }

    // systemd.exec(5): a unit that exactly one service names in OnFailure= or OnSuccess= hears.
    private static UnitRuntime? OnlyTrigger(UnitRuntime unit)
    {
        UnitRuntime? only = null;
        foreach (DependencyKind kind in
            (ReadOnlySpan<DependencyKind>)[DependencyKind.OnFailure, DependencyKind.OnSuccess])
        {
            foreach (UnitEdge edge in unit.In[kind])
            {
                if (edge.Other.Definition.Service is null || edge.Other == only)
                    continue;
                if (only is not null)
                    return null;
                only = edge.Other;
            }
        }

        return only;
    }

    // A process row follows from the row before it of the same process.
    private static Cause MainCause(UnitRuntime unit) => new(unit.Why.Kind, unit.MainSeq);

    private static Cause ControlCause(UnitRuntime unit) => new(unit.Why.Kind, unit.ControlSeq);
}
