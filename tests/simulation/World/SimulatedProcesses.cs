using System.Runtime.InteropServices;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Simulation.Randomness;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>
/// The process side of the kernel: clone, exec, signals, exits, zombies, cgroups and pid files.
/// A known child stays a zombie until the shell reaps it; a stranger is collected at once.
/// </summary>
internal sealed partial class SimulatedProcesses(SimulatedWorld world)
{
    private readonly Dictionary<int, SimulatedProcess> _table = [];

    // The same by birth, never by pid: numbers are given out in the order in which units happen to
    // be started at one instant, and nobody's fate may follow from them.
    private readonly List<SimulatedProcess> _born = [];
    private readonly Dictionary<UnitName, int> _population = [];
    private readonly List<UnitName> _cgroups = [];
    private readonly Dictionary<UnitName, ProcessIdentity> _pidFiles = [];
    private readonly Dictionary<UnitName, SimulatedProcess> _mains = [];

    // Cgroups that were to be removed while somebody still lived in them.
    private readonly HashSet<UnitName> _removals = [];
    private long _births;
    private Input? _lastDatagram;

    /// <summary>Processes that exist, zombies included, in order of birth.</summary>
    public IReadOnlyList<SimulatedProcess> All => _born;

    /// <summary>Cgroups that have been made and not removed, in order of making.</summary>
    public IReadOnlyList<UnitName> Cgroups => _cgroups;

    /// <summary>What pids are given out.</summary>
    public PidNumbers Pids { get; } = new();

    /// <summary>The next clones that fail with EAGAIN.</summary>
    public int FailingClones { get; set; }

    /// <summary>The next signals that are refused with EPERM.</summary>
    public int FailingSignals { get; set; }

    /// <summary>Called for every process that ends: by invariants and counters.</summary>
    public Action<SimulatedProcess>? Died { get; set; }

    /// <summary>Called when a process has been made for a spawn.</summary>
    public Action<SimulatedProcess>? Made { get; set; }

    /// <summary>The process with this pid, or null.</summary>
    public SimulatedProcess? Find(int pid) => _table.GetValueOrDefault(pid);

    /// <summary>The process, if its pid has not passed to another one.</summary>
    public SimulatedProcess? Find(ProcessIdentity identity) =>
        _table.TryGetValue(identity.Pid, out SimulatedProcess? p) && p.Identity == identity ? p
            : null;

    /// <summary>Whether a living process is in the unit's cgroup.</summary>
    public bool IsPopulated(UnitName unit) => _population.GetValueOrDefault(unit) > 0;

    /// <summary>What the unit's PID file says, none without a file.</summary>
    public ProcessIdentity PidFileOf(UnitName unit) => _pidFiles.GetValueOrDefault(unit);

    /// <summary>The Spawn effect: slot, clone, exec.</summary>
    public void Spawn(SpawnToken token, UnitDefinition unit, ExecRole role, int command)
    {
        SpawnSlot slot = world.Slots.Open(token, unit.Name);
        ulong tie = world.Tie(unit.Name, 1);
        if (FailingClones > 0)
        {
            FailingClones--;
            world.Ready.Post(new CloneFailedInput(world.Slots, slot, 11), tie);
            return;
        }

        int ordinal = world.Ordinal(unit.Name);
        int what = ((int)role * 8) + command;
        int nth = world.Nth(Purpose.Process, ordinal, what);
        Prng p = world.Seed.Stream(Purpose.Process, (ordinal * 256L) + what, nth);
        ProcessScript script = ScriptWriter.Write(p, unit, role, world.Trouble);
        SimulatedProcess process = Make(unit.Name, script, token, role);
        process.Known = true;
        slot.Process = process;
        if (role == ExecRole.Main)
            _mains[unit.Name] = process;
        process.LastInput = new SpawnedInput(world.Slots, slot, process);
        world.Ready.Post(process.LastInput, tie);
        Made?.Invoke(process);
        Act(script.ExecDelayUs, process, 2, () => Exec(process));
    }

    /// <summary>
    /// A fault: what an effect would have done to a unit's processes is refused, and told as a
    /// result. Without a process there is nobody to refuse.
    /// </summary>
    public bool Refuses(UnitRuntime unit, string effect)
    {
        if (FailingSignals == 0 || Of(unit.Name) is not { Count: > 0 } spared)
            return false;
        FailingSignals--;
        foreach (SimulatedProcess process in spared)
            process.WasSpared = true;
        world.Ready.Post(new EffectFailedInput(unit.Id, effect), world.Tie(unit.Name, 14));
        return true;
    }

    /// <summary>A signal to one process, if it still is that process.</summary>
    public void Signal(ProcessIdentity identity, int number)
    {
        if (Find(identity) is { } process)
            Deliver(process, number);
    }

    /// <summary>A signal to all of a unit but one; none for all.</summary>
    public void SignalUnit(UnitName unit, int number, ProcessIdentity except)
    {
        foreach (SimulatedProcess p in Of(unit))
        {
            if (p.Identity != except)
                Deliver(p, number);
        }
    }

    /// <summary>
    /// The operator kills what was made in troubled times and never ends by itself.
    /// </summary>
    public void KillStuck(UnitName unit)
    {
        foreach (SimulatedProcess p in Of(unit))
        {
            if (p.BornInTrouble)
                Deliver(p, 9);
        }
    }

    /// <summary>cgroup.kill.</summary>
    public void KillCgroup(UnitName unit) => SignalUnit(unit, 9, default);

    /// <summary>
    /// rmdir of the cgroup, unlink of the PID file; a populated cgroup goes when it is empty.
    /// </summary>
    public void CleanUp(UnitName unit)
    {
        _pidFiles.Remove(unit);
        if (IsPopulated(unit))
            _removals.Add(unit);
        else
            Remove(unit);
    }

    /// <summary>
    /// The shell reads who a pid is and opens a pidfd: only a live process of the unit.
    /// </summary>
    public bool Adopt(ProcessIdentity identity, UnitName unit)
    {
        if (Find(identity) is not { Alive: true } process || process.Unit != unit)
            return false;
        process.Known = true;
        return true;
    }

    /// <summary>The status has been collected; the pid is free.</summary>
    public void Reap(SimulatedProcess process)
    {
        if (process.Stage != ProcessStage.Zombie)
            return;
        process.Stage = ProcessStage.Gone;
        _table.Remove(process.Identity.Pid);
        _born.Remove(process);
        Pids.Free(process.Identity);
    }

    /// <summary>
    /// A fault: the status goes to somebody else, for example the last-resort loop.
    /// </summary>
    public void StealStatus(SimulatedProcess process)
    {
        process.StatusStolen = true;
        Reap(process);
    }

    /// <summary>
    /// The manager is back: it opens pidfds for what it knows, collects strangers, and the level of
    /// every other descriptor shows again.
    /// </summary>
    /// <param name="waitsForExec">Units that the exec of their main process brings on.</param>
    public void Rescan(HashSet<ProcessIdentity> known, HashSet<UnitName> waitsForExec)
    {
        foreach (SimulatedProcess process in Snapshot())
        {
            process.Known = known.Contains(process.Identity);
            if (process is { Known: true, Executed: true, PipeLost: true, ExecIsKnown: false }
                && waitsForExec.Contains(process.Unit))
                PostSeen(process, Again(process.Unit));
            if (process.Stage != ProcessStage.Zombie)
                continue;
            if (process.Known)
                ReportExit(process);
            else
                Reap(process);
        }

        foreach (UnitName unit in _cgroups)
        {
            if (!IsPopulated(unit) && !world.Ready.Has<CgroupInput>(i => i.Unit == unit))
                world.Ready.Post(new CgroupInput(this, unit), Again(unit));
        }
    }

    /// <summary>Ends a process now.</summary>
    public void Kill(SimulatedProcess process, ExitKind kind, int code)
    {
        if (!process.Alive)
            return;

        // Killed between clone and exec: the pipe closes, and /proc says that it never executed.
        process.Stage = ProcessStage.Zombie;
        (process.ExitKind, process.ExitCode) = (kind, code);
        Died?.Invoke(process);
        world.Bus.Drop(process);

        // Drawn for strangers too: whom the manager still knows must not shift what comes later.
        ulong tie = world.Tie(process.Unit, 3);
        if (process.Known)
            world.Ready.PostBehind(new ExitInput(this, process), process.LastInput, tie);
        else
            Reap(process);
        int left = --Population(process.Unit);
        if (left == 0 && _removals.Remove(process.Unit))
            Remove(process.Unit);
        if (left == 0)
            world.Ready.Post(new CgroupInput(this, process.Unit), world.Tie(process.Unit, 4));
    }

    /// <summary>
    /// A service forks: the child is in its cgroup, and a stranger to the manager.
    /// </summary>
    public SimulatedProcess Fork(SimulatedProcess parent, ProcessScript script)
    {
        SimulatedProcess child = Make(parent.Unit, script, default, parent.Role);
        child.Stage = ProcessStage.Running;
        child.Executed = true;
        ProcessRun.Start(world, child);
        return child;
    }

    /// <summary>The process ended because the kernel needed memory.</summary>
    public bool RanOutOfMemory(SimulatedProcess process) => world.Memory.IsFor(process);

    /// <summary>A datagram with a descriptor is taken from the socket.</summary>
    public ulong HoldDescriptor(ref ulong descriptor) => world.Store.Hold(ref descriptor);

    /// <summary>A datagram to the notify socket.</summary>
    public void Notify(SimulatedProcess sender, NotifyMessage message)
    {
        var input = new NotifyInput(this, sender, message);
        world.Ready.PostBehind(input, _lastDatagram, world.Tie(sender.Unit, 12));
        _lastDatagram = input;
    }

    /// <summary>ExecStop of many services: the main process is told to end.</summary>
    public void AskMainToStop(UnitName unit)
    {
        if (_mains.GetValueOrDefault(unit) is not { } main)
            return;
        Deliver(main, 15);
        if (main.Daemon is { } daemon)
            Deliver(daemon, 15);
    }

    /// <summary>The daemon names its process.</summary>
    public void WritePidFile(UnitName unit, ProcessIdentity identity) => _pidFiles[unit] = identity;

    /// <summary>The process that is alone in the unit's cgroup, or none.</summary>
    public ProcessIdentity OnlyProcessOf(UnitName unit)
    {
        List<SimulatedProcess> all = Of(unit);
        return all.Count == 1 ? all[0].Identity : default;
    }

    /// <summary>A process of another unit, or none.</summary>
    public ProcessIdentity SomeOther(SimulatedProcess process)
    {
        foreach (SimulatedProcess p in _born)
        {
            if (p.Alive && p.Unit != process.Unit)
                return p.Identity;
        }

        return default;
    }

    private void ReportExit(SimulatedProcess process)
    {
        if (!world.Ready.Has<ExitInput>(i => i.Process == process))
            world.Ready.PostBehind(
                new ExitInput(this, process), process.LastInput, Again(process.Unit));
    }

    // What shows once more has a place of its own: what comes later keeps its order.
    private ulong Again(UnitName unit) => world.Seed.Draw(
        Purpose.Order, -1_000 - world.Ordinal(unit),
        world.Nth(Purpose.Order, -9, world.Ordinal(unit)));

    private ref int Population(UnitName unit) =>
        ref CollectionsMarshal.GetValueRefOrAddDefault(_population, unit, out _);

    private SimulatedProcess[] Snapshot() => [.. _born];

    private List<SimulatedProcess> Of(UnitName unit)
    {
        var list = new List<SimulatedProcess>();
        foreach (SimulatedProcess p in _born)
        {
            if (p.Alive && p.Unit == unit)
                list.Add(p);
        }

        return list;
    }

    private SimulatedProcess Make(UnitName unit, ProcessScript script, SpawnToken token,
        ExecRole role)
    {
        ulong ticks = (ulong)world.Clock.BootUs / 10_000;
        var process = new SimulatedProcess(
            new ProcessIdentity(Pids.Next(_table.ContainsKey, ticks), ticks), unit, script)
        {
            Token = token,
            Role = role,
            Birth = ++_births,
            BornInTrouble = world.Trouble > 0,
        };
        _table.Add(process.Identity.Pid, process);
        _born.Add(process);
        if (token.Value != 0)
            _removals.Remove(unit);
        if (!_cgroups.Contains(unit))
            _cgroups.Add(unit);
        Population(unit)++;
        return process;
    }

    private void Deliver(SimulatedProcess process, int number)
    {
        if (!process.Alive || number is 0 or 18 or 19)
            return;
        ProcessScript script = process.Script;
        if (number == 9)
        {
            ProcessRun.EndIn(world, process, script.KillDelayUs, ExitKind.Killed, 9);
            return;
        }

        if (IsHeld(process))
        {
            Hold(process, () => Deliver(process, number));
            return;
        }

        Reaction reaction = process.Stage == ProcessStage.Made ? Reaction.Dies
            : number == 1 ? script.OnHangup : number is 10 or 12 ? Reaction.Ignores
                : script.OnTerminate;
        switch (reaction)
        {
            case Reaction.Dies:
                ProcessRun.EndIn(world, process, 0, number is 6 or 3 ? ExitKind.Dumped
                    : ExitKind.Killed, number);
                break;
            case Reaction.ExitsCleanly:
                ProcessRun.Stopping(world, process);
                ProcessRun.EndIn(world, process, script.ReactionUs, ExitKind.Exited, 0);
                break;
            case Reaction.ExitsBadly:
                ProcessRun.EndIn(world, process, script.ReactionUs, ExitKind.Exited, 1);
                break;
            case Reaction.Ignores:
                break;
        }
    }
}
