using InitTx.Core;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// A process is made for a token that a commit has put on record, once, whatever crashes in
/// between; when nothing happens any more every token has come to something.
/// </summary>
internal sealed class I02IntentBeforeProcess() : SimulationInvariant(
    "I2", "A process is made once for an intent on record, and every intent has an outcome.")
{
    private readonly HashSet<SpawnToken> _intended = [];
    private readonly HashSet<SpawnToken> _made = [];

    public override void Committed(EngineStep step)
    {
        foreach (Effect effect in step.Effects)
        {
            if (effect is not Effect.Spawn spawn)
                continue;
            if (!step.ChangedUnits.Contains(spawn.Unit))
                Fail($"{Of(spawn)}: the intent is not in the commit that orders the process");
            if (!_intended.Add(spawn.Token))
                Fail($"{Of(spawn)}: token {spawn.Token.Value} is ordered a second time");
        }
    }

    public override void BeforeEffect(Effect effect)
    {
        if (effect is not Effect.Spawn spawn)
            return;
        if (!_intended.Contains(spawn.Token))
            Fail($"{Of(spawn)}: a process without an intent, token {spawn.Token.Value}");
        if (!_made.Add(spawn.Token))
            Fail($"{Of(spawn)}: token {spawn.Token.Value} is carried out a second time");
    }

    public override void Quiet()
    {
        foreach (UnitRuntime unit in View.Engine.Units)
        {
            if ((unit.MainToken.Value != 0 && unit.MainProcess.IsNone)
                || (unit.ControlToken.Value != 0 && unit.ControlProcess.IsNone))
                Fail($"{unit.Name}: an intent without an outcome");
        }
    }

    private string Of(Effect.Spawn spawn) =>
        $"{View.Engine.Unit(spawn.Unit).Name} {spawn.Role}";
}
