using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Init.Activation;
using InitTx.Init.Processes;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Processes;
using InitTx.Units.Model;

namespace InitTx.Init.Recovery;

/// <summary>
/// Catchup: what is true now of what was recorded. Each recorded process is looked for by pid and
/// start time; each used spawn slot is resolved; exits that the last-resort loop collected are
/// brought in. Nothing is reaped before the core has heard of it.
/// </summary>
/// <param name="isHandedOver">
/// The state is what the image before this one wrote as its last act before a planned exec, and all
/// its status pipes came over. Nothing was reaped since, so a child that has the pid of a recorded
/// process is that process; and one without a pipe has executed.
/// </param>
internal sealed class RecoveryFindings(
    Engine engine,
    ProcessHost processes,
    ExecWatch unexecuted,
    ChildReaper reaper,
    ProcFs proc,
    SocketHost sockets,
    AutomountHost automounts,
    ConnectionHost connections,
    bool isHandedOver)
{
    /// <summary>Spawns whose status pipes came over: what those say is not said twice.</summary>
    private HashSet<ulong> _told = [];

    /// <param name="mountTable">As it is now; exits come after it.</param>
    public IReadOnlyList<EngineEvent> Collect(
        StartState state, long headSeq, EngineEvent? mountTable)
    {
        var events = new List<EngineEvent>();
        var lost = new List<ProcessIdentity>();
        var gone = new Dictionary<int, ReapedExit>();
        foreach (ReapedExit exit in ReapedExits.Enumerate())
            gone[exit.Pid] = exit;
        _told = processes.TakeOverPipes(state.Held);
        foreach (UnitRuntime unit in engine.Units)
        {
            Find(unit, unit.MainProcess, unit.MainToken, lost, gone, events);
            Find(unit, unit.ControlProcess, unit.ControlToken, lost, gone, events);
        }

        List<SlotFinding> slots = ResolveSlots(gone, events);
        List<UnitName> open = sockets.TakeOver(state.Held);
        List<EngineEvent> asked = [];
        List<UnitName> places = automounts.TakeOver(state.Held, asked);
        events.Insert(0, new EngineEvent.Recovered(new RecoveryFacts
        {
            Kind = KindOf(state.Start),
            Text = TextOf(state.Start, state.Problems),
            Slots = slots,
            Lost = lost,
            OpenSockets = open,
            OpenAutomounts = places,
            ExpectedHeadSeq = headSeq,
        }));
        events.InsertRange(1, asked);
        if (mountTable is not null)
            events.Insert(1, mountTable);
        events.AddRange(connections.TakeOver(state.Held));
        ReapedExits.Clear();
        return events;
    }

    private void Find(
        UnitRuntime unit,
        ProcessIdentity process,
        SpawnToken token,
        List<ProcessIdentity> lost,
        Dictionary<int, ReapedExit> gone,
        List<EngineEvent> events)
    {
        if (process.IsNone)
            return;
        if (gone.Remove(process.Pid, out ReapedExit exit))
        {
            events.Add(Exited(process, exit));
            return;
        }

        if (isHandedOver && (reaper.IsParked(process.Pid) || ChildReaper.IsChild(process.Pid)))
        {
            Keep(unit, process, token, events);
            return;
        }

        // A zombie still has its entry and its start time; a reused pid has another.
        ProcessIdentity now = proc.IsAvailable ? proc.Identify(process.Pid) : process;
        if (now.StartTicks != 0 && (process.StartTicks == 0 || now.StartTicks == process.StartTicks))
            Keep(unit, process, token, events);
        else if (!proc.IsAvailable)
            Keep(unit, process, token, events);
        else
            lost.Add(process);
    }

    private void Keep(UnitRuntime unit, ProcessIdentity process, SpawnToken token, List<EngineEvent> events)
    {
        processes.Adopt(unit.Id, process, token);
        if (_told.Contains(token.Value) || (isHandedOver && unit.Sub != SubState.Start))
            return;

        // The status pipe went with the old image; only Type=exec waits for what it would have said.
        if (!HasExecuted(process.Pid))
            unexecuted.Add(process.Pid, token);
        else if (unit.Sub == SubState.Start && unit.Definition.Service?.Type == ServiceType.Exec)
            events.Add(new EngineEvent.Executed(token));
    }

    private List<SlotFinding> ResolveSlots(Dictionary<int, ReapedExit> gone, List<EngineEvent> events)
    {
        var findings = new List<SlotFinding>();
        foreach (UsedSlot slot in SpawnSlots.Enumerate())
        {
            var token = new SpawnToken(slot.Token);
            ProcessIdentity process = default;
            bool executed = false;
            if (slot.Pid > 0)
            {
                process = new ProcessIdentity(slot.Pid, proc.Identify(slot.Pid).StartTicks);
                executed = !_told.Contains(slot.Token) && HasExecuted(slot.Pid);
                if (!executed && !_told.Contains(slot.Token) && !gone.ContainsKey(slot.Pid))
                    unexecuted.Add(slot.Pid, token);
            }

            UnitName.TryParse(slot.Unit, out UnitName name);
            findings.Add(new SlotFinding(token, process, executed, name));
            if (!process.IsNone && gone.Remove(slot.Pid, out ReapedExit exit))
                events.Add(Exited(process, exit));
            else if (!process.IsNone && !name.IsNone && engine.Find(name) is { } unit)
                processes.Adopt(unit.Id, process, token);
            processes.FreeAfterCommit(slot.Slot);
        }

        return findings;
    }

    // Without /proc it is taken for executed, and the exit status of one that never did says so
    // (200 to 243).
    private bool HasExecuted(int pid) => Execution.Of(proc, pid) != false;

    private static EngineEvent.Exited Exited(ProcessIdentity process, in ReapedExit exit)
    {
        int signal = exit.Status & 0x7f;
        return signal == 0
            ? new EngineEvent.Exited(process, ExitKind.Exited, (exit.Status >> 8) & 0xff)
            : new EngineEvent.Exited(
                process, (exit.Status & 0x80) != 0 ? ExitKind.Dumped : ExitKind.Killed, signal);
    }

    private static RecordKind KindOf(StartInfo start) => start.Reason switch
    {
        StartReason.Planned => RecordKind.Reexec,
        StartReason.Hang => RecordKind.Hang,
        _ => RecordKind.Crash,
    };

    private static string TextOf(StartInfo start, List<string> problems)
    {
        string text = start.Reason == StartReason.Planned || start.Cause is not { } cause
            ? $"{start.Reason}, version {ProductVersion.Text}, rung {start.Rung}"
            : $"{cause.Text} (rung {start.Rung}, {cause.Rapid} in a row"
                + (cause.OffMainThread ? ", off the main thread" : "")
                + (cause.EventUnit.Length > 0 ? $", while handling {cause.EventUnit}" : "") + ")";
        return problems.Count == 0 ? text : text + "; " + string.Join("; ", problems);
    }
}
