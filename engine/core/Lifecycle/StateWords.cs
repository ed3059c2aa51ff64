namespace InitTx.Core.Lifecycle;

/// <summary>
/// The stable words of states and results, systemd's own, and what each sub-state means for a
/// unit's state. Words are what is persisted and shown; enum numbers never leave the process.
/// </summary>
public static class StateWords
{
    private static readonly string[] Subs =
    [
        "dead", "condition", "start-pre", "start", "start-post", "running", "exited", "reload",
        "stop", "stop-watchdog", "stop-sigterm", "stop-sigkill", "stop-post", "final-watchdog",
        "final-sigterm", "final-sigkill", "failed", "auto-restart", "active", "start-chown",
        "listening", "plugged", "mounted", "waiting", "elapsed",
        "mounting", "mounting-done", "remounting", "remounting-sigterm", "remounting-sigkill",
        "unmounting", "unmounting-sigterm", "unmounting-sigkill", "activating", "activating-done",
        "deactivating", "deactivating-sigterm", "deactivating-sigkill", "stop-pre",
        "stop-pre-sigterm", "stop-pre-sigkill",
    ];

    private static readonly string[] Actives =
        ["inactive", "active", "reloading", "failed", "activating", "deactivating"];

    private static readonly string[] Results =
    [
        "success", "resources", "protocol", "timeout", "exit-code", "signal", "core-dump",
        "watchdog", "exec-condition", "start-limit-hit", "oom-kill", "trigger-limit-hit",
        "service-start-limit-hit", "unit-start-limit-hit", "mount-start-limit-hit",
    ];

    public static string Of(SubState state) => Subs[(int)state];

    public static string Of(ActiveState state) => Actives[(int)state];

    public static string Of(UnitResult result) => Results[(int)result];

    /// <summary>The state that a sub-state shows as; the same for every unit type.</summary>
    public static ActiveState ActiveOf(SubState state) => state switch
    {
        SubState.Dead => ActiveState.Inactive,
        SubState.Failed => ActiveState.Failed,
        SubState.Condition or SubState.StartPre or SubState.Start or SubState.StartPost
            or SubState.AutoRestart or SubState.StartChown or SubState.Mounting
            or SubState.MountingDone or SubState.Activating => ActiveState.Activating,
        SubState.Running or SubState.Exited or SubState.Active or SubState.Listening
            or SubState.Plugged or SubState.Mounted or SubState.Waiting or SubState.Elapsed
            or SubState.ActivatingDone => ActiveState.Active,
        SubState.Reload or SubState.Remounting or SubState.RemountingSigterm
            or SubState.RemountingSigkill => ActiveState.Reloading,
        SubState.Stop or SubState.StopWatchdog or SubState.StopSigterm or SubState.StopSigkill
            or SubState.StopPost or SubState.FinalWatchdog or SubState.FinalSigterm
            or SubState.FinalSigkill or SubState.Unmounting or SubState.UnmountingSigterm
            or SubState.UnmountingSigkill or SubState.Deactivating or SubState.DeactivatingSigterm
            or SubState.DeactivatingSigkill or SubState.StopPre or SubState.StopPreSigterm
            or SubState.StopPreSigkill
            => ActiveState.Deactivating,
        _ => throw Invariant.Unreachable("sub-state"),
    };

    /// <summary>How many sub-states and results there are.</summary>
    internal static int SubStates => Subs.Length;

    internal static int UnitResults => Results.Length;

    /// <summary>The sub-state of a recorded word.</summary>
    public static bool TryParse(string word, out SubState state)
    {
        int index = Array.IndexOf(Subs, word);
        state = (SubState)Math.Max(index, 0);
        return index >= 0;
    }

    /// <summary>The result of a recorded word.</summary>
    public static bool TryParse(string word, out UnitResult result)
    {
        int index = Array.IndexOf(Results, word);
        result = (UnitResult)Math.Max(index, 0);
        return index >= 0;
    }
}
