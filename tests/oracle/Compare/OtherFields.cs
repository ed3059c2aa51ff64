using InitTx.Units.Model;
using static InitTx.Oracle.Tests.Compare.UnitField;

namespace InitTx.Oracle.Tests.Compare;

/// <summary>[Mount], [Automount], [Swap], [Timer], [Path], [Scope].</summary>
internal static class OtherFields
{
    private static readonly (TimerBase Base, string Name)[] Spans =
    [
        (TimerBase.Active, "OnActiveSec"), (TimerBase.Boot, "OnBootSec"),
        (TimerBase.Startup, "OnStartupSec"), (TimerBase.UnitActive, "OnUnitActiveSec"),
        (TimerBase.UnitInactive, "OnUnitInactiveSec"),
    ];

    private static readonly (PathWatchKind Kind, string Name)[] Watches =
    [
        (PathWatchKind.Exists, "PathExists"), (PathWatchKind.ExistsGlob, "PathExistsGlob"),
        (PathWatchKind.DirectoryNotEmpty, "DirectoryNotEmpty"),
        (PathWatchKind.Changed, "PathChanged"), (PathWatchKind.Modified, "PathModified"),
    ];

    public static readonly UnitField[] All =
    [
        Plain("Where", u => u.Mount?.Where ?? u.Automount?.Where),
        Plain("What", u => File(u) is { } m ? m.What ?? "n/a" : u.Swap?.What),
        new("FileSystemType", u => File(u) is { } m ? m.FileSystemType ?? "n/a" : null,
            u => u.One("File System Type")),
        Plain("Options", u => File(u) is { } m ? m.Options ?? "n/a"
            : u.Swap is { } w ? w.Options ?? "" : null),
        YesNo("SloppyOptions", u => u.Mount?.SloppyOptions),
        YesNo("LazyUnmount", u => u.Mount?.LazyUnmount),
        YesNo("ForceUnmount", u => u.Mount?.ForceUnmount),
        YesNo("ReadWriteOnly", u => u.Mount?.ReadWriteOnly),
        Time("TimeoutSec", u => u.Mount?.TimeoutUs ?? u.Swap?.TimeoutUs),
        Mode("DirectoryMode", u => u.Mount?.DirectoryMode ?? u.Automount?.DirectoryMode
            ?? u.Path?.DirectoryMode),
        Plain("ExtraOptions", u => u.Automount is { } a ? a.ExtraOptions ?? "(null)" : null),
        Time("TimeoutIdleSec", u => u.Automount?.TimeoutIdleUs, "TimeoutIdleUSec"),
        Plain("Priority", u => u.Swap is { } w ? $"{w.Priority ?? 0}" : null),
        Set("OnCalendar", u => u.Timer?.Triggers.Where(t => t.Calendar is not null)
            .Select(t => t.Calendar!.ToString())),
        .. Spans.Select(s => Time(s.Name, u => u.Timer?.Triggers
            .Where(t => t.Base == s.Base).Select(t => (long?)t.SpanUs).FirstOrDefault())),
        Plain("Unit", u => u.Timer?.Unit.Value ?? u.Path?.Unit.Value),
        YesNo("Persistent", u => u.Timer?.Persistent),
        YesNo("WakeSystem", u => u.Timer?.WakeSystem),
        YesNo("RemainAfterElapse", u => u.Timer?.RemainAfterElapse),
        YesNo("FixedRandomDelay", u => u.Timer?.FixedRandomDelay),
        YesNo("OnClockChange", u => u.Timer?.OnClockChange),
        YesNo("OnTimezoneChange", u => u.Timer?.OnTimezoneChange) with
        {
            Theirs = u => u.One("OnTimeZoneChange"),
        },
        Time("AccuracySec", u => u.Timer?.AccuracyUs, "Accuracy"),
        YesNo("MakeDirectory", u => u.Path?.MakeDirectory),
        Plain("TriggerLimitBurst", u => u.Path is { } p ? $"{p.TriggerLimitBurst}" : null),
        Time("TriggerLimitIntervalSec", u => u.Path?.TriggerLimitIntervalUs),
        .. Watches.Select(w => Set(w.Name, u => u.Path?.Watches.Where(p => p.Kind == w.Kind)
            .Select(p => p.Path))),
        Time("RuntimeMaxSec", u => u.Scope?.RuntimeMaxUs),
    ];

    // What the root was mounted from is the machine's to say.
    private static MountSettings? File(UnitDefinition unit) =>
        unit.Name.Value == "-.mount" ? null : unit.Mount;
}
