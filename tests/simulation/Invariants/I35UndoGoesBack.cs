using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Simulation.World;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Told from what clients asked and from the rows: the jobs of an undo go the way back, a stop for
/// what was down before the transaction and a start for what was up, and without force they are
/// jobs of units that the transaction touched, or took over from one that was rolled back.
/// </summary>
internal sealed class I35UndoGoesBack() : SimulationInvariant(
    "I35", "An undo moves only what its transaction touched, and only back.")
{
    private readonly Dictionary<string, ActiveState> _states = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _openJobs = new(StringComparer.Ordinal);
    private readonly Dictionary<long, Dictionary<string, ActiveState>> _before = [];
    private readonly Dictionary<long, HashSet<string>> _joinable = [];
    private readonly Dictionary<long, ControlRequest> _undos = [];
    private readonly HashSet<long> _goingBack = [];
    private readonly HashSet<long> _ended = [];

    /// <summary>How many jobs were judged; a check that never looks proves nothing.</summary>
    public int Judged { get; private set; }

    public override void Committed(EngineStep step)
    {
        foreach (Effect effect in step.Effects)
        {
            if (effect is Effect.Reply { Body: EngineReply.Accepted accepted } reply)
                Accepted(reply.Request, accepted.Transaction.Value);
        }

        foreach (JournalRecord r in step.Records)
        {
            if (r.Kind == RecordKind.Transition)
                Moved(r);
            else if (r.Kind == RecordKind.Job)
                Follow(r, r.Unit ?? "");
            else if (r is { Kind: RecordKind.Transaction, To: "begun" })
                _joinable[r.Transaction] = [.. _openJobs.Keys];
            else if (r is { Kind: RecordKind.Transaction, To: "rollingBack" })
                _goingBack.Add(r.Transaction);
            else if (r is { Kind: RecordKind.Transaction, To: "ended" })
                _ended.Add(r.Transaction);
            foreach ((string unit, long later) in LeftUnits.Of(r))
                HandOn(r.Transaction, unit, later);
        }
    }

    private void HandOn(long transaction, string unit, long later)
    {
        if (_ended.Contains(later) || _goingBack.Contains(later))
            return;

        // A job that was joined is in no row of the one that joined it.
        if (_joinable.TryGetValue(transaction, out HashSet<string>? joined)
            && joined.Contains(unit) && _joinable.TryGetValue(later, out HashSet<string>? maybe))
            maybe.Add(unit);
        if (!_before.TryGetValue(transaction, out Dictionary<string, ActiveState>? ours)
            || !ours.TryGetValue(unit, out ActiveState before))
            return;
        if (!_before.TryGetValue(later, out Dictionary<string, ActiveState>? theirs))
            _before.Add(later, theirs = new(StringComparer.Ordinal));

        // On a way that was the first one's, which nobody wants any more (as I14 has it).
        if (theirs.GetValueOrDefault(unit) is ActiveState.Activating or ActiveState.Deactivating)
            theirs[unit] = before;
        theirs.TryAdd(unit, before);
    }

    private void Accepted(RequestId request, long transaction)
    {
        foreach (ClientConnection c in View.World.Clients.Open)
        {
            if (c.Request == request && c.Form.Verb == RequestVerb.Undo)
                _undos.TryAdd(transaction, c.Form);
        }
    }

    private void Moved(in JournalRecord r)
    {
        if (r.To is not null && StateWords.TryParse(r.To, out SubState to))
            _states[r.Unit ?? ""] = StateWords.ActiveOf(to);
    }

    private void Follow(in JournalRecord r, string unit)
    {
        if (r.To == "ended")
        {
            if (_openJobs.TryGetValue(unit, out int count) && count > 1)
                _openJobs[unit] = count - 1;
            else
                _openJobs.Remove(unit);
        }

        if (r.To != "queued")
            return;
        if (!_openJobs.TryAdd(unit, 1) && r.Text != "joined with the job that was there")
            _openJobs[unit]++;
        if (_goingBack.Contains(r.Transaction))
            return;
        if (_undos.TryGetValue(r.Transaction, out ControlRequest? undo))
            Judge(r, unit, undo);
        if (!_before.TryGetValue(r.Transaction, out Dictionary<string, ActiveState>? units))
            _before.Add(r.Transaction, units = new(StringComparer.Ordinal));
        units.TryAdd(unit, _states.GetValueOrDefault(unit, ActiveState.Inactive));
    }

    private void Judge(in JournalRecord r, string unit, ControlRequest undo)
    {
        long undone = undo.Transaction.Value;
        if (undo.Force || r.From is "verify-active" or "nop"
            || (_joinable.TryGetValue(undone, out HashSet<string>? maybe) && maybe.Contains(unit)))
            return;
        Judged++;
        if (!_before.TryGetValue(undone, out Dictionary<string, ActiveState>? units)
            || !units.TryGetValue(unit, out ActiveState before))
        {
            Fail($"row {r.Seq}: {r.From} of {unit}, which transaction {undone} did not touch");
            return;
        }

        bool wasUp = before is ActiveState.Active or ActiveState.Reloading
            or ActiveState.Activating;
        if (before != ActiveState.Deactivating && wasUp == (r.From == "stop"))
            Fail($"row {r.Seq}: {r.From} of {unit}, which was {StateWords.Of(before)} before"
                + $" transaction {undone}");
    }
}
