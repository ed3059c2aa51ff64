using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Told from the rows alone: what was up or down when a job for it was queued is so again when the
/// transaction says that it is rolled back. Not judged: units between two states or with a job of
/// another then, units that another transaction touched since, and services that went down by
/// themselves. Judged as well: what a transaction took over from one that was rolled back, or found
/// on that one's way.
/// </summary>
internal sealed class I14RollbackRestores() : SimulationInvariant(
    "I14", "A transaction that is rolled back leaves every unit as it was before.")
{
    private readonly Dictionary<string, Seen> _units = new(StringComparer.Ordinal);
    private readonly Dictionary<long, Dictionary<string, ActiveState>> _before = [];
    private readonly HashSet<long> _goingBack = [];

    /// <summary>How many were judged; a check that never looks proves nothing.</summary>
    public int Judged { get; private set; }

    public override void Committed(EngineStep step)
    {
        foreach (JournalRecord r in step.Records)
        {
            foreach ((string left, long later) in LeftUnits.Of(r))
                HandOn(r.Transaction, left, later);
            if (r.Kind == RecordKind.Transition)
                Moved(r);
            else if (r is { Kind: RecordKind.Job, Unit: { } unit })
                Job(r, unit);
            else if (r is { Kind: RecordKind.Transaction, To: "rollingBack" })
                _goingBack.Add(r.Transaction);
            else if (r is { Kind: RecordKind.Transaction, To: "ended" })
                Ended(r);
        }
    }

    private void HandOn(long transaction, string unit, long later)
    {
        if (!_goingBack.Contains(later)
            && _before.TryGetValue(transaction, out Dictionary<string, ActiveState>? ours)
            && ours.TryGetValue(unit, out ActiveState before)
            && _before.TryGetValue(later, out Dictionary<string, ActiveState>? theirs))
        {
            // On a way that was the first one's, which nobody wants any more.
            ActiveState found = theirs.GetValueOrDefault(unit);
            if (found is ActiveState.Activating or ActiveState.Deactivating)
                theirs[unit] = before;
            theirs.TryAdd(unit, before);
        }
    }

    private void Moved(in JournalRecord r)
    {
        Seen seen = Of(r.Unit ?? "");
        if (r.To is null || !StateWords.TryParse(r.To, out SubState to))
            return;
        ActiveState state = StateWords.ActiveOf(to);
        if (seen.State is ActiveState.Active or ActiveState.Reloading)
            seen.WentByJob = r.Cause == CauseKind.Job;
        seen.State = state;
        seen.Transaction = r.Transaction;
    }

    private void Job(in JournalRecord r, string unit)
    {
        Seen seen = Of(unit);
        if (r.To == "queued")
            Queued(r, unit, seen);

        // What takes its place follows at once: it found the unit on the way.
        bool isDisplaced = r.Text?.StartsWith("displaced by ", StringComparison.Ordinal) == true;
        seen.HasJob = r.To != "ended" || isDisplaced;
    }

    private void Queued(in JournalRecord r, string unit, Seen seen)
    {
        seen.Transaction = r.Transaction;
        if (r.Transaction == 0 || _goingBack.Contains(r.Transaction))
            return;
        if (!_before.TryGetValue(r.Transaction, out Dictionary<string, ActiveState>? units))
            _before.Add(r.Transaction, units = new(StringComparer.Ordinal));
        units.TryAdd(unit, seen.HasJob ? ActiveState.Activating : seen.State);
    }

    private void Ended(in JournalRecord r)
    {
        _goingBack.Remove(r.Transaction);
        if (!_before.Remove(r.Transaction, out Dictionary<string, ActiveState>? units)
            || r.Result != "rolledBack")
        {
            return;
        }

        foreach ((string unit, ActiveState before) in units)
        {
            Seen now = Of(unit);
            if (now.Transaction != r.Transaction || IsNamed(r.Text, unit))
                continue;
            Judged++;
            bool isUp = now.State is ActiveState.Active or ActiveState.Reloading;
            bool isDown = now.State is ActiveState.Inactive or ActiveState.Failed;
            if (before is ActiveState.Inactive or ActiveState.Failed && !isDown)
                Fail($"row {r.Seq}: transaction {r.Transaction} is rolled back and {unit},"
                    + $" which was {StateWords.Of(before)}, is {StateWords.Of(now.State)}");
            if (before is ActiveState.Active && !isUp && now.WentByJob)
                Fail($"row {r.Seq}: transaction {r.Transaction} is rolled back and {unit},"
                    + $" which was active, is {StateWords.Of(now.State)}");
        }
    }

    // What is left to others is said in so many words.
    private static bool IsNamed(string? text, string unit) => text is not null
        && (text.Contains($"{unit} stays up: ", StringComparison.Ordinal)
            || text.Contains($"{unit} is left to ", StringComparison.Ordinal));

    private Seen Of(string unit)
    {
        if (!_units.TryGetValue(unit, out Seen? seen))
            _units.Add(unit, seen = new Seen());
        return seen;
    }

    private sealed class Seen
    {
        public ActiveState State { get; set; }
        public long Transaction { get; set; }
        public bool WentByJob { get; set; }
        public bool HasJob { get; set; }
    }
}
