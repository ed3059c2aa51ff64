using System.Globalization;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Core.Tests.Support;

/// <summary>Short ways to write definitions in tests.</summary>
internal static class Make
{
    public static ExecCommand Command(string line, ExecCommandFlags flags = ExecCommandFlags.None)
    {
        string[] words = line.Split(' ');
        return new ExecCommand(words[0], words, flags, new SourceLocation("/u", 1));
    }

    public static IReadOnlyList<ExecCommand> Commands(params string[] lines) =>
        [.. lines.Select(l => Command(l.TrimStart('-'), l.StartsWith('-')
            ? ExecCommandFlags.IgnoreFailure
            : ExecCommandFlags.None))];

    public static UnitDefinition Service(
        string name,
        ServiceType type = ServiceType.Simple,
        string deps = "",
        Func<ServiceSettings, ServiceSettings>? with = null,
        Func<UnitDefinition, UnitDefinition>? unit = null,
        KillSettings? kill = null)
    {
        var settings = new ServiceSettings
        {
            Type = type,
            ExecStart = Commands("/bin/main"),
            NotifyAccess = type is ServiceType.Notify or ServiceType.NotifyReload
                ? NotifyAccess.Main
                : NotifyAccess.None,
            TimeoutStartUs = type == ServiceType.Oneshot ? ServiceSettings.Infinity : 90_000_000,
        };
        UnitDefinition definition = Unit(name, deps) with
        {
            Service = with is null ? settings : with(settings),
            Exec = new ExecSettings(),
            Kill = kill ?? new KillSettings(),
        };
        return unit is null ? definition : unit(definition);
    }

    public static UnitDefinition Target(
        string name, string deps = "", Func<UnitDefinition, UnitDefinition>? unit = null)
    {
        UnitDefinition definition = Unit(name, deps);
        return unit is null ? definition : unit(definition);
    }

    public static UnitDefinition Socket(
        string name, string deps = "", Func<SocketSettings, SocketSettings>? with = null)
    {
        var settings = new SocketSettings
        {
            Listen = [new ListenSetting(ListenKind.Stream, "/run/x", new SourceLocation("/u", 2))],
        };
        return Unit(name, deps) with { Socket = with is null ? settings : with(settings) };
    }

    /// <summary>A tmpfs at the place that the name says.</summary>
    public static UnitDefinition Mount(
        string name, string deps = "", Func<MountSettings, MountSettings>? with = null)
    {
        var settings = new MountSettings
        {
            What = "tmpfs",
            Where = UnitNameEscaper.UnescapePath(UnitName.Parse(name).WithoutSuffix)!,
            FileSystemType = "tmpfs",
        };
        return Unit(name, deps) with
        {
            Mount = with is null ? settings : with(settings),
            Exec = new ExecSettings(),
            Kill = new KillSettings(),
        };
    }

    /// <summary>An automount of the place that the name says, with its mount.</summary>
    public static UnitDefinition Automount(
        string name, Func<AutomountSettings, AutomountSettings>? with = null)
    {
        UnitName unit = UnitName.Parse(name);
        var settings = new AutomountSettings
        {
            Where = UnitNameEscaper.UnescapePath(unit.WithoutSuffix)!,
        };
        UnitName mount = unit.WithKind(UnitKind.Mount);
        return Unit(name, $"Triggers={mount} Before={mount}") with
        {
            Automount = with is null ? settings : with(settings),
        };
    }

    public static UnitDefinition Swap(string name, string deps = "") => Unit(name, deps) with
    {
        Swap = new SwapSettings
        {
            What = UnitNameEscaper.UnescapePath(UnitName.Parse(name).WithoutSuffix)!,
        },
        Exec = new ExecSettings(),
        Kill = new KillSettings(),
    };

    /// <summary>
    /// A timer of <c>OnX=value</c> words: seconds, or a calendar event with _ for a blank.
    /// </summary>
    public static UnitDefinition Timer(
        string name, string on, Func<TimerSettings, TimerSettings>? with = null, string deps = "")
    {
        var source = new SourceLocation($"/etc/{name}", 2);
        var triggers = new List<TimerTrigger>();
        foreach (string word in on.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = word.Split('=');
            TimerBase from = Enum.Parse<TimerBase>(parts[0]);
            triggers.Add(from == TimerBase.Calendar
                ? new TimerTrigger(
                    from, 0, CalendarParser.Parse(parts[1].Replace('_', ' ')), source)
                : new TimerTrigger(from, (long)(double.Parse(
                    parts[1], CultureInfo.InvariantCulture) * 1_000_000), null, source));
        }

        UnitName unit = UnitName.Parse(name.Replace(".timer", ".service"));
        var settings = new TimerSettings { Triggers = triggers, Unit = unit, AccuracyUs = 0 };
        return Unit(name, $"Triggers={unit} {deps}") with
        {
            Timer = with is null ? settings : with(settings),
        };
    }

    /// <summary>
    /// A unit with <c>Kind=name</c> words as dependencies; each gets its own line.
    /// </summary>
    public static UnitDefinition Unit(string name, string deps = "")
    {
        var edges = new List<UnitDependency>();
        int line = 2;
        foreach (string word in deps.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = word.Split('=');
            edges.Add(new UnitDependency(
                Enum.Parse<DependencyKind>(parts[0]), UnitName.Parse(parts[1]),
                DependencyOrigin.File, new SourceLocation($"/etc/{name}", line++)));
        }

        edges.Sort((a, b) => a.Kind != b.Kind
            ? a.Kind.CompareTo(b.Kind)
            : a.Target.CompareTo(b.Target));
        return new UnitDefinition
        {
            Name = UnitName.Parse(name),
            LoadState = UnitLoadState.Loaded,
            FragmentPath = $"/etc/{name}",
            ContentDigest = $"digest-{name}",
            Dependencies = edges,
        };
    }
}
