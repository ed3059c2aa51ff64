using InitTx.Core;
using InitTx.Core.Job;
using InitTx.Core.Ports;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Sequential mode, by the rows of jobs and the owners that the engine shows. A start that several
/// transactions wait for is not held up, and not judged when it begins; nor is one that begins
/// in an event that begins or ends a transaction, which changes who waits for what.
/// </summary>
internal sealed class I46OneStartAtATime(EngineLimits limits) : SimulationInvariant(
    "I46", "In sequential mode a start begins only when no other of its transaction runs.")
{
    private readonly Dictionary<long, long> _begun = [];
    private int _seen;

    public override void Handled(EngineEvent e)
    {
        List<JournalRecord> records = View.Step.Records;
        if (limits.StartsAtOnce > 1)
            return;
        bool owned = !records.Skip(_seen).Any(r => r.Kind == RecordKind.Transaction);

        // All of them first, restarts too, which are starts in the end: one that begins later in
        // this event runs by now, and does not count.
        foreach (JournalRecord row in records.Skip(_seen).Where(IsBegin))
            _begun[row.Job] = row.Seq;
        foreach (JournalRecord row in records.Skip(_seen).Where(r => owned && IsBegin(r)))
        {
            if (row.From == "start")
                Look(row);
        }

        _seen = records.Count;
    }

    public override void Committed(EngineStep step) => _seen = 0;

    public override void Restored()
    {
        _seen = 0;
        _begun.Clear();
    }

    private static bool IsBegin(JournalRecord r) =>
        r is { Kind: RecordKind.Job, To: "running", From: "start" or "restart" };

    private void Look(in JournalRecord row)
    {
        (long id, long seq) = (row.Job, row.Seq);
        UnitJob? begun = View.Engine.Jobs.FirstOrDefault(j => j.Id.Value == id);
        if (begun is not { Owners: [var owner], IsRunning: true })
            return;
        UnitJob? other = View.Engine.Jobs.FirstOrDefault(j =>
            j != begun && j is { IsRunning: true, Kind: JobKind.Start }
            && j.Owners.Contains(owner) && _begun.GetValueOrDefault(j.Id.Value) < seq);
        if (other is not null)
            Fail($"row {row.Seq}: {row.Unit} begins to start while {other.Unit.Name} of the same"
                + $" transaction {owner.Id.Value} starts");
    }
}
