using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Launch;
using InitTx.Linux.Mounts;

namespace InitTx.Exec.Setup;

/// <summary>
/// Gives the process mounts of its own and carries a <see cref="MountPlan"/> out:
/// <list type="number">
/// <item>nothing done here reaches the system's own mounts (slave propagation);</item>
/// <item>sources of bind mounts are held before anything covers them;</item>
/// <item>what covers a path is mounted, outer paths first;</item>
/// <item>each path of a read-only or no-exec rule becomes a mount, and each mount takes the rule of
/// the longest path that it lies under: a rule for a subtree beats the one around it.</item>
/// </list>
/// Anything that fails ends it (226): a unit never runs half confined.
/// </summary>
internal sealed class MountNamespace(SetupSettings settings, string scratch)
{
    private readonly string _root = settings.Root;
    private readonly List<(MountStep Step, string Path)> _resolved = [];
    private readonly Dictionary<MountStep, FileDescriptor> _held = [];
    private FileDescriptor? _emptyDirectory;
    private FileDescriptor? _emptyFile;
    private FileDescriptor? _closedSocket;

    public StepFailure? Enter(List<MountStep> plan)
    {
        StepFailure? failure = Check(
            Namespaces.Leave(NamespaceKinds.Mounts), "mount namespace", "");
        failure ??= Check(
            Namespaces.SetPropagation("/", Propagation.Slave), "mount namespace", "/");
        failure ??= MakeScratch();
        failure ??= PrepareRoot();
        foreach (MountStep step in plan)
            failure ??= Hold(step);
        failure ??= Cover(plan);
        failure ??= Restrict();
        failure ??= LeaveScratch();
        if (failure is null && _root.Length > 0)
            failure = Check(Namespaces.ChangeRoot(_root), "RootDirectory", _root);
        foreach (FileDescriptor held in _held.Values)
            held.Dispose();
        return failure ?? Propagate();
    }

    private static StepFailure? Check(SysResult result, string directive, string what) =>
        StepFailure.Of(result, ExitStatus.Namespace, directive, what);

    // A small tmpfs that only this namespace sees: pieces of it cover what is inaccessible.
    private StepFailure? MakeScratch()
    {
        SysResult result = DirectoryMaker.MakeAll(scratch, 0b111_000_000);
        if (result.IsOk)
        {
            result = Namespaces.MountNew("tmpfs", scratch,
                MountAttribute.NoSetUid | MountAttribute.NoExecute, "mode=0755,size=4m");
        }

        if (result.IsOk)
            result = Files.MakeDirectory(Files.Cwd, scratch + "/dir", 0);
        const uint regular = 0x8000;
        const uint socket = 0xC000;
        if (result.IsOk)
            result = Namespaces.MakeNode(scratch + "/file", regular, 0);
        if (result.IsOk)
            result = Namespaces.MakeNode(scratch + "/socket", socket, 0);
        if (result.IsOk)
            result = Keep(scratch + "/dir", out _emptyDirectory);
        if (result.IsOk)
            result = Keep(scratch + "/file", out _emptyFile);
        if (result.IsOk)
            result = Keep(scratch + "/socket", out _closedSocket);
        return Check(result, "mount namespace", scratch);
    }

    private static SysResult Keep(string path, out FileDescriptor? held)
    {
        SysResult<FileDescriptor> opened = Namespaces.Hold(path);
        held = opened.Value;
        return opened.IsOk ? SysResult.Ok : SysResult.Fail(opened.Error);
    }

    // Where a rule has covered it, nobody sees it any more.
    private StepFailure? LeaveScratch()
    {
        _emptyDirectory?.Dispose();
        _emptyFile?.Dispose();
        _closedSocket?.Dispose();
        SysResult result = Namespaces.Detach(scratch);
        foreach ((_, string path) in _resolved)
        {
            if (result.IsError && path != "/" && IsBelow(scratch, path))
                return null;
        }

        return Check(result, "mount namespace", scratch);
    }

    private StepFailure? PrepareRoot()
    {
        if (_root.Length == 0)
            return null;
        SysResult<FileDescriptor> tree = Namespaces.CopyTree(_root, recursive: true);
        if (tree.IsError)
            return Check(SysResult.Fail(tree.Error), "RootDirectory", _root);
        using FileDescriptor held = tree.Require();
        StepFailure? failure = Check(Namespaces.Attach(held, _root), "RootDirectory", _root);
        return failure is null && settings.MountsApi ? ApiFileSystems.Mount(_root) : failure;
    }

    private StepFailure? Hold(MountStep step)
    {
        if (step.Kind is not (MountKind.Bind or MountKind.ReadOnlyBind))
            return null;
        SysResult<FileDescriptor> tree = Namespaces.CopyTree(step.Source, step.Recursive);
        if (tree.IsError)
        {
            return step.Optional && tree.Error == Errno.ENOENT
                ? null
                : Check(SysResult.Fail(tree.Error), step.Directive, step.Source);
        }

        _held.Add(step, tree.Require());
        return null;
    }

    private StepFailure? Cover(List<MountStep> plan)
    {
        // Stable: outer paths first, at the same path the stricter.
        var ordered = new List<MountStep>(plan);
        ordered.Sort(static (a, b) =>
            string.CompareOrdinal(a.Path, b.Path) is var byPath and not 0
            ? byPath : a.Kind.CompareTo(b.Kind));
        foreach (MountStep step in ordered)
        {
            if (step.Kind is MountKind.Bind or MountKind.ReadOnlyBind && !_held.ContainsKey(step))
                continue;
            SysResult result = Namespaces.Resolve(
                step.Path, step.OfSystem ? "" : _root, out string path);
            if (result.Error == Errno.ENOENT && _held.ContainsKey(step))
                result = MakeTarget(step, out path);
            if (result.IsError)
            {
                // ENOENT, or a part of the path that another rule made inaccessible.
                if (step.Optional && result.Error is Errno.ENOENT or Errno.ENOTDIR)
                    continue;
                return Check(result, step.Directive, step.Path);
            }

            if (IsHidden(path))
                continue;
            result = Mount(step, path);
            if (result.IsError)
                return Check(result, step.Directive, step.Path);
            _resolved.Add((step, path));
        }

        return null;
    }

    private bool IsHidden(string path)
    {
        foreach ((MountStep step, string place) in _resolved)
        {
            if (step.Kind == MountKind.Inaccessible && IsBelow(path, place))
                return true;
        }

        return false;
    }

    private SysResult Mount(MountStep step, string path)
    {
        switch (step.Kind)
        {
            case MountKind.Inaccessible:
                return MakeInaccessible(path);
            case MountKind.Temporary:
                return Temporary(step, path);
            case MountKind.Devices:
                return PrivateDevices.Mount(path, scratch);
            case MountKind.Processes:
                return OwnFileSystem(step, path);
            case MountKind.Bind or MountKind.ReadOnlyBind:
                return Namespaces.Attach(_held[step], path);
            default:
                return BecomeMount(path);
        }
    }

    // Root may read an empty file without a mode: who looks for a device would take it for one that
    // has nothing to say. No socket can be opened (ENXIO), whoever tries.
    private SysResult MakeInaccessible(string path)
    {
        SysResult result = PathFacts.Status(path, out FileStatus status);
        if (result.IsError)
            return result;
        SysResult<FileDescriptor> tree = Namespaces.CopyHeld(
            status.IsDirectory ? _emptyDirectory!
            : status.IsRegular ? _emptyFile! : _closedSocket!);
        if (tree.IsError)
            return SysResult.Fail(tree.Error);
        using FileDescriptor held = tree.Require();
        result = Namespaces.Attach(held, path);
        return result.IsError
            ? result
            : Namespaces.SetAttributes(path,
                MountAttribute.ReadOnly | MountAttribute.NoExecute | MountAttribute.NoSetUid
                    | MountAttribute.NoDevices,
                MountAttribute.None, recursive: false);
    }

    // "ro" is a rule for later: bind mounts may still need directories in it.
    private static SysResult Temporary(MountStep step, string path)
    {
        var options = new List<string>();
        var attributes = MountAttribute.NoSetUid | MountAttribute.NoDevices;
        foreach (string option in step.Source.Split(','))
        {
            if (option == "noexec")
                attributes |= MountAttribute.NoExecute;
            else if (option == "dev")
                attributes &= ~MountAttribute.NoDevices;
            else if (option == "suid")
                attributes &= ~MountAttribute.NoSetUid;
            else if (option is not ("ro" or "rw" or "nodev" or "nosuid" or "strictatime" or ""))
                options.Add(option);
        }

        return Namespaces.MountNew("tmpfs", path, attributes, string.Join(',', options));
    }

    private static SysResult OwnFileSystem(MountStep step, string path)
    {
        int colon = step.Source.IndexOf(':', StringComparison.Ordinal);
        string type = colon < 0 ? step.Source : step.Source[..colon];
        return Namespaces.MountNew(type, path,
            MountAttribute.NoSetUid | MountAttribute.NoDevices | MountAttribute.NoExecute,
            colon < 0 ? "" : step.Source[(colon + 1)..]);
    }

    private static SysResult BecomeMount(string path)
    {
        if (Namespaces.IsMountPoint(path))
            return SysResult.Ok;
        SysResult<FileDescriptor> tree = Namespaces.CopyTree(path, recursive: true);
        if (tree.IsError)
            return SysResult.Fail(tree.Error);
        using FileDescriptor held = tree.Require();
        return Namespaces.Attach(held, path);
    }

    // As systemd: the target of a bind mount is made, a file for a file.
    private SysResult MakeTarget(MountStep step, out string path)
    {
        path = "";
        SysResult result = Files.Status(_held[step].Number, out FileStatus status);
        if (result.IsError)
            return result;
        string place = _root + step.Path;
        const uint regular = 0x81A4;
        result = status.IsDirectory
            ? DirectoryMaker.MakeAll(place, 0b111_101_101)
            : DirectoryMaker.MakeParents(place, 0b111_101_101);
        if (result.IsOk && !status.IsDirectory)
            result = Namespaces.MakeNode(place, regular, 0);
        return result.IsError ? result : Namespaces.Resolve(step.Path, _root, out path);
    }

    private StepFailure? Restrict()
    {
        if (_resolved.Count == 0)
            return null;
        foreach (MountEntry mount in MountTable.Read())
        {
            MountAttribute wanted = Wanted(mount.Path, out string directive);
            if (wanted == MountAttribute.None || IsBelow(mount.Path, scratch))
                continue;
            SysResult result = Namespaces.SetAttributes(
                mount.Path, wanted, MountAttribute.None, recursive: false);

            // A mount that another one covers cannot be reached, by the service neither.
            if (result.IsError
                && result.Error is not (Errno.ENOENT or Errno.ENOTDIR or Errno.EINVAL))
                return Check(result, directive, mount.Path);
        }

        return null;
    }

    private MountAttribute Wanted(string mount, out string directive)
    {
        directive = "";
        MountAttribute wanted = MountAttribute.None;
        int written = -1;
        int executed = -1;
        foreach ((MountStep step, string path) in _resolved)
        {
            if (!IsBelow(mount, path))
                continue;
            bool execution = step.Kind is MountKind.NoExecute or MountKind.Execute;
            bool whole = step.Kind is MountKind.ReadOnly or MountKind.ReadWrite || execution;

            // A new mount at the path itself has its own rule, mounts inside it theirs.
            if (!whole && path != mount && step.Kind != MountKind.ReadOnlyBind)
                continue;
            ref int best = ref execution ? ref executed : ref written;
            if (path.Length < best || (path.Length == best && !IsStrict(step)))
                continue;
            best = path.Length;
            MountAttribute bit = execution ? MountAttribute.NoExecute : MountAttribute.ReadOnly;
            wanted &= ~bit;
            if (IsStrict(step))
            {
                wanted |= bit;
                directive = step.Directive;
            }
        }

        return wanted;
    }

    private static bool IsStrict(MountStep step) => step.Kind is MountKind.ReadOnly
        or MountKind.NoExecute or MountKind.Inaccessible or MountKind.ReadOnlyBind
        or MountKind.Devices
        || (step.Kind == MountKind.Temporary
            && $",{step.Source},".Contains(",ro,", StringComparison.Ordinal));

    private static bool IsBelow(string path, string root) => root == "/" || path == root
        || (path.Length > root.Length && path[root.Length] == '/'
            && path.StartsWith(root, StringComparison.Ordinal));

    private StepFailure? Propagate() => settings.Find("MountFlags") switch
    {
        "shared" => Check(
            Namespaces.SetPropagation("/", Propagation.Shared), "MountFlags", "shared"),
        "private" => Check(
            Namespaces.SetPropagation("/", Propagation.Private), "MountFlags", "private"),
        _ => null,
    };
}
