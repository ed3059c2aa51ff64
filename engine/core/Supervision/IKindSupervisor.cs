namespace InitTx.Core.Supervision;

/// <summary>
/// What jobs and events ask of a unit, whatever its type. One implementation a family of types;
/// jobs know only this.
/// </summary>
internal interface IKindSupervisor
{
    /// <summary>
    /// Begins a start of a unit that is down (or waits for its automatic restart).
    /// </summary>
    /// <returns>Null when it began, else why not; the unit may have failed by that.</returns>
    string? Start(UnitRuntime unit, Cause cause);

    /// <summary>Begins a stop; nothing happens when the unit is down.</summary>
    /// <returns>Null when it began, else why not.</returns>
    string? Stop(UnitRuntime unit, Cause cause);

    /// <summary>Begins a reload of an active unit.</summary>
    /// <returns>Null when it began, else why not.</returns>
    string? Reload(UnitRuntime unit, Cause cause);

    /// <summary>True when the type and its settings know a reload.</summary>
    bool CanReload(UnitRuntime unit);

    /// <summary>The prepare helper answered for the present start.</summary>
    void Prepared(UnitRuntime unit, PrepareOutcome outcome, string detail, Cause cause);

    /// <summary>The state's deadline is over.</summary>
    void TimedOut(UnitRuntime unit, Cause cause);

    /// <summary>failed becomes inactive, limits begin anew.</summary>
    void ResetFailed(UnitRuntime unit, Cause cause);

    /// <summary>Does again what may have been lost when the manager ended in this state.</summary>
    /// <param name="isPlanned">
    /// A planned re-exec: only answers were lost, and what is asked again has what is left of its
    /// time.
    /// </param>
    void Resume(UnitRuntime unit, Cause cause, bool isPlanned);
}
