using InitTx.Fuzz.Running;

namespace InitTx.Fuzz.Targets;

/// <summary>Every target, in the order they run: those that take long last.</summary>
internal static class TargetList
{
    public static readonly IReadOnlyList<FuzzTarget> All =
    [
        LineTargets.ExecLine, LineTargets.Specifier, LineTargets.Duration, LineTargets.ByteSize,
        LineTargets.UnitNames, TextTargets.EnvironmentFile, TextTargets.KernelCommandLine,
        TextTargets.ManagerConfig, ScheduleTargets.Calendar, ScheduleTargets.Preset,
        WireTargets.Notify, WireTargets.Request, WireTargets.Frames,
        ArchiveTargets.Messages, LogTargets.Record, LogTargets.Message, BusTargets.Message,
        MountTargets.MountInfo, MountTargets.Swaps, MountTargets.Requests,
        ProcTargets.Texts, PeerTargets.Addresses,
        FilterTargets.Networks, FilterTargets.Binds,
        AskTargets.Requests, AskTargets.Answers, ManagerTargets.Requests,
        JournalTargets.Store, JournalTargets.Slot,
        Canary.Target,
        DefinitionTargets.Definitions,
        UnitTargets.FileTree, UnitTargets.UnitFile, UnitTargets.DropIn,
    ];

    /// <summary>The target of a name that is in the list.</summary>
    public static FuzzTarget Named(string name) => All.Single(target => target.Name == name);
}
