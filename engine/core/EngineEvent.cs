using InitTx.Core.Activation;
using InitTx.Core.Ports;
using InitTx.Units.Graph;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// Which command of a unit a process runs; the words are the sub-states it shows in.
/// </summary>
public enum ExecRole : byte
{
    Main,
    Condition,
    StartPre,
    StartPost,
    Reload,
    Stop,
    StopPost,

    /// <summary>mount(8) of a mount unit.</summary>
    Mount,

    /// <summary>mount(8) with other options.</summary>
    Remount,

    /// <summary>umount(8).</summary>
    Unmount,

    /// <summary>swapon(8) of a swap unit.</summary>
    SwapOn,

    /// <summary>swapoff(8).</summary>
    SwapOff,

    /// <summary>ExecCheck= of [X-InitTx].</summary>
    Check,

    /// <summary>Verb= of [X-InitTx].</summary>
    Verb,

    /// <summary>Before the sockets of a socket unit are closed.</summary>
    StopPre,
}

/// <summary>An entry of the kernel's table of mounts or of swaps.</summary>
/// <param name="Unit">The unit that stands for it, by the path.</param>
/// <param name="Where">The mount point; empty for a swap.</param>
/// <param name="What">What is mounted, or the swap's device or file.</param>
/// <param name="Type">The file system's type; empty for a swap.</param>
/// <param name="Options">Separated by commas; empty for a swap.</param>
public sealed record KernelEntry(
    UnitName Unit, string Where, string What, string Type, string Options);


/// <summary>How the conditions and the preparation of a start came out.</summary>
public enum PrepareOutcome : byte
{
    Ready,
    ConditionFailed,
    AssertFailed,

    /// <summary>
    /// A user, file or directory is missing or refused; the detail names directive and errno.
    /// </summary>
    Failed,
}

/// <summary>
/// What a notify datagram said, already cut to limits (sd_notify(3)); null is "not in it".
/// </summary>
public sealed record NotifyMessage
{
    public bool Ready { get; init; }
    public bool Reloading { get; init; }
    public bool Stopping { get; init; }
    public bool WatchdogPing { get; init; }
    public bool WatchdogTrigger { get; init; }
    public string? Status { get; init; }
    public ProcessIdentity MainPid { get; init; }
    public int? Errno { get; init; }
    public long? ExtendTimeoutUs { get; init; }
    public long? WatchdogUs { get; init; }

    /// <summary>FDSTORE=1: keep the descriptors that came along.</summary>
    public bool StoresDescriptors { get; init; }

    /// <summary>FDSTOREREMOVE=1: forget those of <see cref="DescriptorName"/>.</summary>
    public bool RemovesDescriptors { get; init; }

    /// <summary>FDNAME=.</summary>
    public string? DescriptorName { get; init; }

    /// <summary>FDPOLL=0: keep them also when the other end is gone.</summary>
    public bool KeepsBroken { get; init; }

    /// <summary>
    /// Under which number the shell holds the descriptors that came; 0 for none. The core answers
    /// each with StoreDescriptors or DropDescriptors.
    /// </summary>
    public ulong Ticket { get; init; }

    /// <summary>BUSERROR=.</summary>
    public string? BusError { get; init; }

    /// <summary>MONOTONIC_USEC=, which comes with RELOADING=1.</summary>
    public long? MonotonicUs { get; init; }

    /// <summary>EXIT_STATUS=.</summary>
    public int? ExitStatus { get; init; }
}

/// <summary>A process found alive, or a slot found used, when the manager came back.</summary>
/// <param name="Token">The spawn token from the slot.</param>
/// <param name="Process">None when the slot was never filled: the child did not run.</param>
/// <param name="Executed">The status pipe is gone, so whether exec happened is read from /proc.</param>
/// <param name="Unit">The unit that the slot names.</param>
public readonly record struct SlotFinding(
    SpawnToken Token, ProcessIdentity Process, bool Executed, UnitName Unit);

/// <summary>What the shell saw after a re-exec or crash, before the loop runs again.</summary>
public sealed record RecoveryFacts
{
    /// <summary>Crash, Hang or Reexec; the row's kind.</summary>
    public required RecordKind Kind { get; init; }

    /// <summary>In words: signal, address, thread, version, rung.</summary>
    public required string Text { get; init; }

    public IReadOnlyList<SlotFinding> Slots { get; init; } = [];

    /// <summary>
    /// Recorded processes that are gone without a collectable status (other boot, reused pid).
    /// </summary>
    public IReadOnlyList<ProcessIdentity> Lost { get; init; } = [];

    /// <summary>Socket units whose descriptors survived.</summary>
    public IReadOnlyList<UnitName> OpenSockets { get; init; } = [];

    /// <summary>Automount units whose pipe survived.</summary>
    public IReadOnlyList<UnitName> OpenAutomounts { get; init; } = [];

    /// <summary>
    /// Journal rows that are missing: highest seq seen by the black box; 0 for none.
    /// </summary>
    public long ExpectedHeadSeq { get; init; }
}

/// <summary>
/// Everything that can reach the core: a closed set. Events are facts; they are handled in the
/// order in which they are given, each completely, and they never fail.
/// </summary>
public abstract record EngineEvent
{
    private EngineEvent()
    {
    }

    /// <summary>The first event of a boot: start this target and what hangs on it.</summary>
    /// <param name="Target">The boot goal; when it is missing, rescue.target, then nothing but the sockets.</param>
    /// <param name="Text">Version, kernel, boot id, command line words that matter; goes into the boot row.</param>
    /// <param name="UserManager">A user's manager: SIGTERM and the end of the goal mean exit.</param>
    public sealed record Booted(UnitName Target, string Text, bool UserManager = false) : EngineEvent;

    /// <summary>
    /// What the kernel has now (mountinfo and swaps), each unit once, what is mounted upon before
    /// what is mounted there. Those become active without a job; mounts and swaps not named become
    /// inactive. Comes whenever a table has changed, before the end of a process of such a unit,
    /// and after every restart of the manager.
    /// </summary>
    public sealed record MountTableRead(IReadOnlyList<KernelEntry> Present) : EngineEvent;

    /// <summary>Who the machine is; before the first boot event.</summary>
    public sealed record MachineKnown(MachineFacts Facts) : EngineEvent;

    /// <summary>The wall clock was set (TFD_TIMER_CANCEL_ON_SET), or the machine woke up.</summary>
    public sealed record ClockChanged : EngineEvent
    {
        public static readonly ClockChanged Instance = new();
    }

    /// <summary>
    /// The helper has read what a timer needs: for one that is being started its stamp file, and
    /// zones that it counts in; or, without a unit, zones anew because they may have changed.
    /// </summary>
    /// <param name="Unit">The timer; below 0 for none.</param>
    /// <param name="StampUs">When the stamp file was changed, since 1970; 0 for never.</param>
    /// <param name="Zones">By name, "" for local time.</param>
    /// <param name="Problem">What could not be read, in words; it counts as UTC.</param>
    public sealed record ZonesRead(
        UnitId Unit,
        long StampUs,
        IReadOnlyList<KeyValuePair<string, TimeZoneTable>> Zones,
        string? Problem) : EngineEvent;

    /// <summary>
    /// The helper has looked at the paths of a unit; what changes from before that on is told.
    /// </summary>
    /// <param name="Look">As it was asked for.</param>
    /// <param name="Stamps">
    /// For each path in the unit's order 0 when it is not there (or the directory is empty), else a
    /// number that is another after each change.
    /// </param>
    /// <param name="Error">Why nothing is watched; null when it is.</param>
    public sealed record PathsSeen(
        PrepareToken Token, UnitId Unit, PathLook Look, IReadOnlyList<long> Stamps, string? Error)
        : EngineEvent;

    /// <summary>A watched path has moved.</summary>
    /// <param name="Watch">Its place in the unit's order; -1 for what may lead to one.</param>
    public sealed record PathStirred(UnitId Unit, int Watch) : EngineEvent;

    /// <summary>The helper has set autofs up for an automount, or could not.</summary>
    /// <param name="Error">In words; null when it is there.</param>
    /// <param name="Note">What of it does not work here; null for nothing.</param>
    public sealed record AutomountMade(
        PrepareToken Token, UnitId Unit, string? Error, string? Note = null) : EngineEvent;

    /// <summary>The helper has taken the autofs of an automount down.</summary>
    /// <param name="Error">What of it is left, in words; null for nothing.</param>
    public sealed record AutomountGone(
        PrepareToken Token, UnitId Unit, string? Error) : EngineEvent;

    /// <summary>
    /// The kernel holds a process until the mount is up; told again after a restart of the manager,
    /// and answered by AnswerAutomount.
    /// </summary>
    /// <param name="Pid">As the kernel tells it; 0 when it is in no namespace that we see.</param>
    /// <param name="Program">Its name; empty when it is gone.</param>
    public sealed record AutomountWanted(UnitId Unit, int Pid, string Program) : EngineEvent;

    /// <summary>The autofs of an automount was unmounted by somebody.</summary>
    public sealed record AutomountLost(UnitId Unit) : EngineEvent;

    /// <summary>
    /// Nobody has used the mount for TimeoutIdleSec=: the kernel holds whoever looks until it is
    /// gone, which AnswerAutomount says.
    /// </summary>
    public sealed record AutomountUnused(UnitId Unit) : EngineEvent;

    /// <summary>The manager came back over a restored engine.</summary>
    public sealed record Recovered(RecoveryFacts Facts) : EngineEvent;

    /// <summary>A client wants a change.</summary>
    public sealed record Requested(ControlRequest Request) : EngineEvent;

    /// <summary>The client of a request is gone: it detaches, or cancels if it said so.</summary>
    public sealed record ClientGone(RequestId Request) : EngineEvent;

    /// <summary>clone succeeded; the process exists and may not have executed yet.</summary>
    public sealed record Spawned(SpawnToken Token, ProcessIdentity Process) : EngineEvent;

    /// <summary>execve succeeded.</summary>
    public sealed record Executed(SpawnToken Token) : EngineEvent;

    /// <summary>
    /// No process, or one that exits without having executed (its <see cref="Exited"/> follows when
    /// <paramref name="ProcessExists"/>). Step and errno are for the message.
    /// </summary>
    public sealed record SpawnFailed(SpawnToken Token, bool ProcessExists, string Step, int Errno)
        : EngineEvent;

    /// <summary>A known child ended; reported once, before it is reaped.</summary>
    /// <param name="CgroupEmpty">
    /// What cgroup.events of its unit said when the exit was seen (a zombie does not count as
    /// populated); null where there is no cgroup. With false the core waits for
    /// <see cref="CgroupEmptied"/> before it calls the unit down.
    /// </param>
    /// <param name="ForMemory">
    /// SIGKILL, and the kernel has killed for memory in the unit's cgroup since it was last told.
    /// </param>
    public sealed record Exited(
        ProcessIdentity Process,
        ExitKind Kind,
        int Code,
        bool? CgroupEmpty = null,
        bool ForMemory = false) : EngineEvent;

    /// <summary>
    /// The kernel has killed a process of the unit for memory, none whose <see cref="Exited"/> said
    /// so. It may come late: the unit may be down, up again, or forgotten.
    /// </summary>
    /// <param name="Activation">
    /// <see cref="UnitRuntime.ActivationSeq"/> of the run that last had a process made there.
    /// </param>
    public sealed record OutOfMemory(UnitId Unit, long Activation) : EngineEvent;

    /// <summary>The helper's answer, or its silence past the deadline (Failed).</summary>
    public sealed record Prepared(PrepareToken Token, PrepareOutcome Outcome, string Detail) : EngineEvent;

    /// <summary>
    /// A datagram on the notify socket from a process whose unit the shell has proved by
    /// credentials and cgroup; NotifyAccess is the core's to judge.
    /// </summary>
    public sealed record Notified(UnitId Unit, int SenderPid, NotifyMessage Message) : EngineEvent;

    /// <summary>Only time has passed; deadlines are looked at after every event anyway.</summary>
    public sealed record Tick : EngineEvent
    {
        public static readonly Tick Instance = new();
    }

    /// <summary>
    /// The unit's cgroup has no process left, read at this moment; ignored while a process of the
    /// unit is known to live or is being made.
    /// </summary>
    public sealed record CgroupEmptied(UnitId Unit) : EngineEvent;

    /// <summary>The unit's sockets are open and bound, or the error says which is not.</summary>
    public sealed record SocketsOpened(UnitId Unit, string? Error) : EngineEvent;

    /// <summary>
    /// There is traffic on a listening socket that is being polled; polling is off now.
    /// </summary>
    public sealed record SocketReady(UnitId Unit) : EngineEvent;

    /// <summary>
    /// A connection came in by a socket with Accept=yes; the shell holds it under the ticket until
    /// <see cref="Effect.CloseConnection"/>, over restarts of the manager as well, and tells of it
    /// again after a crash that lost what the core made of it. Polling goes on.
    /// </summary>
    /// <param name="Ticket">Above that of every connection of the socket before it.</param>
    /// <param name="Peer">
    /// What stands behind the number in the name of the instance: LOCAL-REMOTE, PID-UID or unknown.
    /// </param>
    /// <param name="Source">
    /// Equal for connections of one address (MaxConnectionsPerSource=); empty for unix sockets.
    /// </param>
    public sealed record ConnectionAccepted(UnitId Unit, ulong Ticket, string Peer, string Source)
        : EngineEvent;

    /// <summary>
    /// The kernel gave no connection although one waits (no descriptor, no memory); polling is off.
    /// </summary>
    public sealed record AcceptFailed(UnitId Unit, string Error) : EngineEvent;

    /// <summary>The shell holds nothing of the unit any more; answers ReleaseUnit.</summary>
    public sealed record UnitReleased(UnitId Unit) : EngineEvent;

    /// <summary>
    /// PIDFile= was read: a process of the unit, or an error in words (the core asks again until
    /// the time-out). For a unit without PIDFile= the answer is the one process that is left in its
    /// cgroup, or the reason why there is no such one: the unit then runs without a main process.
    /// </summary>
    public sealed record PidFileRead(UnitId Unit, ProcessIdentity Process, string? Error) : EngineEvent;

    /// <summary>
    /// BusName= of a Type=dbus service has an owner among the unit's processes, or has none any
    /// more. Comes only while the name is watched; a bus that is away changes nothing.
    /// </summary>
    public sealed record BusNameChanged(UnitId Unit, bool Owned) : EngineEvent;

    /// <summary>A signal to the manager (systemd(1) "SIGNALS").</summary>
    public sealed record SignalReceived(int Signal, int SenderPid, int SenderUid) : EngineEvent;

    /// <summary>
    /// daemon-reload's new files are parsed; the engine merges them, running units stay.
    /// </summary>
    public sealed record CatalogReplaced(IUnitCatalog Catalog, RequestId Request, string? Error)
        : EngineEvent;

    /// <summary>A stage of the final shutdown is done (or timed out, says the detail).</summary>
    public sealed record ShutdownStageDone(ShutdownStage Stage, string Detail) : EngineEvent;

    /// <summary>
    /// Limits that the unit asks for and does not have here, each with the reason; told once, and
    /// again when it is another text. The unit runs without.
    /// </summary>
    public sealed record ResourcesLost(UnitId Unit, string Text) : EngineEvent;

    /// <summary>
    /// An effect could not be carried out at all; the unit's state machine decides.
    /// </summary>
    public sealed record EffectFailed(UnitId Unit, string Effect, string Error) : EngineEvent;
}

/// <summary>The stages after all units have stopped, in order.</summary>
public enum ShutdownStage : byte
{
    /// <summary>SIGTERM to every process that is left, wait at most 10 s.</summary>
    TerminateAll,

    /// <summary>SIGKILL to every process that is left, wait at most 10 s.</summary>
    KillAll,

    /// <summary>Unmount, swapoff, detach what can be, with a deadline.</summary>
    Unmount,

    /// <summary>sync and reboot(2).</summary>
    Final,
}
