using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Core.Supervision;
using InitTx.Init.Activation;
using InitTx.Init.Logging;
using InitTx.Init.Prepare;
using InitTx.Linux;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Handles;
using InitTx.Linux.Logging;
using InitTx.Linux.Loop;
using InitTx.Linux.Prepare;
using InitTx.Linux.Processes;
using InitTx.Units.Model;

namespace InitTx.Init.Processes;

/// <summary>
/// Every process that the manager makes or adopts. The order that makes a crash harmless:
/// <list type="number">
/// <item>the core's intent is committed before <c>Spawn</c> runs;</item>
/// <item>a black-box slot holds token and unit before clone, the kernel writes the pid there;</item>
/// <item><c>Spawned</c> goes to the core; the slot is freed after that batch's commit;</item>
/// <item>an exit is peeked, handled, committed, and only then reaped.</item>
/// </list>
/// </summary>
internal sealed class ProcessHost(
    Engine engine,
    EventQueue queue,
    ChildReaper reaper,
    ProcFs proc,
    LateSignals late,
    SpawnStatusTable statuses,
    SpawnBuilder builder,
    PrepareClient prepare,
    UnitCgroups cgroups,
    PassedDescriptors passed,
    NamespaceHost namespaces,
    StandardStreams streams,
    ExecWatch unexecuted,
    Boot.MountUnits mounts,
    InternalProcesses own,
    KnownPids known,
    AdoptedProcesses adopted,
    InvocationIds invocations,
    ManagerPaths paths)
{
    /// <summary>Left free for the manager's own processes.</summary>
    private const int SpawnReserve = 16;

    private readonly StartClock _starts = new(proc);
    private readonly Queue<Effect.Spawn> _waiting = new();
    private readonly List<int> _slotsToFree = [];

    /// <summary>Makes a process for a unit; the outcome comes as events.</summary>
    public void Spawn(Effect.Spawn effect)
    {
        // The shim has room for so many between clone and exec; the rest waits its turn.
        if (_waiting.Count > 0 || Shim.SpawnsPending >= SpawnRequest.MostAtOnce - SpawnReserve)
            _waiting.Enqueue(effect);
        else
            Begin(effect);
    }

    /// <summary>Status pipes were read: there may be room for spawns that wait.</summary>
    public void SpawnWaiting()
    {
        while (_waiting.Count > 0
            && Shim.SpawnsPending < SpawnRequest.MostAtOnce - SpawnReserve)
        {
            Begin(_waiting.Dequeue());
        }
    }

    private void Begin(Effect.Spawn effect)
    {
        UnitRuntime unit = engine.Unit(effect.Unit);
        if (!unit.Definition.Exec?.NeedsPrepare ?? true)
        {
            Spawn(effect, unit, null);
            return;
        }

        // A manager that came back has lost the prepared block of a unit in the middle of its start.
        prepare.WithPrepared(unit, (block, error) =>
        {
            if (block is { Outcome: PrepareOutcome.Ready })
                Spawn(effect, unit, block);
            else
                Fail(effect.Token, false, "prepare", (int)Errno.EIO, block?.Detail ?? error);
        });
    }

    /// <summary>Takes up a process that recovery found.</summary>
    public void Adopt(UnitId unit, ProcessIdentity process, SpawnToken token)
    {
        if (process.IsNone)
            return;
        if (!reaper.IsKnown(process.Pid))
            reaper.Register(process, null, token.Value);
        known.Set(process.Pid, unit);
        cgroups.Join(unit, process);
    }

    /// <summary>A slot that recovery resolved: free once the core's row is committed.</summary>
    public void FreeAfterCommit(int slot) => _slotsToFree.Add(slot);

    /// <summary>A child's pidfd is readable.</summary>
    public void OnChildReady(int pid)
    {
        if (reaper.TryPeek(pid, out ChildExit exit))
            OnExit(exit);
    }

    /// <summary>Looks for exits that only a sweep finds, and reaps orphans.</summary>
    public void Sweep()
    {
        Span<ChildExit> exits = stackalloc ChildExit[16];
        int count = reaper.Sweep(exits);
        for (int i = 0; i < count; i++)
            OnExit(exits[i]);
    }

    /// <summary>The batch is committed: what was seen may go, what was spawned has its row.</summary>
    public void AfterCommit()
    {
        reaper.ReapCommitted();
        adopted.AfterCommit();
        foreach (int slot in _slotsToFree)
            SpawnSlots.Free(slot);
        _slotsToFree.Clear();
    }

    public void Signal(Effect.Signal effect)
    {
        switch (effect.Scope)
        {
            case SignalScope.Process:
                Send(effect.Process, effect);
                break;
            case SignalScope.Unit when effect.ThenContinue && cgroups.Tracks:
                Ask(effect, engine.Unit(effect.Unit));
                break;
            case SignalScope.Unit:
                SignalAll(effect, default);
                break;
            case SignalScope.UnitExceptMain:
                SignalAll(effect, engine.Unit(effect.Unit).MainProcess);
                break;
        }
    }

    /// <summary>cgroup.kill, or SIGKILL to each process of the unit.</summary>
    public void Kill(Effect.KillCgroup effect)
    {
        late.Forget(effect.Unit);
        queue.PostFailure(effect.Unit, "kill", cgroups.Kill(engine.Unit(effect.Unit)));
    }

    // A stop, which asks: those that we made hear of it at once, the rest of the cgroup a little
    // later, when most units have no rest any more.
    private void Ask(Effect.Signal effect, UnitRuntime unit)
    {
        late.Send(unit.Id);
        int main = SendNow(unit.MainProcess, effect);
        int control = SendNow(unit.ControlProcess, effect);
        if (main == 0 && control == 0)
            SignalAll(effect, default);
        else
            late.Add(unit.Id, new LateSignal(effect.Number, main, control));
    }

    // Its pid, when it could be signalled as a child that is known.
    private int SendNow(ProcessIdentity process, Effect.Signal effect) =>
        !process.IsNone && reaper.IsKnown(process.Pid)
            && reaper.Signal(proc, process, effect.Number).IsOk
                ? process.Pid
                : 0;

    private void SignalAll(Effect.Signal effect, ProcessIdentity except)
    {
        late.Send(effect.Unit);
        queue.PostFailure(effect.Unit, "signal", cgroups.SignalAll(
            engine.Unit(effect.Unit), except, effect.Number, effect.ThenContinue));
    }

    private void Send(ProcessIdentity process, Effect.Signal effect)
    {
        queue.PostFailure(effect.Unit, "signal",
            reaper.Signal(proc, process, effect.Number, effect.ThenContinue));
    }

    private void OnExit(ChildExit exit)
    {
        statuses.OnEnded(exit.Process.Pid);
        unexecuted.OnEnded(exit.Process.Pid);
        bool? empty = null;
        bool starved = false;
        if (known.TryGet(exit.Process.Pid, out UnitId unit))
        {
            BeforeExit(unit);
            empty = cgroups.IsEmpty(unit, exit.Process.Pid);
            starved = exit is { Kind: ExitKind.Killed, Code: Signals.Kill }
                && cgroups.RanOutOfMemory(unit);
            if (empty == true)
                late.Forget(unit);
            else
                late.Send(unit);
        }

        known.Remove(exit.Process.Pid);
        if (!own.TryEnd(exit.Process.Pid, exit.Kind, exit.Code))
            queue.Post(new EngineEvent.Exited(exit.Process, exit.Kind, exit.Code, empty, starved));
    }

    private void BeforeExit(UnitId unit)
    {
        if (engine.UnitOrNull(unit)?.Name.Kind is UnitKind.Mount or UnitKind.Swap)
            mounts.BeforeExit();
    }

    private void Spawn(Effect.Spawn effect, UnitRuntime unit, PrepareAnswer.Prepared? block)
    {
        UnitDefinition definition = unit.Definition;
        if (CommandOf(definition, effect) is not { } command)
        {
            Fail(effect.Token, false, "command", (int)Errno.ENOENT, "the unit no longer has this command");
            return;
        }

        builder.Begin(definition, block);
        AddRuntimeVariables(effect, unit);
        var request = new SpawnRequest();
        string names = "";
        bool areStreams = StandardStreams.TakeSocket(definition.Exec);
        List<int> given = areStreams || effect.Role == ExecRole.Main
            ? passed.Of(unit, areStreams, out names)
            : [];
        int[] listen = areStreams ? [] : [.. given];
        PassedDescriptors.Tell(builder.Environment, PidPlaceholder, listen.Length, names);
        if (namespaces.For(unit, command, out SharedNamespaces shared) is { } lack)
        {
            Fail(effect.Token, false, "namespaces", (int)Errno.EMFILE, lack);
            return;
        }

        var asked = new CommandRequest(
            definition, command, block, listen.Length, shared,
            MountCommands.Directories(definition, effect.Role), cgroups.FiltersOf(definition));
        if (builder.Finish(asked, ref request) is { } problem)
        {
            Fail(effect.Token, false, "arguments", (int)Errno.EINVAL, problem);
            return;
        }

        // autofs lets nobody else mount at its place before it is mounted there.
        if (unit.IsAutomounted)
            request.Flags &= ~SpawnFlags.NewSession;
        LogStreamFacts output = OutputFacts.Of(
            definition, command.Path, ExecRoles.Word(effect.Role), effect.Token.Value, pid: 0);
        if (streams.Fill(definition.Exec, output, given, names, ref request) is { } stream)
        {
            FailAfterStreams(effect.Token, "standard streams", (int)Errno.EIO, stream);
            return;
        }

        request.ListenFds = WithStores(listen, shared);
        using FileDescriptor? cgroup = cgroups.DescriptorFor(
            unit, out bool join, out SysResult made);
        if (made.IsError)
        {
            FailAfterStreams(effect.Token, "cgroup", (int)made.Error, made.Error.Text());
            return;
        }

        int slot = SpawnSlots.Take(effect.Token.Value, (int)effect.Role, unit.Name.Value);
        if (slot < 0)
        {
            FailAfterStreams(
                effect.Token, "spawn slot", -slot, "too many processes between clone and commit");
            return;
        }

        request.Slot = slot;
        if (cgroup is not null && unit.Definition.Delegate && block is { HasIds: true })
            cgroups.GiveAway(unit.Id, cgroup, block.Uid, block.Gid);
        request.Cgroup = cgroup?.Number ?? -1;
        if (join)
            request.Flags |= SpawnFlags.JoinCgroup;
        Run(effect, command.Path, in request, slot);
        streams.CloseTemporary();
    }

    private static int[] WithStores(int[] listen, in SharedNamespaces shared)
    {
        if (shared.Stores.Count == 0)
            return listen;
        List<int> all = [.. listen];
        foreach ((_, int reading, int writing) in shared.Stores)
            all.AddRange([reading, writing]);
        return [.. all];
    }

    private void Run(Effect.Spawn effect, string program, in SpawnRequest request, int slot)
    {
        long before = MonotonicClock.BootTimeUs();
        SpawnResult made = Shim.Spawn(in request);
        long after = MonotonicClock.BootTimeUs();
        if (made.IsError)
        {
            SpawnSlots.Free(slot);
            Fail(effect.Token, false, "clone", made.Errno, "");
            return;
        }

        streams.Made(made.Pid);
        ProcessIdentity identity = _starts.Identify(made.Pid, before, after);
        reaper.Register(identity, InternalProcesses.Own(made.PidFd), effect.Token.Value);
        known.Set(made.Pid, effect.Unit);
        cgroups.Made(made.Pid, effect.Unit);
        _slotsToFree.Add(slot);
        queue.Post(new EngineEvent.Spawned(effect.Token, identity));
        (SpawnToken token, int pid) = (effect.Token, made.Pid);
        statuses.Add(made, token.Value, program, report => OnStatus(token, pid, program, report));
    }

    /// <summary>
    /// Takes over the status pipes that the image before this one handed over; the spawns that they
    /// will tell of.
    /// </summary>
    public HashSet<ulong> TakeOverPipes(IReadOnlyList<HeldDescriptor> held) => statuses.TakeOver(
        held, (token, pid, program, report) =>
            OnStatus(new SpawnToken(token), pid, program, report));

    // One that was killed before its execve closes the pipe as well: its exit says all there is.
    private void OnStatus(SpawnToken token, int pid, string program, SpawnReport report)
    {
        if (report.Errno != 0)
            Fail(token, true, report.Text ?? SpawnStepNames.Of(report.Step, program), report.Errno,
                report.Text is null ? Text(report.Errno) : "");
        else if (Execution.OfClosedPipe(proc, pid) != false)
            queue.Post(new EngineEvent.Executed(token));
    }

    private void FailAfterStreams(SpawnToken token, string step, int errno, string detail)
    {
        streams.CloseTemporary();
        Fail(token, false, step, errno, detail);
    }

    private void Fail(SpawnToken token, bool exists, string step, int errno, string detail) =>
        queue.Post(new EngineEvent.SpawnFailed(
            token, exists, detail.Length == 0 ? step : $"{step}: {detail}", errno));

    private void AddRuntimeVariables(Effect.Spawn effect, UnitRuntime unit)
    {
        ProcessEnvironment environment = builder.Environment;
        environment.Set("INVOCATION_ID", invocations.Of(unit));
        if (unit.Definition.Service is { } service)
        {
            if (service.NotifyAccess != NotifyAccess.None)
                environment.Set("NOTIFY_SOCKET", paths.NotifySocket);
            if (service.WatchdogUs > 0 && effect.Role == ExecRole.Main)
            {
                environment.Set("WATCHDOG_USEC", service.WatchdogUs.ToString(System.Globalization.CultureInfo.InvariantCulture));
                environment.Set("WATCHDOG_PID", PidPlaceholder);
            }

            if (service.FileDescriptorStoreMax > 0)
            {
                environment.Set("FDSTORE", service.FileDescriptorStoreMax.ToString(
                    System.Globalization.CultureInfo.InvariantCulture));
            }

            if (service.PidFile is { } pidFile)
                environment.Set("PIDFILE", pidFile);
        }

        passed.TellPeer(unit, environment);
        environment.Set("SYSTEMD_EXEC_PID", PidPlaceholder);
        environment.SetAll(effect.Environment);
        if (environment.Get("MONITOR_UNIT") is { } monitored
            && UnitName.TryParse(monitored, out UnitName name)
            && engine.Find(name) is { } trigger)
            environment.Set("MONITOR_INVOCATION_ID", invocations.Of(trigger));
    }

    /// <summary>The shim's child writes its own pid over this.</summary>
    private const string PidPlaceholder = "0000000000";

    private static string Text(int errno) => ((Errno)errno).Text();

    private static ExecCommand? CommandOf(UnitDefinition unit, Effect.Spawn effect)
    {
        IReadOnlyList<ExecCommand> list = MountCommands.Of(unit, effect.Role) is { } command
            ? [command]
            : ExecRoles.Commands(unit, effect.Role);
        return effect.CommandIndex < list.Count ? list[effect.CommandIndex] : null;
    }
}
