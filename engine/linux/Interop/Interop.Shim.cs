using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>
/// The native shim's entry points and structures, as <c>native/initx_shim.h</c> declares them. That
/// header is the documentation; ShimLayoutTests compares every size, offset and constant with it.
/// Results are zero or more, or a negative errno. Main thread only.
/// </summary>
internal static unsafe partial class ShimNative
{
    private const string Library = "initx_shim";

    internal const int Version = 1;
    internal const int UnitMax = 256;
    internal const int NameMax = 256;
    internal const int TextMax = 192;
    internal const int FdLimit = 16384;
    internal const int SlotLimit = 1024;
    internal const int ExitLimit = 1024;
    internal const int RingSlots = 4096;
    internal const int RingRecordMax = 8 * (512 - 32);
    internal const int FactsMax = 8160;

    [LibraryImport(Library, EntryPoint = "initx_shim_version")]
    internal static partial int ShimVersion();

    [LibraryImport(Library, EntryPoint = "initx_install")]
    internal static partial int Install();

    [LibraryImport(Library, EntryPoint = "initx_start_info")]
    internal static partial int GetStartInfo(Start* info);

    /// <summary>
    /// Never blocks: two stores and, when the state changes, one timerfd_settime.
    /// </summary>
    [LibraryImport(Library, EntryPoint = "initx_beat")]
    [SuppressGCTransition]
    internal static partial void Beat(int busy);

    [LibraryImport(Library, EntryPoint = "initx_loading")]
    internal static partial void Loading(int on);

    [LibraryImport(Library, EntryPoint = "initx_note")]
    internal static partial void Note(byte* text, uint length);

    [LibraryImport(Library, EntryPoint = "initx_reexec")]
    internal static partial int Reexec(int imageFd, byte* version, uint versionLength);

    [LibraryImport(Library, EntryPoint = "initx_hold_image")]
    internal static partial int HoldImage();

    [LibraryImport(Library, EntryPoint = "initx_climb")]
    internal static partial int Climb();

    [LibraryImport(Library, EntryPoint = "initx_allow_exit")]
    internal static partial void AllowExit();

    [LibraryImport(Library, EntryPoint = "initx_end")]
    internal static partial void End(int status);

    [LibraryImport(Library, EntryPoint = "initx_shell_allowed")]
    internal static partial int ShellAllowed(int allowed);

    [LibraryImport(Library, EntryPoint = "initx_watchdog_open")]
    internal static partial int WatchdogOpen(byte* path, uint* timeoutSeconds);

    [LibraryImport(Library, EntryPoint = "initx_watchdog_feed")]
    internal static partial int WatchdogFeed();

    [LibraryImport(Library, EntryPoint = "initx_watchdog_close")]
    internal static partial int WatchdogClose();

    [LibraryImport(Library, EntryPoint = "initx_spawn")]
    internal static partial int Spawn(SpawnBlock* request, Spawned* result);

    [LibraryImport(Library, EntryPoint = "initx_spawn_status")]
    internal static partial int SpawnStatus(int statusFd, Report* report);

    [LibraryImport(Library, EntryPoint = "initx_spawn_pending")]
    internal static partial int SpawnPending();

    [LibraryImport(Library, EntryPoint = "initx_fd_register")]
    internal static partial int FdRegister(
        int fd, uint kind, ulong tag, byte* unit, uint unitLength, byte* name, uint nameLength);

    [LibraryImport(Library, EntryPoint = "initx_fd_unregister")]
    internal static partial int FdUnregister(int fd);

    [LibraryImport(Library, EntryPoint = "initx_fd_next")]
    internal static partial int FdNext(int from, FdEntry* entry);

    [LibraryImport(Library, EntryPoint = "initx_slot_take")]
    internal static partial int SlotTake(ulong token, uint role, byte* unit, uint length);

    [LibraryImport(Library, EntryPoint = "initx_slot_free")]
    internal static partial int SlotFree(int slot);

    [LibraryImport(Library, EntryPoint = "initx_slot_next")]
    internal static partial int SlotNext(int from, Slot* slot);

    [LibraryImport(Library, EntryPoint = "initx_head_set")]
    internal static partial void HeadSet(ulong sequence);

    [LibraryImport(Library, EntryPoint = "initx_head_get")]
    internal static partial int HeadGet(ulong* sequence);

    [LibraryImport(Library, EntryPoint = "initx_event_enter")]
    internal static partial void EventEnter(ulong id, uint kind, byte* unit, uint length);

    [LibraryImport(Library, EntryPoint = "initx_event_leave")]
    internal static partial void EventLeave();

    [LibraryImport(Library, EntryPoint = "initx_ring_append")]
    internal static partial int RingAppend(ulong sequence, byte* record, uint length);

    [LibraryImport(Library, EntryPoint = "initx_ring_read")]
    internal static partial int RingRead(
        ulong* cursor, ulong* sequence, byte* record, uint capacity);

    [LibraryImport(Library, EntryPoint = "initx_facts_write")]
    internal static partial int FactsWrite(byte* facts, uint length);

    [LibraryImport(Library, EntryPoint = "initx_facts_read")]
    internal static partial int FactsRead(byte* facts, uint capacity);

    [LibraryImport(Library, EntryPoint = "initx_exit_next")]
    internal static partial int ExitNext(int from, ExitEntry* exit);

    [LibraryImport(Library, EntryPoint = "initx_exits_clear")]
    internal static partial int ExitsClear();

    [LibraryImport(Library, EntryPoint = "initx_boot_id")]
    internal static partial int BootId(byte* id);

    [LibraryImport(Library, EntryPoint = "initx_test_crash")]
    internal static partial int TestCrash(int kind);

    [LibraryImport(Library, EntryPoint = "initx_test_crash_at_start")]
    internal static partial int TestCrashAtStart(uint starts);

    [LibraryImport(Library, EntryPoint = "initx_test_open")]
    internal static partial int TestOpen(byte* path);

    [LibraryImport(Library, EntryPoint = "initx_test_receive")]
    internal static partial int TestReceive(int fd, byte* text, uint capacity);

    [LibraryImport(Library, EntryPoint = "initx_test_answer")]
    internal static partial int TestAnswer(int fd, byte* text, uint length);

    /// <summary>struct initx_cause</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Cause
    {
        internal ulong TimeNs;
        internal ulong Address;
        internal ulong Instruction;
        internal ulong HealthyNs;
        internal uint Reason;
        internal int Signal;
        internal int Code;
        internal int Sender;
        internal int Thread;
        internal uint OffMain;
        internal uint Rung;
        internal uint Rapid;
        internal ulong EventId;
        internal uint EventKind;
        internal uint Reserved;
        internal fixed byte EventUnit[UnitMax];
        internal fixed byte Text[TextMax];
        internal ulong Check;
    }

    /// <summary>struct initx_start</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Start
    {
        internal uint Version;
        internal uint Flags;
        internal uint Reason;
        internal uint Rung;
        internal uint Starts;
        internal uint Crashes;
        internal uint Hangs;
        internal uint Reexecs;
        internal uint ImageKind;
        internal uint PreviousKind;
        internal uint EnvDropped;
        internal uint FdsClosed;
        internal uint FdsHeld;
        internal uint Reserved;
        internal ulong SignalMask;
        internal ulong FirstNs;
        internal ulong StartNs;
        internal ulong ClimbNs;
        internal Cause Cause;
    }

    /// <summary>struct initx_fd_entry</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct FdEntry
    {
        internal int Fd;
        internal uint Kind;
        internal ulong Device;
        internal ulong Inode;
        internal ulong Tag;
        internal fixed byte Unit[UnitMax];
        internal fixed byte Name[NameMax];
        internal ulong Check;
    }

    /// <summary>struct initx_slot</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Slot
    {
        internal ulong Token;
        internal ulong TakenNs;
        internal uint State;
        internal uint Role;
        internal fixed byte Unit[UnitMax];
        internal ulong Check;
        internal int Pid;
        internal uint Reserved;
    }

    /// <summary>struct initx_exit</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ExitEntry
    {
        internal ulong TimeNs;
        internal int Pid;
        internal int Status;
        internal ulong Check;
    }

    /// <summary>struct initx_limit</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Limit
    {
        internal uint Resource;
        internal uint Reserved;
        internal ulong Soft;
        internal ulong Hard;
    }

    /// <summary>struct initx_spawn</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SpawnBlock
    {
        internal byte* Path;
        internal byte* Arguments;
        internal byte* Environment;
        internal byte* Directory;
        internal int* ListenFds;
        internal Limit* Limits;
        internal uint* Groups;
        internal uint ArgumentsSize;
        internal uint ArgumentsCount;
        internal uint EnvironmentSize;
        internal uint EnvironmentCount;
        internal uint ListenCount;
        internal uint LimitsCount;
        internal uint GroupsCount;
        internal uint Flags;
        internal int Cgroup;
        internal int Input;
        internal int Output;
        internal int Error;
        internal uint Uid;
        internal uint Gid;
        internal int Nice;
        internal uint Umask;
        internal int Slot;
        internal uint Reserved;
    }

    /// <summary>struct initx_spawned</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Spawned
    {
        internal int Pid;
        internal int Pidfd;
        internal int StatusFd;
        internal uint Fallback;
    }

    /// <summary>struct initx_spawn_report</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Report
    {
        internal int Error;
        internal uint Step;
        internal int ExitCode;
        internal int Detail;
        internal fixed byte Text[240];
    }
}
