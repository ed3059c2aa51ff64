using InitTx.Linux.Logging;

namespace InitTx.Init.Logging;

/// <summary>
/// Where the output of services goes that asks for no place of its own. One process at a time:
/// <see cref="Begin"/>, the clone, <see cref="Made"/> when there is a child, <see cref="End"/>.
/// </summary>
internal interface IServiceOutput
{
    /// <summary>
    /// A descriptor for the child to write to, valid until <see cref="End"/>; -1 when there is none
    /// now: output then goes where it would without.
    /// </summary>
    int Begin(LogStreamFacts facts);

    /// <summary>The child exists and has its copy.</summary>
    void Made(int pid);

    /// <summary>What was opened for the child and is not kept is closed.</summary>
    void End();
}
