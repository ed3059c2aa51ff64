namespace InitTx.Core;

/// <summary>The words of CONTRACT "manager state".</summary>
public enum ManagerState : byte
{
    Initializing,
    Starting,
    Running,

    /// <summary>A unit failed.</summary>
    Degraded,

    /// <summary>Rescue or emergency mode, or no boot goal at all.</summary>
    Maintenance,
    Stopping,
}

/// <summary>Stable words for <see cref="ManagerState"/>.</summary>
public static class ManagerStateWords
{
    private static readonly string[] Words =
        ["initializing", "starting", "running", "degraded", "maintenance", "stopping"];

    public static string Of(ManagerState state) => Words[(int)state];
}
