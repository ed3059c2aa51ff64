using InitTx.Core;

namespace InitTx.Simulation.Invariants;

/// <summary>Watches the order of the last stages and how long the whole shutdown takes.</summary>
internal sealed class I24ShutdownReachesFinal(EngineLimits limits) : SimulationInvariant(
    "I24", "Shutdown from any state reaches reboot(2) within its bound, stage by stage.")
{
    private ShutdownStage? _last;

    /// <summary>All stops together, each stage, and ten seconds; boot microseconds.</summary>
    public long BoundUs =>
        limits.ShutdownTimeoutUs + (4 * limits.ShutdownStageTimeoutUs) + 10_000_000;

    public override void BeforeEffect(Effect effect)
    {
        if (effect is not Effect.Shutdown { Stage: var stage })
            return;
        if (_last is { } last && stage < last)
            Fail($"stage {stage} after {last}");
        if (_last is null && stage != ShutdownStage.TerminateAll)
            Fail($"the first stage is {stage}");
        _last = stage;
    }

    public override void End(bool final)
    {
        if (final && View.ShutdownAskedAtUs != long.MaxValue)
            return;
        Fail(_last is null
            ? "no stage was begun within the bound"
            : $"reboot(2) was not reached; the last stage was {_last}");
    }
}
