using InitTx.Core.Ports;

namespace InitTx.Core;

/// <summary>What the final shutdown ends in.</summary>
public enum ShutdownKind : byte
{
    Poweroff,
    Reboot,
    Halt,
    Kexec,

    /// <summary>A user's manager, or a container's: exit.</summary>
    Exit,
}

/// <summary>What a look at paths is compared with.</summary>
public enum PathLook : byte
{
    /// <summary>Nothing: a change is what comes after it.</summary>
    First,

    /// <summary>Whether the paths existed at the last look.</summary>
    Again,

    /// <summary>All of the last look: nobody watched since.</summary>
    Resumed,
}

/// <summary>What the kernel asks an automount for.</summary>
public enum AutomountRequest : byte
{
    /// <summary>Somebody looks: the mount is to come.</summary>
    Mount,

    /// <summary>Nobody did for a time: the mount is to go.</summary>
    Expire,
}

/// <summary>What the kernel tells those whom it holds.</summary>
public enum AutomountAnswer : byte
{
    /// <summary>They go on.</summary>
    Done,

    /// <summary>It did not work (ENODEV).</summary>
    NoMount,

    /// <summary>The automount is being taken down (EHOSTDOWN).</summary>
    Down,
}

/// <summary>Whom a signal goes to.</summary>
public enum SignalScope : byte
{
    /// <summary>One process, by pidfd.</summary>
    Process,

    /// <summary>
    /// Every process of the unit: cgroup, or process group and slots where there is none.
    /// </summary>
    Unit,

    /// <summary>Every process of the unit but the main one.</summary>
    UnitExceptMain,
}

/// <summary>
/// Everything that the core can ask for: a closed set. Effects run after their records are
/// committed, in order; they never throw into the core, their outcome comes back as an event.
/// Every effect may be asked for again after a crash, so each is idempotent by token or by nature.
/// </summary>
public abstract record Effect
{
    private Effect()
    {
    }

    /// <summary>
    /// Ask the prepare helper: conditions, users, files, directories. Answer: Prepared.
    /// </summary>
    /// <param name="Restart">A restart: a fresh or, when the helper is stuck, the last answer will do.</param>
    public sealed record Prepare(PrepareToken Token, UnitId Unit, bool Restart) : Effect;

    /// <summary>
    /// Make a process for a command. Answers: Spawned or SpawnFailed, then Executed or SpawnFailed,
    /// then Exited.
    /// </summary>
    /// <param name="CommandIndex">Which command of the role's list.</param>
    /// <param name="Environment">Variables that only the core knows: MAINPID, SERVICE_RESULT, EXIT_CODE, EXIT_STATUS.</param>
    public sealed record Spawn(
        SpawnToken Token,
        UnitId Unit,
        ExecRole Role,
        int CommandIndex,
        IReadOnlyList<KeyValuePair<string, string>> Environment) : Effect;

    /// <summary>Send a signal; SIGCONT follows when asked for.</summary>
    public sealed record Signal(
        UnitId Unit,
        SignalScope Scope,
        ProcessIdentity Process,
        int Number,
        bool ThenContinue) : Effect;

    /// <summary>cgroup.kill, or SIGKILL to every process of the unit where there is none.</summary>
    public sealed record KillCgroup(UnitId Unit) : Effect;

    /// <summary>
    /// cgroup.freeze: suspend all processes of the unit, those that it forks included, or let them
    /// go on. The kernel does it in its own time. No answer but EffectFailed.
    /// </summary>
    public sealed record Freeze(UnitId Unit, bool On) : Effect;

    /// <summary>The unit is down: remove its cgroup, PID file and runtime directories.</summary>
    /// <param name="KeepDirectories">A restart follows and RuntimeDirectoryPreserve says so.</param>
    public sealed record CleanUp(UnitId Unit, bool KeepDirectories) : Effect;

    /// <summary>Open the unit's sockets. Answer: SocketsOpened.</summary>
    public sealed record OpenSockets(UnitId Unit) : Effect;

    /// <summary>Close them and unlink what has to be.</summary>
    public sealed record CloseSockets(UnitId Unit) : Effect;

    /// <summary>
    /// Watch for traffic, once. Answer: SocketReady. With Accept=yes connections are accepted until
    /// it is disabled; answers: ConnectionAccepted, AcceptFailed.
    /// </summary>
    /// <param name="Flush">FlushPending=: what waits already is thrown away first.</param>
    public sealed record PollSockets(UnitId Unit, bool Enable, bool Flush = false) : Effect;

    /// <summary>
    /// Close what is left of a connection here: it was refused, or its instance has ended.
    /// </summary>
    public sealed record CloseConnection(UnitId Socket, ulong Ticket) : Effect;

    /// <summary>
    /// The instance is about to be forgotten: let go of what is held for it, which may take until
    /// there is nothing else to do. Answer: UnitReleased.
    /// </summary>
    public sealed record ReleaseUnit(UnitId Unit) : Effect;

    /// <summary>
    /// Keep the descriptors of a ticket for the unit, as far as FileDescriptorStoreMax= allows.
    /// </summary>
    public sealed record StoreDescriptors(UnitId Unit, ulong Ticket, string Name, bool KeepBroken)
        : Effect;

    /// <summary>Close the descriptors of a ticket.</summary>
    public sealed record DropDescriptors(UnitId Unit, ulong Ticket) : Effect;

    /// <summary>Close those that the unit stores under a name; null is all of them.</summary>
    public sealed record ReleaseDescriptors(UnitId Unit, string? Name) : Effect;

    /// <summary>
    /// Type=dbus: look who owns BusName= on the system bus, now and from now on, until told to
    /// stop. Answer: BusNameChanged, only when it is not as the core has it. Asked again, it looks
    /// again.
    /// </summary>
    public sealed record WatchBusName(UnitId Unit, bool Enable) : Effect;

    /// <summary>
    /// Read PIDFile= through the helper; without one, guess the main process (GuessMainPID=): the
    /// only process left in the cgroup. Answer: PidFileRead.
    /// </summary>
    public sealed record ReadPidFile(UnitId Unit) : Effect;

    /// <summary>
    /// Set the stamp file of a Persistent= timer to when it elapsed. No answer; what fails is said.
    /// </summary>
    public sealed record WriteStamp(UnitId Unit, long RealtimeUs) : Effect;

    /// <summary>
    /// Read time zones through the helper, "" for local time. Answer: ZonesRead without a unit.
    /// </summary>
    public sealed record ReadZones(IReadOnlyList<string> Zones) : Effect;

    /// <summary>
    /// Watch the paths of a path unit and look at them, through the helper. Answers: PathsSeen,
    /// then PathStirred as often as something moves, until UnwatchPaths or the next watch.
    /// </summary>
    public sealed record WatchPaths(PrepareToken Token, UnitId Unit, PathLook Look) : Effect;

    /// <summary>Give up the watch of a path unit; none is fine.</summary>
    public sealed record UnwatchPaths(UnitId Unit) : Effect;

    /// <summary>Have the helper set autofs up. Answer: AutomountMade.</summary>
    public sealed record MakeAutomount(PrepareToken Token, UnitId Unit) : Effect;

    /// <summary>
    /// Let go of an automount's pipe, which releases whoever the kernel still holds, and have the
    /// helper take the place down with all that is mounted there. Answer: AutomountGone.
    /// </summary>
    public sealed record UnmakeAutomount(PrepareToken Token, UnitId Unit) : Effect;

    /// <summary>Answer whoever the kernel holds for one kind of request; nobody is fine.</summary>
    public sealed record AnswerAutomount(
        UnitId Unit, AutomountRequest Request, AutomountAnswer Answer) : Effect;

    /// <summary>
    /// Ask the kernel whether the mount was used of late; AutomountUnused comes when it was not.
    /// </summary>
    public sealed record ExpireAutomount(UnitId Unit) : Effect;

    /// <summary>Tell a client.</summary>
    public sealed record Reply(RequestId Request, EngineReply Body) : Effect;

    /// <summary>
    /// Have the unit files read again through the helper. Answer: CatalogReplaced.
    /// </summary>
    public sealed record ReloadCatalog(RequestId Request) : Effect;

    /// <summary>
    /// Replace the manager's own image in place; nothing of this step runs after it.
    /// </summary>
    public sealed record Reexec(RequestId Request) : Effect;

    /// <summary>
    /// Run a stage of the final shutdown. Answer: ShutdownStageDone, but for Final.
    /// </summary>
    /// <param name="Argument">
    /// RebootArgument= of the unit that asked for it, for reboot(2); for an exit the status, in
    /// decimal.
    /// </param>
    public sealed record Shutdown(ShutdownStage Stage, ShutdownKind Kind, string? Argument = null)
        : Effect;

    /// <summary>
    /// Limits and weights of control groups may be others than those in force: units were
    /// redefined, or the boot is over. Writes what differs. Answer: ResourcesLost for each unit of
    /// which something cannot be had.
    /// </summary>
    public sealed record ApplyResources : Effect
    {
        public static readonly ApplyResources Instance = new();
    }

    /// <summary>A line for the console: boot progress, failures.</summary>
    public sealed record ConsoleLine(string Text) : Effect;
}
