using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Simulation.World;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Told from what clients asked and from the rows: a transaction that was to settle commits no
/// earlier than the time after its last job, and not when a goal of it ended by itself meanwhile.
/// </summary>
internal sealed class I34SettleHolds() : SimulationInvariant(
    "I34", "A commit that is to be held comes after its time, and only when the goals stayed.")
{
    private readonly Dictionary<long, Asked> _asked = [];

    /// <summary>How many were judged; a check that never looks proves nothing.</summary>
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
            if (!_asked.TryGetValue(r.Transaction, out Asked? asked))
                continue;
            if (r is { Kind: RecordKind.Job, To: "queued" })
                asked.HasJobs = true;
            else if (r is { Kind: RecordKind.Transaction, To: "settling" })
                asked.SettlingUs = r.Time.MonotonicUs;
            else if (r.Kind == RecordKind.Transition && asked.SettlingUs is not null)
                Moved(asked, r);
            else if (r is { Kind: RecordKind.Transaction, To: "ended" })
                Ended(asked, r);
        }
    }

    private void Accepted(RequestId request, long transaction)
    {
        foreach (ClientConnection c in View.World.Clients.Open)
        {
            if (c.Request == request && c.Form.SettleUs > 0)
                _asked.TryAdd(transaction, new Asked(c.Form));
        }
    }

    private void Moved(Asked asked, in JournalRecord r)
    {
        if (r.Cause is CauseKind.Exit or CauseKind.Watchdog && asked.Form.Verb != RequestVerb.Stop
            && UnitName.TryParse(r.Unit ?? "", out UnitName unit)
            && asked.Form.Units.Contains(unit)
            && View.World.Catalog.Load(unit).Service is not { Type: ServiceType.Oneshot }
            && IsUp(r.From) && !IsUp(r.To))
        {
            asked.Fallen = r.Unit;
        }
    }

    private static bool IsUp(string? state) =>
        state is not null && StateWords.TryParse(state, out SubState sub)
        && StateWords.ActiveOf(sub) is ActiveState.Active or ActiveState.Reloading;

    private void Ended(Asked asked, in JournalRecord r)
    {
        _asked.Remove(r.Transaction);
        if (r.Result != "committed" || !asked.HasJobs)
            return;
        Judged++;
        if (asked.SettlingUs is not { } since)
            Fail($"row {r.Seq}: transaction {r.Transaction} committed and never settled");
        else if (r.Time.MonotonicUs - since < asked.Form.SettleUs)
            Fail($"row {r.Seq}: transaction {r.Transaction} settled for"
                + $" {r.Time.MonotonicUs - since} us of {asked.Form.SettleUs}");
        if (asked.Fallen is { } unit)
            Fail($"row {r.Seq}: transaction {r.Transaction} committed and {unit} had ended");
    }

    private sealed class Asked(ControlRequest form)
    {
        public ControlRequest Form { get; } = form;
        public bool HasJobs { get; set; }
        public long? SettlingUs { get; set; }
        public string? Fallen { get; set; }
    }
}
