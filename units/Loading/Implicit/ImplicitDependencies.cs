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
    private static readonly UnitName Udev = UnitName.Parse("systemd-udevd.service");
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
                // The time of the last run is kept on disk.
                if (draft.Timer.Persistent && context.Scope == ManagerScope.System)
                    draft.NeedsPath($"{context.StateDirectory}/systemd/timers",
                        SettingSource(draft, "Timer", "Persistent"));
                Triggered(draft);
                break;
            case UnitKind.Path:
                foreach (PathWatch watch in draft.Path.Watches)
                    draft.NeedsPath(watch.Path, watch.Source);
                Triggered(draft);
                break;
            case UnitKind.Mount:
                FileSystemDependencies.Mount(draft);
                Exec(draft, context, "Mount");
                break;
            case UnitKind.Automount:
                FileSystemDependencies.Automount(draft);
                break;
            case UnitKind.Swap:
                FileSystemDependencies.Swap(draft);
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
            UnitKind.Mount when MountRules.IsExtrinsic(draft.Mount.Where) =>
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
        DependencyOrigin origin = draft.Name.Kind == UnitKind.Slice
            ? DependencyOrigin.Implicit
            : written ? DependencyOrigin.File : DependencyOrigin.Setting;
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
            draft.NeedsPath(directory, SettingSource(draft, section, "WorkingDirectory"));
        if (draft.RootDirectory is { } root)
            draft.NeedsPath(root, SettingSource(draft, section, "RootDirectory"));
        if (draft.RootImage is { } image)
            draft.NeedsPath(image, SettingSource(draft, section, "RootImage"));
        SourceLocation? writable = null;
        foreach (ServiceDirectory d in x.Directories)
        {
            (string place, string key) = d.Base switch
            {
                "RUNTIME" => (context.RuntimeDirectory, "RuntimeDirectory"),
                "STATE" => (context.StateDirectory, "StateDirectory"),
                "CACHE" => (context.CacheDirectory, "CacheDirectory"),
                "LOGS" => (context.LogsDirectory, "LogsDirectory"),
                _ => (context.ConfigurationDirectory, "ConfigurationDirectory"),
            };
            SourceLocation source = SettingSource(draft, section, key);
            draft.NeedsPath($"{place}/{d.Name}", source);
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
        if (draft.RootImage is not null)
            Edge(draft, DependencyKind.After, Udev, SettingSource(draft, section, "RootImage"));
        if (draft.LogNamespace is { } logs)
            Journal(draft, logs, SettingSource(draft, section, "LogNamespace"));
        else if (GoesToJournal(x.StandardOutput) || GoesToJournal(x.StandardError))
            Edge(draft, DependencyKind.After, JournalSocket, SettingSource(draft, section,
                GoesToJournal(x.StandardOutput) ? "StandardOutput" : "StandardError"));
    }

    // A namespace has sockets of its own; without a valid name there are none.
    private static void Journal(UnitDraft draft, string name, SourceLocation source)
    {
        foreach (string stem in new[] { "systemd-journald", "systemd-journald-varlink" })
        {
            if (UnitName.TryParse($"{stem}@{name}.socket", out UnitName socket))
                Two(draft, DependencyKind.Requires, socket, source);
        }
    }

    private static void PrivateTmp(UnitDraft draft, SourceLocation source)
    {
        Edge(draft, DependencyKind.Wants, TmpMount, source);
        Edge(draft, DependencyKind.After, TmpMount, source);
        draft.NeedsPath("/var/tmp", source);
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
                draft.NeedsPath(PathText.Collapse(listen.Address), listen.Source);
        }

        if (v.HasCommands)
            Exec(draft, context, "Socket");
        if (v.BindToDevice is { } name && name != "lo"
            && UnitNameEscaper.EscapePath($"/sys/subsystem/net/devices/{name}") is { } path
            && UnitName.TryParse($"{path}.device", out UnitName device))
            Two(draft, DependencyKind.BindsTo, device,
                SettingSource(draft, "Socket", "BindToDevice"));
        if (v.Accept || v.Service.IsNone)
            return;
        SourceLocation source = draft.Triggered?.Source ?? SourceLocation.BuiltIn;
        TypeEdge(draft, DependencyKind.Before, v.Service, source);
        TypeEdge(draft, DependencyKind.Triggers, v.Service, source);
    }

    private static void Triggered(UnitDraft draft)
    {
        UnitName target = draft.Triggered?.Target ?? draft.Name.WithKind(UnitKind.Service);
        SourceLocation source = draft.Triggered?.Source ?? SourceLocation.BuiltIn;
        DependencyOrigin origin = source == SourceLocation.BuiltIn ? DependencyOrigin.Implicit
            : DependencyOrigin.File;
        draft.Dependencies.Add(DependencyKind.Before, target, origin, source);
        draft.Dependencies.Add(DependencyKind.Triggers, target, origin, source);
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
            draft.Dependencies.Add(kind, target, DependencyOrigin.Setting, source);
    }

    private static void TypeEdge(UnitDraft draft, DependencyKind kind, UnitName target,
        SourceLocation source)
    {
        if (target != draft.Name)
            draft.Dependencies.Add(kind, target, DependencyOrigin.Implicit, source);
    }
}
