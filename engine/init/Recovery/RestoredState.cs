using InitTx.Core;
using InitTx.Init.Boot;
using InitTx.Journal.Live;
using InitTx.Journal.Reading;
using InitTx.Linux;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Mounts;
using InitTx.Linux.Processes;

namespace InitTx.Init.Recovery;

/// <summary>
/// The engine and its journal at a start: new, or as the image before this one left them. Sources
/// in order: the snapshot if it is not older than the store, the store, nothing (then processes
/// are found by cgroup only, and the row says so).
/// </summary>
internal sealed class RestoredState
{
    private const long JournalMountBytes = 64 << 20;

    private const string WithoutStore =
        "Store=none: only the newest rows are kept, and a crash of the manager finds services by their cgroups only";

    public required Engine Engine { get; init; }
    public required CoreJournal Journal { get; init; }

    /// <summary>The highest row number that is known to have been given out.</summary>
    public required long HeadSeq { get; init; }
    /// <summary>
    /// The state is the snapshot of a planned re-exec and none of its rows is missing.
    /// </summary>
    public required bool IsHandedOver { get; init; }

    public required EngineStates States { get; init; }
    public required StateSnapshot Snapshot { get; init; }

    public static RestoredState Open(StartState state)
    {
        var snapshot = new StateSnapshot();
        SnapshotContent? kept = snapshot.TakeOver(state.Held);
        RecoveredJournal opened = OpenJournal(state);
        state.Problems.AddRange(opened.Problems);
        Engine engine = state.Start.IsRecovery
            ? Restore(state, opened, kept)
            : new Engine(new BootCatalog(state.Sources), state.Setup.Limits(), opened.HeadSeq + 1);
        var states = new EngineStates(engine);
        return new RestoredState
        {
            Engine = engine,
            States = states,
            Snapshot = snapshot,
            HeadSeq = opened.HeadSeq,
            IsHandedOver = state.Start.Reason == StartReason.Planned
                && kept is { IsComplete: true } && kept.HeadSeq >= opened.HeadSeq,
            Journal = new CoreJournal(opened.Journal, states, snapshot),
        };
    }

    private static Engine Restore(StartState state, RecoveredJournal opened, SnapshotContent? kept)
    {
        bool useSnapshot = kept is not null && kept.HeadSeq >= opened.StateSeq;
        ReadOnlyMemory<byte> engineState = useSnapshot ? kept!.Engine : opened.Engine;
        var units = new List<KeyValuePair<string, byte[]>>();
        if (useSnapshot)
        {
            units.AddRange(kept!.Units);
        }
        else
        {
            foreach (StoredUnit unit in opened.Units)
                units.Add(new(unit.Name, unit.State.ToArray()));
        }

        if (engineState.IsEmpty)
            state.Problems.Add("no state could be recovered: services run on, found by their cgroups");
        Engine engine = Engine.Restore(
            state.Sources.Catalog, state.Setup.Limits(), engineState.Span, units, out IReadOnlyList<string> problems,
            state.InForce, useSnapshot ? [] : opened.Ended);
        state.Problems.AddRange(problems);
        return engine;
    }

    private static void Mount(StartState state, string directory)
    {
        // A user's runtime directory is in memory and the user's alone as it is.
        SysResult<JournalPlace> place = state.Setup.Paths.User
            ? JournalMount.WithoutMount(directory)
            : JournalMount.Prepare(directory, JournalMountBytes);
        if (place.IsError)
            state.Problems.Add("journal: " + place.Message);
        else if (place.Require().Note is { Length: > 0 } note)
            state.Problems.Add("journal: " + note);
    }

    private static RecoveredJournal OpenJournal(StartState state)
    {
        string directory = state.Setup.Paths.JournalDirectory;
        DirectoryMaker.MakeAll(state.Setup.Paths.Runtime, 0b111_101_101);
        RowDurability durability = RowDurability.Tmpfs;
        Units.Parsing.JournalStore store = state.Setup.CommandLine.Store ?? state.Setup.Config.Store;
        if (store == Units.Parsing.JournalStore.None)
            state.Problems.Add(WithoutStore);
        else
            Mount(state, directory);
        if (store == Units.Parsing.JournalStore.Disk)
        {
            durability = RowDurability.Disk;
            directory = state.Setup.Paths.State + "/journal";
            DirectoryMaker.MakeAll(directory, 0b111_000_000);
        }

        HeadSequence.TryGet(out long expected);
        return JournalRecovery.Open(new LiveJournalOptions
        {
            Directory = directory,
            BootId = BootIdentity.Of(state),
            Files = new JournalFiles(),
            Ring = new BlackBoxRing(),
            Durability = durability,
            WithoutStore = store == Units.Parsing.JournalStore.None,
            OwnerUid = ProcessIds.EffectiveUid,
            ExpectedHeadSeq = state.Start.IsRecovery ? expected : 0,
            FirstStartOfBoot = !state.Start.IsRecovery,
            MonotonicUs = MonotonicClock.BootTimeUs,
            Report = state.Problems.Add,
        });
    }
}
