using System.Globalization;

namespace InitTx.Core.Supervision;

/// <summary>StartLimitIntervalSec= and StartLimitBurst= (systemd.unit(5)).</summary>
internal static class StartLimit
{
    /// <summary>
    /// Counts a start; the reason when there were too many. What a rollback puts back is not
    /// counted.
    /// </summary>
    public static string? Take(Engine engine, UnitRuntime unit)
    {
        long interval = unit.Definition.StartLimitIntervalUs;
        int burst = unit.Definition.StartLimitBurst;
        if (unit.Job is { PutsBack: true } || unit.Starts.TryTake(
            engine.Out.Now.MonotonicUs, interval, burst, engine.Limits.RateLimitBurst))
            return null;
        return string.Create(CultureInfo.InvariantCulture, $"started {burst} times within ")
            + Durations.Words(interval)
            + $" (StartLimitBurst=); wait, or run: initx reset-failed {unit.Name.Value}";
    }
}
