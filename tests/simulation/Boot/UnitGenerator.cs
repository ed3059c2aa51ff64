using InitTx.Simulation.Randomness;
using InitTx.Units.Model;

namespace InitTx.Simulation.Boot;

/// <summary>
/// Draws the units of a boot: services of every type, targets and sockets with the dependencies
/// of systemd.unit(5). Edges mostly lead from a later to an earlier unit; a few boots get a cycle,
/// a contradiction or a name that does not exist, because those have to boot as well.
/// </summary>
internal static class UnitGenerator
{
    /// <summary>The boot's goal.</summary>
    public static readonly UnitName DefaultTarget = UnitName.Parse("default.target");

    private static readonly UnitName Sysinit = UnitName.Parse("sysinit.target");
    private static readonly UnitName Basic = UnitName.Parse("basic.target");
    private static readonly UnitName Shutdown = UnitName.Parse("shutdown.target");
    private static readonly UnitName Umount = UnitName.Parse("umount.target");
    private static readonly UnitName CtrlAltDel = UnitName.Parse("ctrl-alt-del.target");
    private static readonly UnitName Slice = UnitName.Parse("system.slice");

    /// <summary>All units of the boot with this seed.</summary>
    public static GeneratedCatalog Generate(Seed seed, BootOptions options)
    {
        var draft = new List<UnitDefinition>();
        AddFrame(draft);
        if (options.Mounts > 0)
            draft.Add(Target(Umount, [], false));
        List<UnitName> names = Names(options);
        for (int i = 0; i < names.Count; i++)
            draft.Add(Draft(seed, options, names, i));
        draft.Add(Goal(seed, names));
        var templates = new List<UnitDefinition>();
        for (int i = 0; i < options.Accepting; i++)
            templates.Add(Template(seed, options, i));
        return new GeneratedCatalog(draft, templates);
    }

    private static List<UnitName> Names(BootOptions options)
    {
        var names = new List<UnitName>();
        int targets = 0;
        for (int i = 0; i < options.Services; i++)
        {
            names.Add(UnitName.Parse($"s{i:00}.service"));
            if (i % (options.Services / options.Targets + 1) == 3)
                names.Add(UnitName.Parse($"t{targets++}.target"));
        }

        for (int i = 0; i < options.Sockets; i++)
            names.Add(UnitName.Parse($"s{i * 2:00}.socket"));
        for (int i = 0; i < options.Accepting; i++)
            names.Add(UnitName.Parse($"c{i}.socket"));
        for (int i = 0; i < options.Paths; i++)
            names.Add(UnitName.Parse($"s{(i * 2) + 2:00}.path"));
        for (int i = 0; i < options.Timers; i++)
            names.Add(UnitName.Parse($"s{(i * 2) + 1:00}.timer"));
        for (int i = 0; i < options.Mounts; i++)
            names.Add(MountGenerator.Name(i));
        for (int i = 0; i < options.Mounts && options.Automounts; i++)
            names.Add(MountGenerator.Name(i).WithKind(UnitKind.Automount));
        return names;
    }

    // The service of a connection: it needs what all need, and nobody needs it.
    private static UnitDefinition Template(Seed seed, BootOptions options, int i)
    {
        Prng p = seed.Stream(Purpose.Unit, -2 - i);
        UnitName name = UnitName.Parse($"c{i}@.service");
        var edges = new EdgeSet();
        edges.Add(DependencyKind.Requires, Basic);
        edges.Add(DependencyKind.After, Basic);
        edges.Add(DependencyKind.Conflicts, Shutdown);
        edges.Add(DependencyKind.Before, Shutdown);
        UnitDefinition drawn = ServiceGenerator.Draw(p, options, name);
        ServiceSettings service = drawn.Service!;
        return drawn with
        {
            // Names that instances would have to share.
            Service = service with
            {
                Type = service.Type == ServiceType.Dbus ? ServiceType.Simple : service.Type,
                BusName = null,
                PidFile = null,
            },
            Dependencies = edges.Sorted(),
            CollectsFailed = p.OneIn(3),
        };
    }

    private static void AddFrame(List<UnitDefinition> draft)
    {
        draft.Add(Target(Sysinit, [], false));
        draft.Add(Target(Basic,
            [Edge(DependencyKind.Requires, Sysinit), Edge(DependencyKind.After, Sysinit)], false));
        draft.Add(Target(Shutdown, [], false));
        foreach (string name in (string[])["poweroff", "reboot", "halt", "kexec", "exit"])
        {
            UnitDependency[] edges =
                [Edge(DependencyKind.Requires, Shutdown), Edge(DependencyKind.After, Shutdown)];
            UnitDefinition target = Target(UnitName.Parse(name + ".target"), edges, true);
            draft.Add(name == "reboot" ? target with { Aliases = [CtrlAltDel] } : target);
        }

        UnitDependency[] rescue =
            [Edge(DependencyKind.Requires, Sysinit), Edge(DependencyKind.After, Sysinit)];
        draft.Add(Target(UnitName.Parse("rescue.target"), rescue, true));
        draft.Add(Target(UnitName.Parse("emergency.target"), [], true));
    }

    private static UnitDefinition Goal(Seed seed, List<UnitName> names)
    {
        Prng p = seed.Stream(Purpose.Units, -1);
        var edges = new EdgeSet();
        edges.Add(DependencyKind.Requires, Basic);
        edges.Add(DependencyKind.After, Basic);
        edges.Add(DependencyKind.Conflicts, Shutdown);
        edges.Add(DependencyKind.Before, Shutdown);
        foreach (UnitName name in names)
        {
            if (!p.Percent(75))
                continue;
            edges.Add(p.Percent(6) ? DependencyKind.Requires : DependencyKind.Wants, name);
            if (p.Percent(80))
                edges.Add(DependencyKind.After, name);
        }

        return Target(DefaultTarget, edges.Sorted(), true);
    }

    private static UnitDefinition Draft(Seed seed, BootOptions options, List<UnitName> names, int i)
    {
        UnitName name = names[i];
        Prng p = seed.Stream(Purpose.Unit, i);
        var edges = new EdgeSet();
        if (name.Kind == UnitKind.Service)
            MountGenerator.AddNeed(seed, options, i, edges);
        if (name.Kind is not (UnitKind.Target or UnitKind.Mount or UnitKind.Automount)
            || p.Percent(80))
        {
            edges.Add(DependencyKind.Requires, name.Kind == UnitKind.Service ? Basic : Sysinit);
            edges.Add(DependencyKind.After, name.Kind == UnitKind.Service ? Basic : Sysinit);
            edges.Add(DependencyKind.Conflicts, Shutdown);
            edges.Add(DependencyKind.Before, Shutdown);
        }

        if (name.Kind is not (UnitKind.Socket or UnitKind.Timer or UnitKind.Path
            or UnitKind.Mount or UnitKind.Automount)
            || options.Cycle)
            EdgeGenerator.Draw(p, options, names, i, edges);
        UnitDefinition unit = name.Kind switch
        {
            UnitKind.Service => ServiceGenerator.Draw(p, options, name),
            UnitKind.Socket => SocketGenerator.WithCommands(
                seed, options, i, SocketGenerator.Draw(p, name, edges)),
            UnitKind.Path => PathGenerator.Draw(p, name, edges),
            UnitKind.Timer => TimerGenerator.Draw(p, name, edges),
            UnitKind.Mount => MountGenerator.Draw(p, options, name, edges),
            UnitKind.Automount => AutomountGenerator.Draw(p, name, edges),
            UnitKind.Target => Target(name, [], true),
            _ => throw new InvalidOperationException($"no generator for {name}"),
        };
        foreach (UnitName socket in unit.Service?.Sockets ?? [])
        {
            edges.Add(DependencyKind.Wants, socket);
            edges.Add(DependencyKind.After, socket);
            edges.Add(DependencyKind.TriggeredBy, socket);
        }

        return unit with
        {
            Dependencies = edges.Sorted(),
            StopWhenUnneeded = p.OneIn(40),
            RefuseManualStart = p.OneIn(60),
            RefuseManualStop = p.OneIn(60),
            JobTimeoutUs = p.OneIn(25) ? 1_000_000L * p.Between(1, 60) : ServiceSettings.Infinity,
            IgnoreOnIsolate = p.OneIn(20),
        };
    }

    private static UnitDefinition Target(
        UnitName name, IReadOnlyList<UnitDependency> edges, bool isolate) => new()
        {
            Name = name,
            LoadState = UnitLoadState.Loaded,
            Description = name.Value,
            FragmentPath = "/usr/lib/systemd/system/" + name.Value,
            Dependencies = edges,
            AllowIsolate = isolate,
            Slice = Slice,
            ContentDigest = "t",
        };

    private static UnitDependency Edge(DependencyKind kind, UnitName target) =>
        new(kind, target, DependencyOrigin.File, new SourceLocation("/sim/frame", 1));
}
