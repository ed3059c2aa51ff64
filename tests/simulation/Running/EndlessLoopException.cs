namespace InitTx.Simulation.Running;

/// <summary>The loop turns and no time passes.</summary>
internal sealed class EndlessLoopException(string message) : Exception(message);
