using InitTx.Core.Ports;

namespace InitTx.Core.Supervision;

/// <summary>
/// What becomes of the processes of a unit; of the types that run some. Tokens and processes are
/// the unit's own or were: what a supervisor does not know any more it lets go.
/// </summary>
internal interface IProcessSupervisor
{
    /// <summary>clone succeeded.</summary>
    void Spawned(UnitRuntime unit, SpawnToken token, ProcessIdentity process);

    /// <summary>execve succeeded.</summary>
    void Executed(UnitRuntime unit, SpawnToken token);

    /// <summary>No process came of it, or one that will exit without having executed.</summary>
    void SpawnFailed(UnitRuntime unit, SpawnToken token, bool processExists, string why);

    /// <summary>A process of the unit has ended.</summary>
    /// <param name="cgroupEmpty">Whether another is left; null where nobody can tell.</param>
    void Exited(
        UnitRuntime unit, ProcessIdentity process, ExitKind kind, int code, bool? cgroupEmpty);

    /// <summary>
    /// After a crash: the process of an intent was found alive; its start may be on record or not.
    /// </summary>
    void FoundAlive(UnitRuntime unit, SpawnToken token, ProcessIdentity process, bool executed);

    /// <summary>After a crash: an intent whose process never was.</summary>
    void DidNotRun(UnitRuntime unit, SpawnToken token);

    /// <summary>
    /// After a crash: a recorded process is gone and nobody collected how it ended.
    /// </summary>
    void Lost(UnitRuntime unit, ProcessIdentity process);
}
