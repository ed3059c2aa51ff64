using InitTx.Cli.Apply;
using InitTx.Cli.History;
using InitTx.Cli.Install;
using InitTx.Cli.Logs;

namespace InitTx.Cli.Commands;

/// <summary>Where a verb stands in the help.</summary>
internal enum VerbGroup : byte
{
    Change,
    Look,
    History,
    Plan,
    Machine,
    Other,
}

/// <summary>One verb of CONTRACT; without a factory it is not built yet and is refused.</summary>
internal sealed record VerbEntry(string Name, VerbGroup Group, string Summary, Func<Verb>? Create)
{
    public bool IsBuilt => Create is not null;
}

/// <summary>Every verb, in the order of the help.</summary>
internal static class VerbTable
{
    public static readonly IReadOnlyList<VerbEntry> All =
    [
        new("start", VerbGroup.Change, "Start units and what they need", Change.Start),
        new("stop", VerbGroup.Change, "Stop units and what depends on them", Change.Stop),
        new("restart", VerbGroup.Change, "Stop and start units", Change.Restart),
        new("try-restart", VerbGroup.Change, "Restart units that are active", Change.TryRestart),
        new("reload", VerbGroup.Change, "Have units read their configuration again", Change.Reload),
        new(
            "reload-or-restart",
            VerbGroup.Change,
            "Reload units that can, restart the others",
            Change.ReloadOrRestart),
        new("isolate", VerbGroup.Change, "Start a unit and stop all others", Change.Isolate),
        new("do", VerbGroup.Change, "Run a verb of a service's own", () => new DoVerb()),
        new("reset-failed", VerbGroup.Change, "Forget failures", () => new ResetFailedVerb()),
        new("kill", VerbGroup.Change, "Send a signal to a unit's processes", () => new KillVerb()),
        new("freeze", VerbGroup.Change, "Suspend services", FreezeVerb.Freeze),
        new("thaw", VerbGroup.Change, "Let suspended services go on", FreezeVerb.Thaw),
        new("apply", VerbGroup.Change, "Make units as a document says", () => new ApplyVerb()),
        new("undo", VerbGroup.Change, "Revert a committed transaction", () => new UndoVerb()),
        new("tx", VerbGroup.Change, "Show, wait for or cancel transactions", () => new TxVerb()),
        new("jobs", VerbGroup.Change, "List jobs that wait or run", () => new JobsVerb()),

        new("status", VerbGroup.Look, "Show the manager, or units in full", () => new StatusVerb()),
        new("list", VerbGroup.Look, "List units", () => new ListVerb()),
        new("show", VerbGroup.Look, "Show properties of units", () => new ShowVerb()),
        new("cat", VerbGroup.Look, "Show the files of units", () => new CatVerb()),
        new("tree", VerbGroup.Look, "Show what a unit pulls in", () => new TreeVerb()),
        new("is-active", VerbGroup.Look, "Tell whether units are active", IsVerb.Active),
        new("is-failed", VerbGroup.Look, "Tell whether units have failed", IsVerb.Failed),
        new(
            "is-enabled",
            VerbGroup.Look,
            "Tell whether units are enabled",
            () => new IsEnabledVerb()),
        new(
            "is-system-running",
            VerbGroup.Look,
            "Tell the manager's state",
            () => new IsSystemRunningVerb()),
        new(
            "list-unit-files",
            VerbGroup.Look,
            "List unit files and their enablement",
            () => new ListUnitFilesVerb()),
        new(
            "list-sockets",
            VerbGroup.Look,
            "List sockets and what they activate",
            () => new ListSocketsVerb()),
        new(
            "list-timers",
            VerbGroup.Look,
            "List timers and when they elapse",
            () => new ListTimersVerb()),
        new("logs", VerbGroup.Look, "Show the output of units", () => new LogsVerb()),

        new("history", VerbGroup.History, "Show what happened", () => new HistoryVerb()),
        new("why", VerbGroup.History, "Explain a unit's present state", () => new WhyVerb()),
        new("blame", VerbGroup.History, "Show what made the boot slow", () => new BlameVerb()),
        new(
            "plot",
            VerbGroup.History,
            "Draw a boot or a transaction",
            () => new PlotVerb()),
        new("boots", VerbGroup.History, "List boots", () => new BootsVerb()),
        new("diff-boots", VerbGroup.History, "Compare two boots", () => new DiffBootsVerb()),
        new("stats", VerbGroup.History, "Show restarts and availability", () => new StatsVerb()),

        new("plan", VerbGroup.Plan, "Show what a change would do", () => new PlanVerb()),
        new("lint", VerbGroup.Plan, "Check unit files", () => new LintVerb()),
        new("enable", VerbGroup.Plan, "Have units started at boot", InstallVerb.Enable),
        new("disable", VerbGroup.Plan, "Have units no longer started at boot", InstallVerb.Disable),
        new("mask", VerbGroup.Plan, "Make units impossible to start", InstallVerb.Mask),
        new("unmask", VerbGroup.Plan, "Undo a mask", InstallVerb.Unmask),
        new("preset", VerbGroup.Plan, "Enable or disable as the presets say", InstallVerb.Preset),
        new("preset-all", VerbGroup.Plan, "Apply the presets to every unit", InstallVerb.PresetAll),
        new("edit", VerbGroup.Plan, "Edit a unit's drop-in", () => new EditVerb()),
        new(
            "diff",
            VerbGroup.Plan,
            "Compare what runs with what is on disk",
            () => new DiffVerb()),
        new("daemon-reload", VerbGroup.Plan, "Read the unit files again", Change.DaemonReload),

        new("reexec", VerbGroup.Machine, "Replace the manager in place", () => new ReexecVerb()),
        Planned("check-image", VerbGroup.Machine, "Try a new manager on the state"),
        new("poweroff", VerbGroup.Machine, "Stop everything and power off", PowerVerb.Poweroff),
        new("reboot", VerbGroup.Machine, "Stop everything and boot again", PowerVerb.Reboot),
        new("halt", VerbGroup.Machine, "Stop everything and halt", PowerVerb.Halt),
        Planned("kexec", VerbGroup.Machine, "Stop everything and boot by kexec"),

        new("version", VerbGroup.Other, "Show the versions of both sides", () => new VersionVerb()),
        new("completion", VerbGroup.Other, "Print shell completion", () => new CompletionVerb()),
        new("help", VerbGroup.Other, "Show this help, or a verb's", () => new HelpVerb()),
    ];

    /// <summary>The entry of a verb; null when there is none.</summary>
    public static VerbEntry? Find(string name)
    {
        foreach (VerbEntry entry in All)
        {
            if (string.Equals(entry.Name, name, StringComparison.Ordinal))
                return entry;
        }

        return null;
    }

    private static VerbEntry Planned(string name, VerbGroup group, string summary) =>
        new(name, group, summary, null);
}
