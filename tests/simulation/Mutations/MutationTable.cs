namespace InitTx.Simulation.Mutations;

/// <summary>
/// Which invariant has to catch which mutation; every invariant is in it at least once.
/// </summary>
internal static class MutationTable
{
    /// <summary>Invariant and mutation, in the order in which they are tried.</summary>
    public static readonly IReadOnlyList<(string Invariant, Mutation Mutation)> All =
    [
        ("I1", Mutation.DropTransition),
        ("I1", Mutation.EffectBeforeCommit),
        ("I2", Mutation.RepeatSpawn),
        ("I3", Mutation.ForgetUnitState),
        ("I3", Mutation.ForgetEngineState),
        ("I3", Mutation.ForgetEnded),
        ("I4", Mutation.DriftingReplay),
        ("I5", Mutation.ForgetCounters),
        ("I6", Mutation.SpawnTwice),
        ("I7", Mutation.MixUpProcesses),
        ("I8", Mutation.LoseExit),
        ("I9", Mutation.SignalAnother),
        ("I10", Mutation.ForgetTimers),
        ("I11", Mutation.DropJobEnd),
        ("I12", Mutation.IgnoreOrdering),
        ("I13", Mutation.RestoreWithoutWants),
        ("I14", Mutation.ClaimRolledBack),
        ("I15", Mutation.IgnoreBinding),
        ("I16", Mutation.IgnoreStartLimit),
        ("I17", Mutation.KeepSockets),
        ("I18", Mutation.WaitForHelper),
        ("I22", Mutation.ReexecLosesUnit),
        ("I22", Mutation.ReexecLosesDeadlines),
        ("I22", Mutation.ReexecLosesJobs),
        ("I23", Mutation.ReapBeforeCommit),
        ("I24", Mutation.ForgetTimersAtShutdown),
        ("I27", Mutation.TellSecret),
        ("I28", Mutation.HostClock),
        ("I29", Mutation.HideSleep),
        ("I30", Mutation.HideRefusal),
        ("I34", Mutation.HurrySettle),
        ("I35", Mutation.UndoAnother),
        ("I36", Mutation.ForgetDefinitions),
        ("I37", Mutation.HideLostName),
        ("I43", Mutation.KeepStores),
        ("I38", Mutation.HurryTimers),
        ("I38", Mutation.HideClock),
        ("I39", Mutation.LoseStamps),
        ("I40", Mutation.HideStirs),
        ("I46", Mutation.StartSideBySide),
        ("I47", Mutation.KeepConnections),
        ("I47", Mutation.HideConnections),
        ("I44", Mutation.HideMounts),
        ("I48", Mutation.KeepLookers),
        ("I49", Mutation.ClaimMemory),
        ("I49", Mutation.HideMemory),
        ("I49", Mutation.ForgiveKills),
        ("I50", Mutation.ForgiveCommands),
        ("I50", Mutation.SkipStopCommands),
        ("I50", Mutation.SpareCommands),
        ("I51", Mutation.HideChecks),
        ("I51", Mutation.ForgiveRefusals),
    ];
}
