using InitTx.Units.Graph;
using InitTx.Units.Loading.Implicit;
using InitTx.Units.Loading.Sections;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading;

/// <summary>
/// The catalogue over a <see cref="UnitFileTree"/>: reads a unit when it is first asked for and
/// keeps it. Pure: the same tree, facts and defaults give the same definitions. One thread only.
/// </summary>
/// <remarks>
/// <code>
/// name ─ UnitNameIndex ─ own name, main file      UnitReader: main file, drop-ins → UnitDraft
///                                                     │ ServiceVerifier: types, streams, faults
///        links in .wants/.requires/.upholds ──────────┤ Implicit, DefaultDependencies
///        members of targets, sockets of services ─────┴→ UnitDefinition, kept
/// </code>
/// 1. An answer never changes while the loader lives; a reload makes a new loader.
/// 2. Only one step looks at other units: a target's order behind its members, and a service's
///    sockets. It reads their drafts, never their definitions, so there is no recursion.
/// 3. Edges name units by their own names; aliases are resolved here.
/// </remarks>
public sealed class UnitLoader : IUnitCatalog
{
    private readonly UnitNameIndex _index;
    private readonly DropInFinder _dropIns;
    private readonly UnitReader _reader;
    private readonly SpecifierContext _context;
    private readonly ManagerDefaults _defaults;
    private readonly LoadLimits _limits;
    private readonly Dictionary<UnitName, UnitDefinition> _units = [];
    private readonly Dictionary<UnitName, UnitDraft> _drafts = [];
    private readonly List<(string Path, UnitName Mount)> _mounts = [];
    private Dictionary<UnitName, List<UnitName>>? _socketsOf;

    /// <summary>Makes a loader; the tree is looked through once, no file is parsed yet.</summary>
    /// <param name="earlier">
    /// A loader over an older tree with the same facts and limits: what it has loaded from files
    /// that are the same now is taken over and not parsed again.
    /// </param>
    public UnitLoader(
        UnitFileTree tree, SpecifierContext context, LoadLimits limits,
        ManagerDefaults? defaults = null, UnitLoader? earlier = null)
    {
        UnitFileTree all = tree.WithLast(BuiltInUnits.Directory);
        _index = new UnitNameIndex(all);
        _dropIns = new DropInFinder(all);
        _context = context;
        _defaults = defaults ?? ManagerDefaults.Standard;
        _limits = limits;
        _reader = new UnitReader(_index, _dropIns, context, _defaults, limits);
        Diagnostics = [.. tree.Diagnostics, .. _index.Diagnostics];
        foreach (UnitName name in _index.Names)
        {
            if (name.Kind == UnitKind.Mount && name.Instance is null
                && UnitNameEscaper.UnescapePath(name.WithoutSuffix) is { } path)
                _mounts.Add((path, name));
        }

        if (earlier is not null && earlier._context == context && earlier._limits == limits
            && earlier._defaults == _defaults)
            TakeOver(earlier);
    }

    /// <summary>How many definitions were taken over from the earlier loader.</summary>
    public int TakenOver { get; private set; }

    private void TakeOver(UnitLoader earlier)
    {
        var unchanged = new UnchangedUnits(
            earlier._index, earlier._dropIns, _index, _dropIns);
        foreach ((UnitName name, UnitDefinition unit) in earlier._units)
        {
            if (name != unit.Name || !unchanged.Keeps(unit))
                continue;
            _units.Add(name, unit);
            TakenOver++;
        }
    }

    /// <summary>
    /// Takes definitions that a loader over the same tree has made, as if they were this one's.
    /// </summary>
    public void Remember(IEnumerable<UnitDefinition> definitions)
    {
        foreach (UnitDefinition unit in definitions)
            _units.TryAdd(unit.Name, unit);
    }

    /// <summary>What was wrong with the unit path itself.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    /// <summary>
    /// Every name with a file or link, built-in ones included, sorted; also templates and aliases.
    /// </summary>
    public IEnumerable<UnitName> Names => _index.Names;

    /// <inheritdoc/>
    public UnitDefinition Load(UnitName name)
    {
        if (_units.TryGetValue(name, out UnitDefinition? known))
            return known;
        NameTarget target = _index.Find(name);
        UnitDefinition unit = target.Own == name
            ? Finish(Draft(name, target))
            : Load(target.Own);
        _drafts.Remove(name);
        _units.Add(name, unit);
        return unit;
    }

    /// <inheritdoc/>
    public void Forget(UnitName name)
    {
        _units.Remove(name);
        _drafts.Remove(name);
    }

    /// <summary>
    /// The name that a unit goes by itself: the name given, or what it is an alias of.
    /// </summary>
    public UnitName Resolve(UnitName name) => _index.Find(name).Own;

    private UnitDraft Draft(UnitName own, in NameTarget target)
    {
        if (_drafts.TryGetValue(own, out UnitDraft? draft))
            return draft;
        draft = _reader.Read(target);
        bool perpetual = BuiltInUnits.IsPerpetual(own.Value);
        if (perpetual && draft.Unit.LoadState == UnitLoadState.Masked)
            draft.Unit = draft.Unit with { LoadState = UnitLoadState.Loaded, LoadError = null };
        if (perpetual)
            draft.Unit = draft.Unit with { IsPerpetual = true };
        if (own.IsTemplate && draft.Unit.LoadState == UnitLoadState.Loaded)
            Refuse(draft, $"{own} is a template; name an instance, for example "
                + $"{own.WithInstance("NAME")}");
        if (own.Kind == UnitKind.Slice && !SliceNames.IsValid(own)
            && draft.Unit.LoadState == UnitLoadState.Loaded)
            Refuse(draft, $"'{own}' is no slice name: its dashes must name a place in the tree",
                UnitLoadState.Error);
        if (draft.Unit.LoadState == UnitLoadState.Loaded)
            Complete(draft);
        _drafts.Add(own, draft);
        return draft;
    }

    private void Complete(UnitDraft draft)
    {
        draft.Dependencies.Expect(draft.Asked.Count);
        foreach ((DependencyKind kind, UnitName target, SourceLocation source) in draft.Asked)
            AddEdge(draft, kind, target, DependencyOrigin.File, source);
        AddLinks(draft, ".wants", DependencyKind.Wants);
        AddLinks(draft, ".requires", DependencyKind.Requires);
        AddLinks(draft, ".upholds", DependencyKind.Upholds);
        string? fault = ServiceVerifier.Complete(draft, _defaults)
            ?? TypeVerifier.Complete(draft);
        if (draft.Name.Kind == UnitKind.Socket && !draft.Socket.Service.IsNone)
            draft.Socket = draft.Socket with { Service = Resolve(draft.Socket.Service) };
        if (draft.Name.Kind is UnitKind.Timer or UnitKind.Path)
        {
            (UnitName target, SourceLocation source) = draft.Triggered
                ?? (draft.Name.WithKind(UnitKind.Service), SourceLocation.BuiltIn);
            target = Resolve(target);
            draft.Triggered = (target, source);
            draft.Timer = draft.Timer with { Unit = target };
            draft.Path = draft.Path with { Unit = target };
        }

        ImplicitDependencies.Add(draft, _context);
        foreach ((string path, SourceLocation source, DependencyOrigin origin) in draft.MountPaths)
            AddMounts(draft, path, origin, source);
        DefaultDependencies.Add(draft, _context.Scope);
        if (draft.Dependencies.Overflowed)
            fault ??= $"more than {_limits.MaxDependencies} dependencies";
        if (fault is not null)
            Refuse(draft, fault);
    }

    private static void Refuse(
        UnitDraft draft, string fault, UnitLoadState state = UnitLoadState.BadSetting)
    {
        string path = draft.Unit.FragmentPath ?? "";
        string text = fault.StartsWith('/') || path.Length == 0 ? fault : $"{path}: {fault}";
        draft.Unit = draft.Unit with { LoadState = state, LoadError = text };
        draft.Findings.Add(new Diagnostic(
            DiagnosticSeverity.Error, new SourceLocation(path, 0), "", fault));
    }

    private void AddEdge(
        UnitDraft draft, DependencyKind kind, UnitName target, DependencyOrigin origin,
        SourceLocation source)
    {
        UnitName own = Resolve(target);
        if (own != draft.Name)
            draft.Dependencies.Add(kind, own, origin, source);
    }

    private void AddLinks(UnitDraft draft, string suffix, DependencyKind kind)
    {
        foreach (FolderEntry found in _dropIns.Find(draft.Name, draft.Unit.Aliases, suffix))
        {
            var source = new SourceLocation(found.Path, 0);
            UnitTreeEntry entry = found.Entry;
            if (entry.IsEmpty)
                continue;
            if (entry.Target.Length == 0 || !UnitName.TryParse(entry.Name, out UnitName name))
            {
                draft.Findings.Add(new Diagnostic(DiagnosticSeverity.Warning, source, "",
                    entry.Target.Length == 0 ? "is not a link, ignored"
                        : "is no unit name, ignored"));
                continue;
            }

            if (name.IsTemplate)
            {
                string instance = draft.Name.Instance is { Length: > 0 } i ? i : draft.Name.Prefix;
                if (name.WithInstance(instance) is not { } concrete)
                    continue;
                name = concrete;
            }

            AddEdge(draft, kind, name, DependencyOrigin.Directory, source);
        }
    }

    private void AddMounts(
        UnitDraft draft, string path, DependencyOrigin origin, SourceLocation source)
    {
        foreach ((string mountPath, UnitName mount) in _mounts)
        {
            bool below = path.StartsWith(mountPath, StringComparison.Ordinal)
                && (mountPath == "/" || path.Length == mountPath.Length
                    || path[mountPath.Length] == '/');
            if (!below || mount == draft.Name)
                continue;
            draft.Dependencies.Add(DependencyKind.After, mount, origin, source);

            // tmp.mount may be masked, and /tmp is there all the same; so is the root.
            if (mount.Value is not ("tmp.mount" or BuiltInUnits.RootMount))
                draft.Dependencies.Add(DependencyKind.Requires, mount, origin, source);
        }
    }

    private UnitDefinition Finish(UnitDraft draft)
    {
        if (draft.Unit.LoadState == UnitLoadState.Loaded)
        {
            if (draft.Name.Kind == UnitKind.Target && draft.Unit.DefaultDependencies)
                OrderBehindMembers(draft);
            if (draft.Name.Kind == UnitKind.Service)
                draft.Service = draft.Service with { Sockets = SocketsOf(draft) };
        }

        return DraftResult.Make(draft);
    }

    // Unless somebody wrote the opposite order, a target is reached when its members are.
    private void OrderBehindMembers(UnitDraft target)
    {
        foreach (UnitDependency edge in target.Dependencies.ToSortedList())
        {
            if (edge.Kind is not (DependencyKind.Requires or DependencyKind.Requisite
                or DependencyKind.Wants or DependencyKind.BindsTo or DependencyKind.Upholds))
                continue;
            if (target.Dependencies.Has(DependencyKind.Before, edge.Target)
                || target.Dependencies.Has(DependencyKind.After, edge.Target)
                || !MayOrder(target.Name, edge.Target))
                continue;
            target.Dependencies.Add(
                DependencyKind.After, edge.Target, DependencyOrigin.Default, edge.Source);
        }
    }

    private bool MayOrder(UnitName target, UnitName member)
    {
        (UnitDefinition unit, Func<DependencyKind, UnitName, bool> has) = Member(member);
        if (unit.LoadState != UnitLoadState.Loaded || !unit.DefaultDependencies
            || has(DependencyKind.After, target))
            return false;

        // Two targets that want each other: one order only, the same on every boot.
        bool mutual = member.Kind == UnitKind.Target
            && (has(DependencyKind.Wants, target) || has(DependencyKind.Requires, target)
                || has(DependencyKind.BindsTo, target) || has(DependencyKind.Upholds, target)
                || has(DependencyKind.Requisite, target));
        return !mutual || target.CompareTo(member) > 0;
    }

    // A unit that is finished has given up its draft; its definition says the same.
    private (UnitDefinition Unit, Func<DependencyKind, UnitName, bool> Has) Member(UnitName own)
    {
        if (_units.TryGetValue(own, out UnitDefinition? unit))
            return (unit, (kind, target) => HasEdge(unit, kind, target));
        UnitDraft draft = Draft(own, _index.Find(own));
        return (draft.Unit, draft.Dependencies.Has);
    }

    private static bool HasEdge(UnitDefinition unit, DependencyKind kind, UnitName target)
    {
        foreach (UnitDependency edge in unit.Dependencies)
        {
            if (edge.Kind == kind && edge.Target == target)
                return true;
        }

        return false;
    }

    private List<UnitName> SocketsOf(UnitDraft service)
    {
        List<UnitName> sockets = [];
        foreach ((DependencyKind kind, UnitName target, _) in service.Asked)
        {
            if (kind == DependencyKind.TriggeredBy && Resolve(target) is var own
                && !sockets.Contains(own))
                sockets.Add(own);
        }

        _socketsOf ??= IndexSockets();
        if (_socketsOf.TryGetValue(service.Name, out List<UnitName>? others))
            sockets.AddRange(others.Where(o => !sockets.Contains(o)));
        UnitName same = service.Name.WithKind(UnitKind.Socket);
        if (service.Name.IsInstance && _index.Has(same) && Resolve(same) is var socket
            && !sockets.Contains(socket) && ServiceOf(socket) == service.Name)
            sockets.Add(socket);
        return sockets;
    }

    private Dictionary<UnitName, List<UnitName>> IndexSockets()
    {
        Dictionary<UnitName, List<UnitName>> map = [];
        foreach (UnitName name in _index.Names.Where(static n =>
            n.Kind == UnitKind.Socket && !n.IsTemplate))
        {
            NameTarget target = _index.Find(name);
            if (target.Own != name)
                continue;
            if (ServiceOf(name) is not { } service)
                continue;
            if (!map.TryGetValue(service, out List<UnitName>? list))
                map.Add(service, list = []);
            list.Add(name);
        }

        return map;
    }

    private UnitName? ServiceOf(UnitName socket)
    {
        if (_units.TryGetValue(socket, out UnitDefinition? unit))
            return unit.LoadState == UnitLoadState.Loaded ? Named(unit.Socket!.Service) : null;
        UnitDraft draft = Draft(socket, _index.Find(socket));
        return draft.Unit.LoadState == UnitLoadState.Loaded ? Named(draft.Socket.Service) : null;
    }

    private static UnitName? Named(UnitName name) => name.IsNone ? null : name;
}
