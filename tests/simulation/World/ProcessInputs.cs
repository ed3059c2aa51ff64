using InitTx.Core;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>clone has returned.</summary>
internal sealed class SpawnedInput(SpawnSlots slots, SpawnSlot slot, SimulatedProcess process)
    : Input
{
    public override bool IsResult => true;

    public override EngineEvent Read(Engine engine) =>
        new EngineEvent.Spawned(slot.Token, process.Identity);

    public override void Committed() => slots.Free(slot);
}

/// <summary>clone has failed: the slot stays used until that is committed.</summary>
internal sealed class CloneFailedInput(SpawnSlots slots, SpawnSlot slot, int errno) : Input
{
    public override bool IsResult => true;

    public override EngineEvent Read(Engine engine) =>
        new EngineEvent.SpawnFailed(slot.Token, false, "clone3", errno);

    public override void Committed() => slots.Free(slot);
}

/// <summary>
/// The status pipe said EOF or errno, or /proc shows it to a manager without the pipe.
/// </summary>
internal sealed class ExecResultInput(SimulatedProcess process, int errno) : Input
{
    public SimulatedProcess Process => process;

    // A planned re-exec hands the pipe over.
    public override bool ShowsAgain => true;

    public override EngineEvent Read(Engine engine) => errno == 0
        ? new EngineEvent.Executed(process.Token)
        : new EngineEvent.SpawnFailed(process.Token, true, "execve", errno);

    public override void Committed() => process.ExecIsKnown = true;
}

/// <summary>
/// Something was said that nobody hears: it only keeps the place of what follows.
/// </summary>
internal sealed class UnheardInput : Input
{
    public override EngineEvent? Read(Engine engine) => null;
}

/// <summary>A pidfd is ready. The status is peeked; it is collected after the commit.</summary>
internal sealed class ExitInput(SimulatedProcesses processes, SimulatedProcess process) : Input
{
    public SimulatedProcess Process => process;

    // A process that nobody knows any more is a stranger's, collected by the rescan.
    public override bool ShowsAgain => true;

    public override EngineEvent? Read(Engine engine)
    {
        if (process.Stage != ProcessStage.Zombie)
            return null;
        process.TimesReported++;
        bool empty = !processes.IsPopulated(process.Unit);
        return new EngineEvent.Exited(
            process.Identity, process.ExitKind, process.ExitCode, empty,
            processes.RanOutOfMemory(process));
    }

    public override void Committed() => processes.Reap(process);
}

/// <summary>cgroup.events says populated 0.</summary>
internal sealed class CgroupInput(SimulatedProcesses processes, UnitName unit) : Input
{
    public UnitName Unit => unit;

    public override bool ShowsAgain => true;

    public override EngineEvent? Read(Engine engine) =>
        processes.IsPopulated(unit) || engine.Find(unit) is not { } runtime
            ? null
            : new EngineEvent.CgroupEmptied(runtime.Id);
}

/// <summary>A datagram on the notify socket.</summary>
internal sealed class NotifyInput(SimulatedProcesses processes, SimulatedProcess sender,
    NotifyMessage message)
    : Input
{
    private ulong _descriptor;

    public override bool InKernel => true;

    public override bool IsTakenLast => true;

    // Without a living or unreaped sender its cgroup cannot be proved: the shell drops it.
    public override EngineEvent? Read(Engine engine)
    {
        if (sender.Stage == ProcessStage.Gone || engine.Find(sender.Unit) is not { } runtime)
            return null;
        NotifyMessage said = message;
        if (!said.MainPid.IsNone && !processes.Adopt(said.MainPid, sender.Unit))
            said = said with { MainPid = default };
        if (said.StoresDescriptors)
            said = said with { Ticket = processes.HoldDescriptor(ref _descriptor) };
        return new EngineEvent.Notified(runtime.Id, sender.Identity.Pid, said);
    }
}

/// <summary>The helper has read PIDFile=, or looked for the only process of the cgroup.</summary>
internal sealed class PidFileInput(SimulatedProcesses processes, UnitName unit, Action read) : Input
{
    public override EngineEvent? Read(Engine engine)
    {
        read();
        if (engine.Find(unit) is not { } runtime)
            return null;
        ProcessIdentity found = runtime.Definition.Service?.PidFile is null
            ? processes.OnlyProcessOf(unit)
            : processes.PidFileOf(unit);
        if (found.IsNone)
            return new EngineEvent.PidFileRead(runtime.Id, default, "No such file or directory");
        return processes.Adopt(found, unit)
            ? new EngineEvent.PidFileRead(runtime.Id, found, null)
            : new EngineEvent.PidFileRead(runtime.Id, default, "not a process of the unit");
    }
}

/// <summary>An effect was refused: the shell tells the core at once.</summary>
internal sealed class EffectFailedInput(UnitId unit, string effect) : Input
{
    public UnitId Unit => unit;

    public override bool IsResult => true;

    public override EngineEvent Read(Engine engine) =>
        new EngineEvent.EffectFailed(unit, effect, "EPERM (Operation not permitted)");
}
