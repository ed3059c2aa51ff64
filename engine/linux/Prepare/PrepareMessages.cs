using InitTx.Core;
using InitTx.Units.Model;

namespace InitTx.Linux.Prepare;

/// <summary>Message types between PID 1 and the prepare helper; numbers are the wire's.</summary>
public enum PrepareMessageType : ushort
{
    Prepare = 1,
    ReadPidFile = 2,
    CleanUp = 3,
    ReadUnits = 4,
    SocketOwner = 5,
    RunGenerators = 6,
    ReadTimer = 7,
    WriteStamp = 8,
    WatchPaths = 9,
    Drop = 10,
    MakeAutomount = 11,
    UnmakeAutomount = 12,
}

/// <summary>
/// A question to the prepare helper (DESIGN §2): everything that may touch a disk, a name service
/// or a mount that PID 1 did not make. Every question gets exactly one answer with its token, or
/// none at all when the helper hangs; the asker has the deadline.
/// </summary>
public abstract record PrepareQuestion(ulong Token, UnitName Unit)
{
    /// <summary>
    /// Conditions, identities, environment files, directories: all before the first process.
    /// </summary>
    public sealed record Prepare(ulong Token, UnitName Unit) : PrepareQuestion(Token, Unit)
    {
        public IReadOnlyList<UnitCondition> Conditions { get; init; } = [];
        public string? User { get; init; }
        public string? Group { get; init; }

        /// <summary>DynamicUser=: where ids are kept while the system runs; or null.</summary>
        public string? DynamicUsers { get; init; }

        public IReadOnlyList<string> SupplementaryGroups { get; init; } = [];
        public IReadOnlyList<EnvironmentFileSetting> EnvironmentFiles { get; init; } = [];
        public IReadOnlyList<ServiceDirectory> Directories { get; init; } = [];

        /// <summary>
        /// Base directory and mode for RUNTIME, STATE, CACHE, LOGS, CONFIGURATION, in that order.
        /// </summary>
        public IReadOnlyList<DirectoryBase> Bases { get; init; } = [];
    }

    /// <summary>PIDFile= (field.md: pid alive, in the cgroup or the file root's own).</summary>
    /// <param name="Cgroup">The unit's cgroup as /proc/PID/cgroup shows it; empty where there is none.</param>
    public sealed record ReadPidFile(ulong Token, UnitName Unit, string Path, string Cgroup)
        : PrepareQuestion(Token, Unit);

    /// <summary>Remove what the stopped unit must not leave behind.</summary>
    /// <param name="Directories">Names below <paramref name="RuntimeBase"/>.</param>
    /// <param name="Files">Absolute paths of single files or sockets: PID file, RemoveOnStop.</param>
    public sealed record CleanUp(
        ulong Token,
        UnitName Unit,
        string RuntimeBase,
        IReadOnlyList<string> Directories,
        IReadOnlyList<string> Files) : PrepareQuestion(Token, Unit)
    {
        /// <summary>The unit's own directory when it had a /tmp of its own; or null.</summary>
        public string? PrivateState { get; init; }

        /// <summary>RemoveIPC=: the user whose IPC objects go; or null.</summary>
        public string? IpcUser { get; init; }

        /// <summary>As in <see cref="Prepare.DynamicUsers"/>, for <see cref="IpcUser"/>.</summary>
        public string? DynamicUsers { get; init; }

        /// <summary>UtmpIdentifier=: of the record that is over; or null.</summary>
        public string? LoginRecord { get; init; }
    }

    /// <summary>Read the unit path; the tree comes as a sealed memfd with the answer.</summary>
    public sealed record ReadUnits(ulong Token, IReadOnlyList<string> UnitPath)
        : PrepareQuestion(Token, default);

    /// <summary>SocketUser= and SocketGroup= to numbers.</summary>
    public sealed record SocketOwner(ulong Token, UnitName Unit, string? User, string? Group)
        : PrepareQuestion(Token, Unit);

    /// <summary>Run the generators of systemd.generator(7), all at once.</summary>
    /// <param name="Generators">Directories with generators, highest precedence first.</param>
    /// <param name="Outputs">normal, early, late output directories; made empty first.</param>
    public sealed record RunGenerators(
        ulong Token,
        IReadOnlyList<string> Generators,
        IReadOnlyList<string> Outputs,
        long TimeoutUs) : PrepareQuestion(Token, default);

    /// <summary>
    /// What a timer needs from the disk: when its stamp file was changed (made when it is
    /// missing), and time zones.
    /// </summary>
    /// <param name="Stamp">Absolute path; null for a timer without one, or no timer.</param>
    /// <param name="Zones">Names of the zone database; "" for local time.</param>
    public sealed record ReadTimer(
        ulong Token, UnitName Unit, string? Stamp, IReadOnlyList<string> Zones)
        : PrepareQuestion(Token, Unit);

    /// <summary>
    /// Watch paths and look at them; an inotify descriptor comes with the answer.
    /// </summary>
    /// <param name="Makes">MakeDirectory=: what is missing of directories is made.</param>
    public sealed record WatchPaths(
        ulong Token, UnitName Unit, IReadOnlyList<PathWatch> Watches, bool Makes, int Mode)
        : PrepareQuestion(Token, Unit);

    /// <summary>
    /// Set autofs up at a place; the control descriptor and the pipe come with the answer.
    /// </summary>
    /// <param name="Mode">Of directories that are missing.</param>
    /// <param name="TimeoutIdleUs">0 for never.</param>
    public sealed record MakeAutomount(
        ulong Token,
        UnitName Unit,
        string Where,
        int Mode,
        string? ExtraOptions,
        long TimeoutIdleUs) : PrepareQuestion(Token, Unit);

    /// <summary>Take the place down, with what is mounted there.</summary>
    public sealed record UnmakeAutomount(ulong Token, UnitName Unit, string Where)
        : PrepareQuestion(Token, Unit);

    /// <summary>
    /// Close the descriptor that comes with it, which may take its time; there is no answer.
    /// </summary>
    public sealed record Drop(ulong Token) : PrepareQuestion(Token, default);

    /// <summary>Set a stamp file's times; made when it is missing.</summary>
    /// <param name="RealtimeUs">Microseconds since 1970.</param>
    public sealed record WriteStamp(ulong Token, UnitName Unit, string Path, long RealtimeUs)
        : PrepareQuestion(Token, Unit);
}

/// <summary>Where one kind of service directory lies and which mode new ones get.</summary>
public readonly record struct DirectoryBase(string Path, int Mode);

/// <summary>
/// The helper's answer; <see cref="Error"/> is null when the question was carried out.
/// </summary>
public abstract record PrepareAnswer(ulong Token, string? Error)
{
    /// <summary>
    /// What a start needs. <see cref="Detail"/> names directive, file:line and errno.
    /// </summary>
    public sealed record Prepared(ulong Token, PrepareOutcome Outcome, string Detail)
        : PrepareAnswer(Token, null)
    {
        /// <summary>False: the process keeps the manager's ids.</summary>
        public bool HasIds { get; init; }
        public uint Uid { get; init; }
        public uint Gid { get; init; }
        public IReadOnlyList<uint> Groups { get; init; } = [];
        public string UserName { get; init; } = "";
        public string Home { get; init; } = "";
        public string Shell { get; init; } = "";

        /// <summary>From the environment files, in order; later ones win.</summary>
        public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];

        /// <summary>RUNTIME_DIRECTORY and its like.</summary>
        public IReadOnlyList<KeyValuePair<string, string>> DirectoryEnvironment { get; init; } = [];
    }

    /// <summary>The process that PIDFile= names; none with an error.</summary>
    public sealed record PidFile(ulong Token, string? Error, int Pid, ulong StartTicks)
        : PrepareAnswer(Token, Error);

    /// <summary>Error lists what could not be removed.</summary>
    public sealed record CleanedUp(ulong Token, string? Error) : PrepareAnswer(Token, Error);

    /// <summary>
    /// A descriptor with the serialised tree comes with the message when there is no error.
    /// </summary>
    public sealed record Units(ulong Token, string? Error) : PrepareAnswer(Token, Error);

    /// <summary>Numbers for a socket's owner; uint.MaxValue keeps what is.</summary>
    public sealed record SocketOwner(ulong Token, string? Error, uint Uid, uint Gid)
        : PrepareAnswer(Token, Error);

    /// <summary>
    /// Error lists generators that failed or were killed at the deadline; the rest counts.
    /// </summary>
    public sealed record GeneratorsRan(ulong Token, string? Error, int Count)
        : PrepareAnswer(Token, Error);

    /// <summary>
    /// Error names a stamp or zones that could not be read; the rest counts.
    /// </summary>
    /// <param name="StampUs">Since 1970; 0 for none.</param>
    public sealed record Timer(
        ulong Token,
        string? Error,
        long StampUs,
        IReadOnlyList<KeyValuePair<string, TimeZoneTable>> Zones) : PrepareAnswer(Token, Error);

    public sealed record Stamped(ulong Token, string? Error) : PrepareAnswer(Token, Error);

    /// <summary>Control and pipe come as descriptors when there is no error.</summary>
    public sealed record AutomountMade(ulong Token, string? Error) : PrepareAnswer(Token, Error)
    {
        /// <summary>What of it does not work here; or null.</summary>
        public string? Note { get; init; }
    }

    /// <summary>Error says what is left.</summary>
    public sealed record AutomountGone(ulong Token, string? Error) : PrepareAnswer(Token, Error);

    /// <summary>The watch comes as a descriptor when there is no error.</summary>
    /// <param name="Stamps">For each path; 0 when it is not there.</param>
    /// <param name="Entries">Which events of the descriptor matter.</param>
    public sealed record Watching(
        ulong Token, string? Error, IReadOnlyList<long> Stamps, IReadOnlyList<WatchEntry> Entries)
        : PrepareAnswer(Token, Error);
}

/// <summary>An event of a watch that matters.</summary>
/// <param name="Watch">inotify's number.</param>
/// <param name="Mask">Any of these.</param>
/// <param name="Name">Of this entry of a directory; null for any.</param>
/// <param name="Path">Which path of the unit was changed by it; -1 for none yet.</param>
public readonly record struct WatchEntry(int Watch, uint Mask, string? Name, int Path);
