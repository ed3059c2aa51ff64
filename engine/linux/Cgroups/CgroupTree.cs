using System.Globalization;
using System.Text;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Processes;
using InitTx.Units.Model;

namespace InitTx.Linux.Cgroups;

/// <summary>
/// The manager's part of the version 2 hierarchy, shaped like systemd's:
/// <code>
/// ROOT                     the manager's cgroup when it was started
/// ├─ init.scope            the manager itself, moved here before controllers are enabled
/// ├─ system.slice/NAME     a unit, a leaf: only leaves hold processes
/// └─ user.slice
/// </code>
/// <list type="number">
/// <item>Everything is done by descriptors below ROOT (openat2 with RESOLVE_BENEATH): no name that
/// a unit chooses leads out of it.</item>
/// <item>A process belongs to the unit in whose cgroup, or below it, it lives.</item>
/// <item>Without version 2, or read-only, there is no tree and <see cref="Problem"/> says what is
/// lost; everything else works.</item>
/// </list>
/// After an exec <see cref="TakeOver"/> goes on with what exists.
/// Main thread only.
/// </summary>
public sealed partial class CgroupTree : IDisposable
{
    private const string Manager = "init.scope";
    private const int DepthMax = 64;
    private const int LineMax = 8192;

    private readonly Dictionary<string, UnitCgroup> _units = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UnitCgroup>.AlternateLookup<ReadOnlySpan<char>> _byPath;
    private readonly Dictionary<string, CgroupSlice> _slices = new(StringComparer.Ordinal);
    private CgroupWatcher? _watcher;
    private FileDescriptor? _root;
    private readonly string _rootPath;
    private readonly byte[] _ownPrefix;
    private readonly bool _isInScope;
    private CgroupControllers _offered;
    private bool _unsettled;

    private CgroupTree(
        CgroupLayout layout,
        string rootPath,
        FileDescriptor? root,
        string problem)
    {
        Mode = layout.Mode;
        Problem = problem;
        _root = root;
        _rootPath = layout.MountPoint + rootPath;
        _isInScope = layout.OwnPath.TrimEnd('/').EndsWith("/" + Manager, StringComparison.Ordinal);
        _ownPrefix = Encoding.UTF8.GetBytes(rootPath + "/");
        _byPath = _units.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>What the machine has.</summary>
    public CgroupMode Mode { get; }

    /// <summary>True when units get cgroups.</summary>
    public bool IsAvailable => _root is not null;

    /// <summary>What is lost and why; empty when nothing is.</summary>
    public string Problem { get; private set; }

    /// <summary>A unit's cgroup as /proc/PID/cgroup names it.</summary>
    public string ProcPathOf(UnitCgroup cgroup) =>
        Encoding.UTF8.GetString(_ownPrefix) + cgroup.Path;

    /// <summary>Where units' cgroups are made, in the file system; empty without.</summary>
    public string RootPath => IsAvailable ? _rootPath : "";

    /// <summary>Tells of empty cgroups; null without a tree.</summary>
    public CgroupWatcher? Watcher => _watcher;

    /// <summary>
    /// Takes the manager's own cgroup as root, or the one above when it stands in init.scope
    /// already, as after an exec.
    /// </summary>
    /// <param name="watch">The watcher's descriptor of an image before this one.</param>
    public static CgroupTree Create(CgroupLayout layout, FileDescriptor? watch = null)
    {
        string own = layout.OwnPath.TrimEnd('/');
        if (own.EndsWith("/" + Manager, StringComparison.Ordinal))
            own = own[..^(Manager.Length + 1)];
        if (layout.MountPoint.Length == 0)
            return new(layout, own, null, layout.Problem);
        var root = Files.Open(
            Files.Cwd, layout.MountPoint + own, Libc.O_RDONLY | Libc.O_DIRECTORY);
        if (root.IsError)
            return new(layout, own, null, root.Message);
        var tree = new CgroupTree(layout, own, root.Require(), "");
        if (watch is not null)
            tree._watcher = CgroupWatcher.TakeOver(watch, tree.WatchAll);
        if (tree._watcher is null)
        {
            var made = CgroupWatcher.Create(tree.WatchAll);
            tree._watcher = made.Value;
            tree.Problem = made.IsError ? made.Message : "";
        }

        return tree;
    }

    /// <summary>
    /// Makes init.scope and the slices. What is refused is told in <see cref="Problem"/>; without
    /// the right to make directories, there or in them, there is no tree afterwards.
    /// <see cref="Settle"/> is the rest.
    /// </summary>
    public SysResult Prepare(params ReadOnlySpan<string> controllers)
    {
        if (_root is null)
            return SysResult.Fail(Errno.EOPNOTSUPP);
        var scope = MakeDirectory(Manager);
        if (scope.IsError)
            return GiveUp(Manager, scope.Error);

        scope.Require().Dispose();
        _offered = Present(controllers);
        _unsettled = true;
        foreach (string slice in (ReadOnlySpan<string>)["system.slice", "user.slice"])
        {
            var made = MakeDirectory(slice);
            if (made.IsError)
                return GiveUp(slice, made.Error);
            _slices.Add(slice, new CgroupSlice(made.Require()));

            // One that was there before says nothing about whether units can have theirs in it.
            if (Files.Access(made.Require().Number, ".", Libc.W_OK) is { IsError: true } may)
                return GiveUp(slice, may.Error);
        }

        return SysResult.Ok;
    }

    // Where no directory can be made there is nothing to track by.
    private SysResult GiveUp(string directory, Errno error)
    {
        Problem = $"mkdir {_rootPath}/{directory}: {error.Describe()}";
        _root?.Dispose();
        (_root, _unsettled, _offered) = (null, false, default);
        return SysResult.Fail(error);
    }

    /// <summary>
    /// Moves this process into init.scope and turns the controllers on that are wanted, once. The
    /// kernel makes a move wait for an RCU grace period (10 ms), so it is put off until the first
    /// services are on their way: they are born in cgroups of their own. Whatever the manager
    /// starts for itself, and any other slice, has to come after it.
    /// </summary>
    public void Settle()
    {
        if (!_unsettled)
            return;
        _unsettled = false;
        if (!_isInScope)
        {
            var moved = Files.WriteValue(_root!.Number, Manager + "/cgroup.procs", "0"u8);
            if (moved.IsError)
                Problem = $"init.scope: {moved.Error.Describe()}";
            MoveWatchers();
        }

        TurnAllOn();
    }

    // The PAM session that a user's manager was started in has a watcher, which was born beside
    // the manager; controllers cannot be turned on above a process. One that cannot be moved is
    // told by what then cannot be turned on.
    private void MoveWatchers()
    {
        if (Environment.ProcessId == 1)
            return;
        var beside = new List<int>();
        CgroupProcesses.ReadProcesses(_root!.Number, beside);
        foreach (int pid in beside.Where(SessionWatcher.Is))
        {
            Files.WriteValue(_root.Number, Manager + "/cgroup.procs",
                Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture)));
        }
    }

    /// <summary>
    /// The unit's cgroup, made when it is missing and watched for becoming empty. Asking again
    /// gives the same one.
    /// </summary>
    /// <param name="slice">For example "system.slice"; EINVAL when it is no slice's name.</param>
    /// <param name="unitName">ENAMETOOLONG when it has more than 255 bytes once escaped.</param>
    /// <param name="tag">The caller's own, given back with what happens in it.</param>
    public SysResult<UnitCgroup> Open(string slice, string unitName, ulong tag)
    {
        if (_root is null)
            return SysResult<UnitCgroup>.Fail(Errno.EOPNOTSUPP, "cgroup of " + unitName);
        if (CgroupName.SlicePath(slice) is not { } parent)
            return SysResult<UnitCgroup>.Fail(Errno.EINVAL, "slice " + slice);
        string name = CgroupName.Escape(unitName);
        if (CgroupName.RefusalOf(name) is var refusal and not Errno.None)
            return SysResult<UnitCgroup>.Fail(refusal, "cgroup of " + unitName);
        string path = parent.Length == 0 ? name : parent + "/" + name;
        if (_units.TryGetValue(path, out var known))
            return SysResult<UnitCgroup>.Ok(known);
        var inside = SliceAt(parent, again: false);
        var made = MakeIn(inside, name);
        if (made.Error == Errno.ENOENT)
        {
            // Somebody removed the slice; make it again.
            inside = SliceAt(parent, again: true);
            made = MakeIn(inside, name);
        }

        if (made.IsError && made.Error != Errno.EEXIST)
            return SysResult<UnitCgroup>.Fail(made.Error, "mkdir " + path);
        var cgroup = new UnitCgroup(path, tag, inside.Require(), name)
        {
            OomKillsSeen = made.IsError ? -1 : 0,
        };
        Watch(cgroup);
        _units.Add(path, cgroup);
        return SysResult<UnitCgroup>.Ok(cgroup);
    }

    /// <summary>
    /// After an exec: the unit's cgroup, which an image before this one made. Where its watcher
    /// goes on nothing is asked of the kernel: with a thousand units that would take 10 ms.
    /// </summary>
    public SysResult<UnitCgroup> TakeOver(string slice, string unitName, ulong tag)
    {
        string name = CgroupName.Escape(unitName);
        if (_watcher is not { IsTakenOver: true } || CgroupName.SlicePath(slice) is not { } parent
            || CgroupName.RefusalOf(name) != Errno.None
            || SliceAt(parent, again: false).Value is not { } inside)
        {
            return Open(slice, unitName, tag);
        }

        string path = parent.Length == 0 ? name : parent + "/" + name;
        if (!_units.TryGetValue(path, out var cgroup))
        {
            _units.Add(path, cgroup = new UnitCgroup(path, tag, inside, name)
            {
                OomKillsSeen = -1,
            });
        }

        return SysResult<UnitCgroup>.Ok(cgroup);
    }

    // Not being told is survivable: whoever stops the unit asks IsPopulated as well.
    private void Watch(UnitCgroup cgroup) =>
        _watcher?.Add(cgroup, $"{_rootPath}/{cgroup.Path}/cgroup.events");

    /// <summary>Has the watcher tell of kills for memory; nothing without the controller.</summary>
    public void WatchMemory(UnitCgroup cgroup)
    {
        if (cgroup.MemoryWatch < 0)
            _watcher?.AddMemory(cgroup, $"{_rootPath}/{cgroup.Path}/memory.events");
    }

    private void WatchAll()
    {
        foreach (var cgroup in _units.Values)
        {
            if (cgroup.Watch < 0)
                Watch(cgroup);
            if (Offers(CgroupControllers.Memory))
                WatchMemory(cgroup);
        }
    }

    /// <summary>
    /// Removes an empty cgroup with what its service made below it. EBUSY: somebody is in it.
    /// </summary>
    public SysResult Remove(UnitCgroup cgroup)
    {
        var removed = cgroup.RemoveDirectory();
        if (removed.Error == Errno.EBUSY)
        {
            CgroupProcesses.RemoveBelow(cgroup);
            removed = cgroup.RemoveDirectory();
        }

        if (removed.IsError && removed.Error != Errno.ENOENT)
            return removed;
        _watcher?.Remove(cgroup);
        _units.Remove(cgroup.Path);
        return SysResult.Ok;
    }

    /// <summary>
    /// The unit that a process lives in, by /proc/PID/cgroup; false when in none of ours. The
    /// answer is about whoever has the pid at this moment. Allocates nothing.
    /// </summary>
    public bool TryFind(ProcFs proc, int pid, out UnitCgroup cgroup)
    {
        cgroup = null!;
        Span<byte> text = stackalloc byte[LineMax];
        var read = proc.Read(pid, "cgroup"u8, text);
        return read.IsOk && ProcCgroup.TryFind(text[..read.Value], out var path)
            && TryFind(path, out cgroup);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (CgroupSlice slice in _slices.Values)
            slice.Directory.Dispose();
        _slices.Clear();
        _units.Clear();
        _watcher?.Dispose();
        _root?.Dispose();
    }

    internal bool TryFind(ReadOnlySpan<byte> path, out UnitCgroup cgroup)
    {
        cgroup = null!;
        if (!path.StartsWith(_ownPrefix))
            return false;
        Span<char> chars = stackalloc char[LineMax];
        if (!Encoding.UTF8.TryGetChars(path[_ownPrefix.Length..], chars, out int length))
            return false;
        ReadOnlySpan<char> candidate = chars[..length];
        for (int depth = 0; depth < DepthMax; depth++)
        {
            if (_byPath.TryGetValue(candidate, out cgroup!))
                return true;
            int slash = candidate.LastIndexOf('/');
            if (slash < 0)
                return false;
            candidate = candidate[..slash];
        }

        return false;
    }

    private static SysResult MakeIn(SysResult<CgroupSlice> slice, string name)
    {
        if (slice.IsError)
            return SysResult.Fail(slice.Error);
        return Files.MakeDirectory(slice.Require().Number, name, 0b111_101_101);
    }

    private SysResult<CgroupSlice> SliceAt(string path, bool again)
    {
        if (_slices.TryGetValue(path, out CgroupSlice? known) && !again)
            return SysResult<CgroupSlice>.Ok(known);
        var made = path.Length == 0 ? _root!.Duplicate() : MakeSlice(path);
        if (made.IsError)
            return SysResult<CgroupSlice>.Fail(made.Error, made.What);
        if (known is not null)
        {
            known.Replace(made.Require());
            TurnOn(known);
            Remade++;
        }
        else
        {
            _slices.Add(path, known = new CgroupSlice(made.Require()));
        }

        return SysResult<CgroupSlice>.Ok(known);
    }

    private SysResult<FileDescriptor> MakeSlice(string path)
    {
        Settle();
        for (int at = path.IndexOf('/', StringComparison.Ordinal); ; at = path.IndexOf('/', at + 1))
        {
            var made = MakeDirectory(at < 0 ? path : path[..at]);
            if (made.IsError || at < 0)
                return made;
            made.Require().Dispose();
        }
    }

    private SysResult<FileDescriptor> MakeDirectory(string path)
    {
        int slash = path.LastIndexOf('/');
        var parent = _root!;
        FileDescriptor? opened = null;
        if (slash >= 0)
        {
            var above = Files.OpenBeneath(parent, path[..slash], Libc.O_PATH | Libc.O_DIRECTORY);
            if (above.IsError)
                return above;
            parent = opened = above.Require();
        }

        using (opened)
        {
            string name = path[(slash + 1)..];
            var made = Files.MakeDirectory(parent.Number, name, 0b111_101_101);
            return made.IsError && made.Error != Errno.EEXIST
                ? SysResult<FileDescriptor>.Fail(made, "mkdir " + path)
                : Files.OpenBeneath(parent, name, Libc.O_RDONLY | Libc.O_DIRECTORY);
        }
    }
}
