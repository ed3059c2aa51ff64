using InitTx.Core;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Mounts;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Init.Boot;

/// <summary>
/// Which mounts and swaps the kernel has: /proc/self/mountinfo and /proc/swaps (proc(5)). Both are
/// watched (a change is EPOLLPRI) and read again; a storm of changes gets a twentieth of the
/// manager's time. What is read are the kernel's own tables: no path in them is looked at, so a dead
/// file system cannot hold the manager. What is beyond the cap has no unit, which is said once.
/// </summary>
internal sealed class MountUnits(
    Engine engine, EventQueue queue, ManagerPaths paths, ManagerConsole console)
{
    private const int MaxUnits = 4096;
    private const int OptionsMax = 4096;

    // A reading is followed by so many times its length without one, unless somebody must know.
    private const int Rest = 20;

    private static readonly string[] Tables = ["/proc/self/mountinfo", "/proc/swaps"];

    private readonly FileDescriptor?[] _watched = new FileDescriptor?[Tables.Length];

    // Of their own: what one descriptor was told of a change the other still has to be told.
    private readonly FileDescriptor?[] _asked = new FileDescriptor?[Tables.Length];
    private long _notBeforeUs;
    private bool _isDue;
    private bool _told;

    /// <summary>When what was put off has its turn, CLOCK_BOOTTIME microseconds.</summary>
    public long NextDeadlineUs => _isDue ? _notBeforeUs : long.MaxValue;

    /// <summary>
    /// Watches from now on and reads what there is now; null without /proc.
    /// </summary>
    public EngineEvent? Start(EventLoop loop)
    {
        for (int i = 0; i < Tables.Length; i++)
        {
            _watched[i] = Files.Open(Files.Cwd, Tables[i], 0).Value;
            _asked[i] = Files.Open(Files.Cwd, Tables[i], 0).Value;
            if (_watched[i] is { } table)
            {
                loop.Add(
                    table.Number, LoopEvents.Priority, new EventKey(EventKinds.Mounts, (ulong)i));
            }
        }

        return _watched[0] is null ? null : Table();
    }

    /// <summary>A table has changed.</summary>
    public void OnReady() => OnTime(MonotonicClock.BootTimeUs(), isChanged: true);

    /// <summary>Reads what was put off.</summary>
    public void OnTime(long nowUs, bool isChanged = false)
    {
        _isDue |= isChanged;
        if (_isDue && nowUs >= _notBeforeUs)
            Read();
    }

    /// <summary>
    /// A process that mounts has ended: its supervisor must know the table as it left it.
    /// </summary>
    public void BeforeExit()
    {
        bool isChanged = _isDue;
        foreach (FileDescriptor? table in _asked)
            isChanged |= table is not null && FileEvents.HasPriority(table);
        if (isChanged)
            Read();
    }

    private void Read()
    {
        _isDue = false;
        long begun = MonotonicClock.BootTimeUs();
        queue.Post(Table());
        long ended = MonotonicClock.BootTimeUs();
        _notBeforeUs = ended + ((ended - begun) * Rest);
    }

    private EngineEvent.MountTableRead Table()
    {
        var entries = new Dictionary<UnitName, KernelEntry>();
        foreach (MountEntry entry in MountTable.Read())
        {
            if (HasUnit(entry) && NameOf(entry.Path, UnitKind.Mount) is { } name)
            {
                Add(entries, new KernelEntry(
                    name, entry.Path, entry.Source, entry.Type, OptionsOf(entry)));
            }
        }

        foreach (SwapEntry swap in SwapTable.Read())
        {
            if (NameOf(swap.Path, UnitKind.Swap) is { } name)
                Add(entries, new KernelEntry(name, "", swap.Path, "", ""));
            if (IsDevice(swap.Path))
                AddOtherNames(entries, swap.Path);
        }

        return new EngineEvent.MountTableRead([.. entries.Values]);
    }

    // The kernel knows a device by one name, units by any: /dev/disk/by-uuid/… of fstab(5). All of
    // /dev is in memory.
    private void AddOtherNames(Dictionary<UnitName, KernelEntry> entries, string device)
    {
        foreach (UnitRuntime unit in engine.Units)
        {
            if (unit.Name.Kind == UnitKind.Swap && unit.Definition.Swap is { } swap
                && swap.What != device && IsDevice(swap.What)
                && PathFacts.AreSameDevice(swap.What, device))
                Add(entries, new KernelEntry(unit.Name, "", device, "", ""));
        }
    }

    private static bool IsDevice(string path) => path.StartsWith("/dev/", StringComparison.Ordinal)
        && !path.Contains("/../", StringComparison.Ordinal);

    // What the system stands on has no units, the manager's own mounts are nobody's business, and
    // autofs is only where something is going to be.
    private bool HasUnit(MountEntry entry) =>
        entry.Path == "/" || !(MountedUnits.StaysMounted(entry.Path) || entry.Type == "autofs"
            || entry.Path.StartsWith(paths.Runtime + "/", StringComparison.Ordinal));

    // Part of what is recorded of the unit: a container's list of layers may have no end.
    private static string OptionsOf(MountEntry entry)
    {
        if (entry.Options.Length > OptionsMax)
            return entry.IsReadOnly ? "ro" : "";
        return entry.IsReadOnly && entry.Options.StartsWith("rw", StringComparison.Ordinal)
            ? string.Concat("ro", entry.Options.AsSpan(2))
            : entry.Options;
    }

    // One mount upon another at the same place: the last is the one that is seen.
    private void Add(Dictionary<UnitName, KernelEntry> entries, KernelEntry entry)
    {
        if (entries.Count < MaxUnits || entries.ContainsKey(entry.Unit))
        {
            entries[entry.Unit] = entry;
            return;
        }

        if (!_told)
            console.Line($"more than {MaxUnits} mounts: the rest has no units");
        _told = true;
    }

    // A name that is no text is not the file system's that a unit could name.
    private static UnitName? NameOf(string path, UnitKind kind) =>
        !path.Contains('\ufffd', StringComparison.Ordinal)
            && UnitNameEscaper.EscapePath(path) is { } escaped
            && UnitName.TryParse($"{escaped}.{UnitName.SuffixOf(kind)}", out UnitName name)
                ? name
                : null;
}
