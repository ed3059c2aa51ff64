using InitTx.Core.Activation;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Supervision;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// What the engine knows of one unit beside its definition. Desired state
/// (<see cref="GoalActive"/>) and actual state (<see cref="Sub"/>) are two fields. Read by the
/// shell for queries; written by the core only. Everything here but the definition is persistent.
/// </summary>
public sealed class UnitRuntime
{
    internal UnitRuntime(UnitId id, UnitDefinition definition)
    {
        Id = id;
        Definition = definition;
        StateDeadline = new Deadline(DeadlineKind.UnitState, this);
        WatchdogDeadline = new Deadline(DeadlineKind.Watchdog, this);

        // What is there before the manager is needs no job to be up.
        if (definition.IsPerpetual)
        {
            GoalActive = true;
            Sub = StandingStates.UpStateOf(definition.Name.Kind);
        }
    }

    public UnitId Id { get; }

    /// <summary>The definition in force; replaced by a reload.</summary>
    public UnitDefinition Definition { get; internal set; }

    public UnitName Name => Definition.Name;

    /// <summary>
    /// Why the files on disk are not what the unit runs by: the last reload found them unusable
    /// and kept the definition in force; null when they were taken.
    /// </summary>
    public string? DiskProblem { get; internal set; }

    /// <summary>What the last request or dependency wants: true is active.</summary>
    public bool GoalActive { get; internal set; }

    public SubState Sub { get; internal set; }

    public UnitResult Result { get; internal set; }

    /// <summary>When <see cref="Sub"/> was entered.</summary>
    public Instant Since { get; internal set; }

    /// <summary>
    /// Journal seq of the transition into <see cref="Sub"/>: cause of what follows.
    /// </summary>
    public long SinceSeq { get; internal set; }

    /// <summary>
    /// The row with which the unit last left a state in which nothing of it runs: names one
    /// activation among all of this manager; 0 before the first.
    /// </summary>
    public long ActivationSeq { get; internal set; }

    public ProcessIdentity MainProcess { get; internal set; }
    public SpawnToken MainToken { get; internal set; }
    public ProcessIdentity ControlProcess { get; internal set; }
    public SpawnToken ControlToken { get; internal set; }
    public ExecRole ControlRole { get; internal set; }
    public int CommandIndex { get; internal set; }
    public PrepareToken PrepareToken { get; internal set; }

    /// <summary>How the last main process ended.</summary>
    public ExitKind MainExitKind { get; internal set; }

    public int MainExitCode { get; internal set; }

    /// <summary>
    /// The last start was one too many (StartLimitBurst=). <see cref="Result"/> then still says how
    /// the run before ended, if that was a failure, as it does under systemd.
    /// </summary>
    public bool IsLimited { get; internal set; }

    /// <summary>How the run before the last start ended; a limited start goes back to it.</summary>
    internal RunEnd Before { get; set; } = RunEnd.None;

    /// <summary>Automatic restarts since the last start by hand.</summary>
    public int Restarts { get; internal set; }

    /// <summary>Its processes are suspended, or about to be (initx freeze).</summary>
    public bool IsFrozen { get; internal set; }

    /// <summary>When <see cref="IsFrozen"/> last changed; zero before the first time.</summary>
    public Instant FreezerSince { get; internal set; }

    /// <summary>The unit may have descriptors in the store.</summary>
    public bool HasStore { get; internal set; }

    /// <summary>Type=dbus: a process of the unit owns BusName=, as far as is known.</summary>
    public bool OwnsBusName { get; internal set; }

    /// <summary>
    /// Monotonic microseconds at which the state times out; long.MaxValue for never.
    /// </summary>
    public long DeadlineUs => StateDeadline.DueUs;

    /// <summary>
    /// Monotonic microseconds by which a watchdog ping is due; long.MaxValue for never.
    /// </summary>
    public long WatchdogDeadlineUs => WatchdogDeadline.DueUs;

    /// <summary>The last STATUS= of the service.</summary>
    public string? StatusText { get; internal set; }

    /// <summary>The transaction that last moved this unit; 0 for none.</summary>
    public TransactionId Transaction { get; internal set; }

    /// <summary>A start that conditions skipped, or the assert that failed, in words.</summary>
    public string? ConditionText { get; internal set; }

    /// <summary>The job in the queue; null when there is none.</summary>
    public UnitJob? Job { get; internal set; }

    /// <summary>The state in the words that hold for every unit type.</summary>
    public ActiveState Active => StateWords.ActiveOf(Sub);

    /// <summary>Why the unit failed or was refused, in words, for status and messages.</summary>
    public string? FailureText { get; internal set; }

    /// <summary>Which of several ExecStart= of a oneshot runs.</summary>
    public int MainCommandIndex { get; internal set; }

    /// <summary>What the unit does while it is reloading.</summary>
    internal UnitWork Work { get; set; }

    /// <summary>The verb of its own that it last began; null for none.</summary>
    public string? WorkVerb { get; internal set; }

    /// <summary>How the last reload, verb or check ended.</summary>
    public UnitResult ReloadResult { get; internal set; }

    /// <summary>When the unit last became active; RuntimeMaxSec= counts from here.</summary>
    public Instant ActiveSince { get; internal set; }

    /// <summary>
    /// When the unit last left, and last came to, a state in which it is down; timers count from
    /// these. The monotonic parts move by the time that the machine slept.
    /// </summary>
    public Instant Began { get; internal set; }

    /// <inheritdoc cref="Began"/>
    public Instant Ended { get; internal set; }

    /// <summary>Mount and swap: the kernel's table has it.</summary>
    public bool IsPresent { get; internal set; }

    /// <summary>
    /// Mount and swap that no file declares: what the kernel's table said, and on which mount it
    /// lies. The definition is made of it.
    /// </summary>
    internal (KernelEntry Entry, UnitName? Above)? Seen { get; set; }

    /// <summary>
    /// Automount: what the kernel waits for, which has its time until <see cref="DeadlineUs"/>;
    /// null for nothing.
    /// </summary>
    internal AutomountRequest? Asked { get; set; }

    /// <summary>Path: what the last look found, in the order of its paths.</summary>
    internal long[] PathStamps { get; set; } = [];

    /// <summary>Timer: what it remembers.</summary>
    internal TimerMemory? Timer { get; set; }

    /// <summary>
    /// An empty cgroup would be news: no process of the unit is known, and some may be left.
    /// </summary>
    public bool AwaitsEmptyCgroup => Name.Kind is UnitKind.Service or UnitKind.Socket && !HasMain
        && !HasControl && Leftovers != Leftovers.None;

    /// <summary>What is known of processes beside the main and the control process.</summary>
    internal Leftovers Leftovers { get; set; }

    /// <summary>What the present state still waits for, beside its processes.</summary>
    internal ServiceWait Wait { get; set; }

    /// <summary>A datagram that NotifyAccess= forbids was recorded since the last start.</summary>
    internal bool NotifyRefused { get; set; }

    /// <summary>WATCHDOG_USEC= of the running service; 0 for the file's value.</summary>
    internal long WatchdogOverrideUs { get; set; }

    /// <summary>Starts within the limiter's window, oldest first.</summary>
    internal RateWindow Starts;

    /// <summary>
    /// How many starts StartLimitBurst= remembers, and when the oldest and the newest were; those
    /// that are older than the interval go with the next start.
    /// </summary>
    public (int Count, Instant Oldest, Instant Newest) StartWindow
    {
        get
        {
            if (Starts.Count == 0)
                return default;
            long clock = Since.RealtimeUs - Since.MonotonicUs;
            (long oldest, long newest) = (Starts[0], Starts[Starts.Count - 1]);
            return (
                Starts.Count, new Instant(oldest, oldest + clock),
                new Instant(newest, newest + clock));
        }
    }

    /// <summary>Instance of an Accept=yes socket: the connection that it serves.</summary>
    internal ServedConnection? Connection { get; set; }

    /// <summary>Socket with Accept=yes: what came in; null before the first.</summary>
    public AcceptCount? Accepting { get; internal set; }

    /// <summary>The connection that is the unit's: the shell's number for it; 0 for none.</summary>
    public ulong ConnectionTicket => Connection?.Ticket ?? 0;

    /// <summary>
    /// It is forgotten: found by its id only until its last effects have run; a unit of the same
    /// name begins anew.
    /// </summary>
    public bool HasLeft { get; internal set; }

    /// <summary>It waits to be looked at by Engine.LookAtInstance.</summary>
    internal bool MayHaveEnded { get; set; }

    /// <summary>Failed long ago, and younger ones are enough.</summary>
    internal bool IsDispensable { get; set; }

    /// <summary>Socket: activations within the trigger limit's window.</summary>
    internal RateWindow Triggers;

    /// <summary>
    /// Starts and stops that nobody asked for (Upholds=, BindsTo=, StopWhenUnneeded=).
    /// </summary>
    internal RateWindow Ordered;

    /// <summary>Why the unit is in its state; its Seq is the transition's row.</summary>
    internal Cause Why { get; set; }

    /// <summary>The last row of the main process.</summary>
    internal long MainSeq { get; set; }

    /// <summary>The last row of the control process.</summary>
    internal long ControlSeq { get; set; }

    /// <summary>How the conditions of the last start came out.</summary>
    internal PrepareOutcome Check { get; set; }

    /// <summary>Parts in open transactions.</summary>
    internal List<(TransactionRuntime Transaction, TransactionJob Part)> Parts { get; } = [];

    internal Deadline StateDeadline { get; }
    internal Deadline WatchdogDeadline { get; }

    /// <summary>Next look at a PIDFile= that is not there yet; made when needed.</summary>
    internal Deadline? PidFileDeadline { get; set; }

    /// <summary>The paths, sockets and timers that start it, by name.</summary>
    public IReadOnlyList<UnitName> TriggeredBy =>
        In[DependencyKind.Triggers].ConvertAll(static edge => edge.Other.Name);

    /// <summary>JoinsNamespaceOf=, by name.</summary>
    public IReadOnlyList<UnitRuntime> JoinsNamespacesOf =>
        ByName(Out[DependencyKind.JoinsNamespaceOf]);

    /// <summary>Whose JoinsNamespaceOf= names this unit, by name.</summary>
    public IReadOnlyList<UnitRuntime> NamespacesJoinedBy =>
        ByName(In[DependencyKind.JoinsNamespaceOf]);

    private static IReadOnlyList<UnitRuntime> ByName(List<UnitEdge> edges)
    {
        if (edges.Count == 0)
            return [];
        List<UnitRuntime> units = edges.ConvertAll(static edge => edge.Other);
        units.Sort(static (a, b) => a.Name.CompareTo(b.Name));
        return units;
    }

    /// <summary>A mount that an automount brings about.</summary>
    public bool IsAutomounted
    {
        get
        {
            foreach (UnitEdge edge in In[DependencyKind.Triggers])
            {
                if (edge.Other.Name.Kind == UnitKind.Automount)
                    return true;
            }

            return false;
        }
    }

    internal EdgeTable Out { get; } = new();
    internal EdgeTable In { get; } = new();

    /// <summary>Recorded at least once: part of the digest and of what comes back.</summary>
    internal bool IsRecorded { get; set; }

    /// <summary>
    /// The [Service] settings; those of a unit whose file is gone or broken are the defaults.
    /// </summary>
    internal ServiceSettings Service => Definition.Service ?? DefaultService;

    internal KillSettings Kill => Definition.Kill ?? DefaultKill;

    internal bool HasMain => !MainProcess.IsNone || MainToken.Value != 0;

    internal bool HasControl => !ControlProcess.IsNone || ControlToken.Value != 0;

    private static readonly ServiceSettings DefaultService = new();
    private static readonly KillSettings DefaultKill = new();
}
