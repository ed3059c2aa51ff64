using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading;

/// <summary>Turns a finished draft into the definition that others see.</summary>
internal static class DraftResult
{
    private static readonly KillSettings DefaultKill = new();
    private static readonly ExecSettings DefaultExec = new();

    // Dependencies are not taken back by an empty line.
    private static readonly string[] Additive =
    [
        "Requires", "Requisite", "Wants", "BindsTo", "PartOf", "Upholds", "Conflicts", "Before",
        "After", "OnFailure", "OnSuccess", "PropagatesReloadTo", "ReloadPropagatedFrom",
        "PropagatesStopTo", "StopPropagatedFrom", "JoinsNamespaceOf", "RequiresMountsFor",
    ];

    private static readonly StreamTarget[] CommonStreams =
    [
        new(StandardStream.Null), new(StandardStream.Journal), new(StandardStream.Inherit),
    ];

    public static UnitDefinition Make(UnitDraft draft)
    {
        UnitKind kind = draft.Name.Kind;
        bool service = kind == UnitKind.Service;
        bool socket = kind == UnitKind.Socket;
        bool runs = service || socket || kind is UnitKind.Mount or UnitKind.Swap;
        UnitDefinition unit = draft.Unit;
        return unit with
        {
            Description = unit.Description.Length > 0 ? unit.Description
                : DefaultDescription(draft.Name),
            Documentation = Frozen(unit.Documentation),
            Aliases = Frozen(unit.Aliases),
            DropInPaths = Frozen(unit.DropInPaths),
            Dependencies = Frozen(draft.Dependencies.ToSortedList()),
            Conditions = Frozen(draft.Conditions),
            Settings = PackedSettings.Of(Effective(draft)),
            Unhonoured = Frozen(draft.Unhonoured),
            Diagnostics = Frozen(draft.Findings.ToList()),
            RequiresMountsFor = Frozen(Paths(draft)),
            Install = draft.Install,
            Service = service ? Frozen(WithOomPolicy(draft)) : null,
            Socket = socket ? Frozen(draft.Socket) : null,
            Mount = kind == UnitKind.Mount ? draft.Mount : null,
            Automount = kind == UnitKind.Automount ? draft.Automount : null,
            Swap = kind == UnitKind.Swap ? draft.Swap : null,
            Timer = kind == UnitKind.Timer
                ? draft.Timer with { Triggers = Frozen(draft.Timer.Triggers) } : null,
            Path = kind == UnitKind.Path
                ? draft.Path with { Watches = Frozen(draft.Path.Watches) } : null,
            Scope = kind == UnitKind.Scope ? draft.Scope : null,
            Exec = runs ? Shared(Frozen(draft.Exec)) : null,
            Kill = runs || kind == UnitKind.Scope ? Shared(draft.Kill) : null,
            Resources = Frozen(draft.Resources),
        };
    }

    // Whoever has a subtree of its own looks after the processes in it.
    private static ServiceSettings WithOomPolicy(UnitDraft draft) => draft.Service with
    {
        OomPolicy = draft.OomPolicy
            ?? (draft.Unit.Delegate ? OomPolicy.Continue : draft.Service.OomPolicy),
    };

    // Slices and devices are named after places.
    private static string DefaultDescription(UnitName name) =>
        name.Kind is UnitKind.Slice or UnitKind.Device
            && UnitNameEscaper.UnescapePath(name.WithoutSuffix) is { } path
            ? name.Kind == UnitKind.Slice ? $"Slice {path}" : path
            : name.Value;

    // Definitions live as long as the manager: no spare capacity, no empty list of its own.
    private static IReadOnlyList<T> Frozen<T>(IReadOnlyList<T> list) =>
        list.Count == 0 ? [] : list is List<T> growing ? growing.ToArray() : list;

    private static KillSettings Shared(KillSettings kill) =>
        kill == DefaultKill ? DefaultKill : kill;

    private static ServiceSettings Frozen(ServiceSettings s) => s with
    {
        ExecCondition = Frozen(s.ExecCondition),
        ExecStartPre = Frozen(s.ExecStartPre),
        ExecStart = Frozen(s.ExecStart),
        ExecStartPost = Frozen(s.ExecStartPost),
        ExecReload = Frozen(s.ExecReload),
        ExecStop = Frozen(s.ExecStop),
        ExecStopPost = Frozen(s.ExecStopPost),
        ExecCheck = Frozen(s.ExecCheck),
        Verbs = Frozen(s.Verbs),
        Sockets = Frozen(s.Sockets),
    };

    private static ResourceSettings Frozen(ResourceSettings r) =>
        r == ResourceSettings.None ? ResourceSettings.None : r with
        {
            IoDeviceWeights = Frozen(r.IoDeviceWeights),
            BlockIoDeviceWeights = Frozen(r.BlockIoDeviceWeights),
            IoLatencies = Frozen(r.IoLatencies),
            IoLimits = Frozen(r.IoLimits),
            BlockIoLimits = Frozen(r.BlockIoLimits),
            Filters = Frozen(r.Filters),
        };

    private static SocketSettings Frozen(SocketSettings s) => s with
    {
        Listen = Frozen(s.Listen),
        Symlinks = Frozen(s.Symlinks),
        ExecStartPre = Frozen(s.ExecStartPre),
        ExecStartPost = Frozen(s.ExecStartPost),
        ExecStopPre = Frozen(s.ExecStopPre),
        ExecStopPost = Frozen(s.ExecStopPost),
    };

    private static ExecSettings Frozen(ExecSettings x) => x with
    {
        SupplementaryGroups = Frozen(x.SupplementaryGroups),
        Environment = Frozen(x.Environment),
        EnvironmentFiles = Frozen(x.EnvironmentFiles),
        PassEnvironment = Frozen(x.PassEnvironment),
        UnsetEnvironment = Frozen(x.UnsetEnvironment),
        Limits = Frozen(x.Limits),
        Directories = Frozen(x.Directories),
        Setup = Frozen(x.Setup),
        StandardInput = Shared(x.StandardInput),
        StandardOutput = Shared(x.StandardOutput),
        StandardError = Shared(x.StandardError),
    };

    private static ExecSettings Shared(ExecSettings exec) =>
        exec == DefaultExec ? DefaultExec : exec;

    private static StreamTarget Shared(StreamTarget target)
    {
        foreach (StreamTarget common in CommonStreams)
        {
            if (common == target)
                return common;
        }

        return target;
    }

    // An empty value takes back what the same key said before, but edges only add up.
    private static List<EffectiveSetting> Effective(UnitDraft draft)
    {
        Dictionary<(string, string), int> resets = [];
        for (int i = 0; i < draft.Settings.Count; i++)
        {
            EffectiveSetting s = draft.Settings[i];
            if (s.Value.Length == 0)
                resets[(s.Section, s.Key)] = i;
        }

        List<EffectiveSetting> list = new(draft.Settings.Count);
        for (int i = 0; i < draft.Settings.Count; i++)
        {
            EffectiveSetting s = draft.Settings[i];
            bool undone = resets.TryGetValue((s.Section, s.Key), out int reset) && i < reset
                && !IsAdditive(s);
            if (!undone && s.Value.Length > 0)
                list.Add(s);
        }

        return list;
    }

    private static bool IsAdditive(EffectiveSetting s) =>
        s.Section == "Unit" && Array.IndexOf(Additive, s.Key) >= 0;

    private static List<string> Paths(UnitDraft draft)
    {
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        foreach ((string path, _, _) in draft.MountPaths)
            paths.Add(path);
        return [.. paths];
    }
}
