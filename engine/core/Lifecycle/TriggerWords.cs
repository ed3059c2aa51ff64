namespace InitTx.Core.Lifecycle;

/// <summary>Triggers in the words of Rejected rows, diagrams and the golden table.</summary>
internal static class TriggerWords
{
    public static readonly string[] OfService =
    [
        "start", "start-refused", "condition-unmet", "proceed", "start-failed", "main-ended",
        "bus-name-lost", "reload", "stop", "stopping-notified", "timed-out", "watchdog-expired",
        "processes-gone", "reset-failed",
    ];

    public static readonly string[] OfSocket =
    [
        "start", "start-refused", "condition-unmet", "proceed", "opened", "failed",
        "service-begins", "service-ended", "stop", "timed-out", "processes-gone", "reset-failed",
    ];

    public static readonly string[] OfStanding =
    [
        "start", "condition-unmet", "proceed", "start-refused", "stop", "reset-failed",
    ];

    public static readonly string[] OfMount =
    [
        "start", "start-refused", "condition-unmet", "proceed", "appeared", "vanished", "ended",
        "reload", "stop", "timed-out", "reset-failed",
    ];

    public static readonly string[] OfAutomount =
    [
        "start", "start-refused", "condition-unmet", "proceed", "made", "not-made",
        "mount-begins", "mount-ended", "failed", "stop", "gone", "reset-failed",
    ];

    public static readonly string[] OfActivator =
    [
        "start", "start-refused", "condition-unmet", "proceed", "fired", "unit-ended", "spent",
        "failed", "stop", "reset-failed",
    ];
}
