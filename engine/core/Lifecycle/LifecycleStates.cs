using InitTx.Units.Model;

namespace InitTx.Core.Lifecycle;

/// <summary>Which sub-states a unit type has.</summary>
internal static class LifecycleStates
{
    /// <summary>The sub-states of a type, in the order of its diagram.</summary>
    public static SubState[] Of(UnitKind kind) => kind switch
    {
        UnitKind.Service =>
        [
            SubState.Dead, SubState.Condition, SubState.StartPre, SubState.Start,
            SubState.StartPost, SubState.Running, SubState.Exited, SubState.Reload, SubState.Stop,
            SubState.StopWatchdog, SubState.StopSigterm, SubState.StopSigkill, SubState.StopPost,
            SubState.FinalWatchdog, SubState.FinalSigterm, SubState.FinalSigkill, SubState.Failed,
            SubState.AutoRestart,
        ],
        UnitKind.Socket =>
        [
            SubState.Dead, SubState.Condition, SubState.StartPre, SubState.StartChown,
            SubState.StartPost, SubState.Listening, SubState.Running, SubState.StopPre,
            SubState.StopPreSigterm, SubState.StopPreSigkill, SubState.StopPost,
            SubState.FinalSigterm, SubState.FinalSigkill, SubState.Failed,
        ],
        UnitKind.Timer =>
        [
            SubState.Dead, SubState.Condition, SubState.Waiting, SubState.Running,
            SubState.Elapsed, SubState.Failed,
        ],
        UnitKind.Path =>
        [
            SubState.Dead, SubState.Condition, SubState.Waiting, SubState.Running,
            SubState.Failed,
        ],
        UnitKind.Automount =>
        [
            SubState.Dead, SubState.Condition, SubState.Mounting, SubState.Waiting,
            SubState.Running, SubState.Unmounting, SubState.Failed,
        ],
        UnitKind.Mount or UnitKind.Swap => MountStates.Of(kind),
        _ => [SubState.Dead, SubState.Condition, StandingStates.UpStateOf(kind), SubState.Failed],
    };

    public static bool Contains(UnitKind kind, SubState state) => Array.IndexOf(Of(kind), state) >= 0;
}
