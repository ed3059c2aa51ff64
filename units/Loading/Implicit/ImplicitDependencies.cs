using InitTx.Units.Loading.Sections;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Implicit;

/// <summary>
/// The edges that follow from other settings of the unit ("Implicit Dependencies" of the man
/// pages).
/// </summary>
internal static class ImplicitDependencies
{
    private static readonly UnitName DbusSocket = UnitName.Parse("dbus.socket");
    private static readonly UnitName JournalSocket = UnitName.Parse("systemd-journald.socket");
    private static readonly UnitName RemountFs = UnitName.Parse("systemd-remount-fs.service");
    private static readonly UnitName TmpfilesSetup =
        UnitName.Parse("systemd-tmpfiles-setup.service");
    private static readonly UnitName TmpMount = UnitName.Parse("tmp.mount");

    /// <summary>
    /// Adds the edges that depend on the unit alone, and the paths whose mounts it needs.
    /// </summary>
    public static void Add(UnitDraft draft, SpecifierContext context)
    {
        Slice(draft, context.Scope);
        switch (draft.Name.Kind)
        {
            case UnitKind.Service:
                if (draft.Service.Type == ServiceType.Dbus)
                    Two(draft, DependencyKind.Requires, DbusSocket,
                        SettingSource(draft, "Service", "BusName"));
                Exec(draft, context, "Service");
                break;
            case UnitKind.Socket:
                Socket(draft, context);
                break;
            case UnitKind.Timer:
                if (draft.Persistent is { } persistent && context.Scope == ManagerScope.System)
                    draft.MountPaths.Add(($"{context.StateDirectory}/systemd/timers", persistent));
                Triggered(draft);
                break;
            case UnitKind.Path:
                Triggered(draft);
                break;
            case UnitKind.Mount:
                Mount(draft);
                Exec(draft, context, "Mount");
                break;
            case UnitKind.Automount:
                Automount(draft);
                break;
            case UnitKind.Swap:
                Exec(draft, context, "Swap");
                break;
            case UnitKind.Target:
            case UnitKind.Device:
            case UnitKind.Slice:
            case UnitKind.Scope:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(draft));
        }
    }

    /// <summary>Where the last assignment of a key stands; built-in when there is none.</summary>
    public static SourceLocation SettingSource(UnitDraft draft, string section, string key)
    {
        for (int i = draft.Settings.Count - 1; i >= 0; i--)
        {
            if (draft.Settings[i].Key == key && draft.Settings[i].Section == section)
                return draft.Settings[i].Source;
        }

        return SourceLocation.BuiltIn;
    }

    private static void Slice(UnitDraft draft, ManagerScope scope)
    {
        UnitName? slice = draft.Name.Kind switch
        {
            UnitKind.Mount when MountRules.IsExtrinsic(draft.Where) =>
                draft.Slice ?? SliceNames.Root,
            UnitKind.Service or UnitKind.Socket or UnitKind.Mount or UnitKind.Swap =>
                draft.Slice ?? DefaultSlice(draft.Name, scope),
            UnitKind.Scope => draft.Slice ?? SliceNames.Root,
            UnitKind.Slice => SliceNames.Parent(draft.Name),
            _ => null,
        };
        if (slice is not { } name)
            return;
        draft.Unit = draft.Unit with { Slice = name };
        bool written = draft.Slice is not null && draft.Name.Kind != UnitKind.Slice;
        DependencyOrigin origin = written ? DependencyOrigin.File : DependencyOrigin.Implicit;
        SourceLocation source = written
            ? SettingSource(draft, SectionOf(draft.Name.Kind), "Slice") : SourceLocation.BuiltIn;
        draft.Dependencies.Add(DependencyKind.Requires, name, origin, source);
        draft.Dependencies.Add(DependencyKind.After, name, origin, source);
        draft.Dependencies.Add(DependencyKind.Slice, name, origin, source);
    }

    // Instances of one template share a slice; its name's dashes must not build a tree.
    private static UnitName DefaultSlice(UnitName unit, ManagerScope scope)
    {
        string parent = scope == ManagerScope.System ? "system" : "app";
        string name = unit.Instance is null
            ? $"{parent}.slice"
            : $"{parent}-{UnitNameEscaper.Escape(unit.Prefix)}.slice";
        return UnitName.TryParse(name, out UnitName slice) ? slice
            : UnitName.Parse($"{parent}.slice");
    }

    private static void Exec(UnitDraft draft, SpecifierContext context, string section)
    {
        ExecSettings x = draft.Exec;
        if (x.WorkingDirectory is { } directory && directory.StartsWith('/')
            && !x.WorkingDirectoryOptional)
            draft.MountPaths.Add((directory, SettingSource(draft, section, "WorkingDirectory")));
        SourceLocation? writable = null;
        foreach (ServiceDirectory d in x.Directories)
        {
            (string root, string key) = d.Base switch
            {
                "RUNTIME" => (context.RuntimeDirectory, "RuntimeDirectory"),
                "STATE" => (context.StateDirectory, "StateDirectory"),
                "CACHE" => (context.CacheDirectory, "CacheDirectory"),
                "LOGS" => (context.LogsDirectory, "LogsDirectory"),
                _ => (context.ConfigurationDirectory, "ConfigurationDirectory"),
            };
            SourceLocation source = SettingSource(draft, section, key);
            draft.MountPaths.Add(($"{root}/{d.Name}", source));
            if (d.Base is "STATE" or "CACHE" or "LOGS")
                writable ??= source;
        }

        if (context.Scope != ManagerScope.System)
            return;
        if (writable is not null)
            Edge(draft, DependencyKind.After, RemountFs, writable);
        if (draft.PrivateTmp || x.DynamicUser)
            PrivateTmp(draft, SettingSource(draft, section, draft.PrivateTmp ? "PrivateTmp"
                : "DynamicUser"));
        if (GoesToJournal(x.StandardOutput) || GoesToJournal(x.StandardError))
            Edge(draft, DependencyKind.After, JournalSocket,
                SettingSource(draft, section, "StandardOutput"));
    }

    private static void PrivateTmp(UnitDraft draft, SourceLocation source)
    {
        Edge(draft, DependencyKind.Wants, TmpMount, source);
        Edge(draft, DependencyKind.After, TmpMount, source);
        draft.MountPaths.Add(("/var/tmp", source));
        Edge(draft, DependencyKind.After, TmpfilesSetup, source);
    }

    private static bool GoesToJournal(StreamTarget target) => target.Kind is StandardStream.Journal
        or StandardStream.JournalConsole or StandardStream.Kmsg or StandardStream.KmsgConsole;

    private static void Socket(UnitDraft draft, SpecifierContext context)
    {
        SocketSettings v = draft.Socket;
        foreach (ListenSetting listen in v.Listen)
        {
            if (listen.Address.StartsWith('/') && listen.Kind != ListenKind.MessageQueue)
                draft.MountPaths.Add((PathText.Collapse(listen.Address), listen.Source));
        }

        if (v.ExecStartPre.Count + v.ExecStartPost.Count + v.ExecStopPre.Count
            + v.ExecStopPost.Count > 0)
            Exec(draft, context, "Socket");
        if (v.Accept || v.Service.IsNone)
            return;
        SourceLocation source = draft.Triggered?.Source ?? SourceLocation.BuiltIn;
        Edge(draft, DependencyKind.Before, v.Service, source);
        Edge(draft, DependencyKind.Triggers, v.Service, source);
    }

    private static void Triggered(UnitDraft draft)
    {
        UnitName target = draft.Triggered?.Target ?? draft.Name.WithKind(UnitKind.Service);
        SourceLocation source = draft.Triggered?.Source ?? SourceLocation.BuiltIn;
        Edge(draft, DependencyKind.Before, target, source);
        Edge(draft, DependencyKind.Triggers, target, source);
    }

    private static void Mount(UnitDraft draft)
    {
        if (draft.Where is { Length: > 1 } where)
            draft.MountPaths.Add((where[..Math.Max(where.LastIndexOf('/'), 1)],
                SettingSource(draft, "Mount", "Where")));
        if (draft.What is not { } what || !what.StartsWith("/dev/", StringComparison.Ordinal)
            || UnitNameEscaper.EscapePath(what) is not { } escaped
            || !UnitName.TryParse($"{escaped}.device", out UnitName device))
            return;
        SourceLocation source = SettingSource(draft, "Mount", "What");
        Two(draft, DependencyKind.Requires, device, source);
        Edge(draft, DependencyKind.StopPropagatedFrom, device, source);
    }

    private static void Automount(UnitDraft draft)
    {
        if (draft.Where is { Length: > 1 } where)
            draft.MountPaths.Add((where[..Math.Max(where.LastIndexOf('/'), 1)],
                SettingSource(draft, "Automount", "Where")));
        UnitName mount = draft.Name.WithKind(UnitKind.Mount);
        Edge(draft, DependencyKind.Before, mount, SourceLocation.BuiltIn);
        Edge(draft, DependencyKind.Triggers, mount, SourceLocation.BuiltIn);
    }

    private static string SectionOf(UnitKind kind) => kind switch
    {
        UnitKind.Service => "Service",
        UnitKind.Socket => "Socket",
        UnitKind.Mount => "Mount",
        UnitKind.Swap => "Swap",
        _ => "Scope",
    };

    private static void Two(UnitDraft draft, DependencyKind kind, UnitName target,
        SourceLocation source)
    {
        Edge(draft, kind, target, source);
        Edge(draft, DependencyKind.After, target, source);
    }

    private static void Edge(UnitDraft draft, DependencyKind kind, UnitName target,
        SourceLocation source)
    {
        if (target != draft.Name)
            draft.Dependencies.Add(kind, target, DependencyOrigin.Implicit, source);
    }
}
