using InitTx.Core;
using InitTx.Units.Graph;
using InitTx.Units.Model;

namespace InitTx.Tests.Served;

/// <summary>
/// A few units of each temper: two that need each other's company, one that is slow to come up, one
/// that ends by itself, one that does not end on SIGTERM, one that stands in the way, two in a
/// circle, one that is masked, and one whose file is bad.
/// </summary>
internal sealed class ServedUnits : IUnitCatalog
{
    public static readonly UnitName Goal = UnitName.Parse("default.target");

    private static readonly ExecCommand Main = Command("/bin/main");

    private readonly Dictionary<UnitName, UnitDefinition> _units = [];

    public ServedUnits()
    {
        Add(Unit("default.target", "Wants=a.service"));
        Add(Service("a.service", ServiceType.Simple, ""));
        Add(Service("b.service", ServiceType.Exec, "Requires=a.service After=a.service"));
        Add(Service("slow.service", ServiceType.Notify, "After=a.service"));
        Add(Service("once.service", ServiceType.Oneshot, "Wants=a.service"));
        Add(Service("stubborn.service", ServiceType.Exec, ""));
        Add(Service("against.service", ServiceType.Simple, "Conflicts=b.service"));
        Add(Service("circle.service", ServiceType.Simple, "After=circle2.service"));
        Add(Service("circle2.service", ServiceType.Simple,
            "After=circle.service Requires=circle.service"));
        Add(Unit("masked.service", "") with { LoadState = UnitLoadState.Masked });
        Add(Unit("bad.service", "") with { LoadState = UnitLoadState.BadSetting });
        foreach (string name in (string[])["poweroff", "reboot", "halt", "kexec", "rescue"])
            Add(Unit(name + ".target", "Conflicts=slow.service Conflicts=stubborn.service"));
    }

    /// <summary>The names that there are, and one that there is not.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "a.service", "b.service", "slow.service", "once.service", "stubborn.service",
        "against.service", "circle2.service", "masked.service", "bad.service", "default.target",
        "none.service",
    ];

    /// <inheritdoc/>
    public UnitDefinition Load(UnitName name) => _units.TryGetValue(name, out UnitDefinition? unit)
        ? unit
        : new UnitDefinition { Name = name, LoadState = UnitLoadState.NotFound };

    /// <summary>The unit as the engine has it; null when it was not asked for yet.</summary>
    public static UnitRuntime? In(Engine engine, string unit) => engine.Find(UnitName.Parse(unit));

    /// <summary>Its main process has done its work when it has begun.</summary>
    public static bool EndsByItself(UnitRuntime unit) =>
        unit.Definition.Service is { Type: ServiceType.Oneshot };

    /// <summary>It ends on SIGKILL alone.</summary>
    public static bool IsStubborn(UnitRuntime unit) => unit.Name.Value == "stubborn.service";

    private void Add(UnitDefinition definition) => _units.Add(definition.Name, definition);

    private static UnitDefinition Service(string name, ServiceType type, string needs) =>
        Unit(name, needs) with
        {
            Service = new ServiceSettings
            {
                Type = type,
                ExecStart = [Main],
                ExecReload = type == ServiceType.Simple ? [Command("/bin/reload")] : [],
                NotifyAccess = type == ServiceType.Notify ? NotifyAccess.Main : NotifyAccess.None,
                TimeoutStartUs = 30_000_000,
            },
            Exec = new ExecSettings(),
            Kill = new KillSettings(),
        };

    private static UnitDefinition Unit(string name, string needs)
    {
        var edges = new List<UnitDependency>();
        foreach (string word in needs.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = word.Split('=');
            edges.Add(new UnitDependency(
                Enum.Parse<DependencyKind>(parts[0]), UnitName.Parse(parts[1]),
                DependencyOrigin.File, new SourceLocation("/etc/" + name, edges.Count + 2)));
        }

        edges.Sort(static (a, b) => a.Kind != b.Kind
            ? a.Kind.CompareTo(b.Kind)
            : a.Target.CompareTo(b.Target));
        return new UnitDefinition
        {
            Name = UnitName.Parse(name),
            LoadState = UnitLoadState.Loaded,
            FragmentPath = "/etc/" + name,
            ContentDigest = "digest of " + name,
            Dependencies = edges,
        };
    }

    private static ExecCommand Command(string path) =>
        new(path, [path], ExecCommandFlags.None, new SourceLocation("/u", 1));
}
