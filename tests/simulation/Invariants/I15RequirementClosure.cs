using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// A unit that is bound to another one may be active without it only as long as it takes to
/// begin its stop. One that requires it or is part of it follows it when it is stopped by a job:
/// the job's plan has to hold the stop of both.
/// </summary>
internal sealed class I15RequirementClosure(OrderTable order) : SimulationInvariant(
    "I15", "No unit stays active whose BindsTo= is inactive or whose Requires= was stopped.")
{
    private const long BoundUs = 1_000_000;
    private readonly Dictionary<(string Unit, string Of), long> _suspects = [];

    // Only until either of the two moves again: what is started anew may outlive what it requires,
    // when that ends by itself.
    private readonly Dictionary<(string Unit, string Of), long> _following = [];

    // Stop jobs that have not ended, and the rows of their queuing.
    private readonly Dictionary<long, long> _queued = [];

    // Whose last job was called off or ran out of time, and the row that says so: it is as the
    // operator or its file left it. What was left before a stop was ordered excuses nothing.
    private readonly Dictionary<string, long> _left = new(StringComparer.Ordinal);

    // Whose stop ran out of time on the way down, by its JobTimeoutSec=, or which is a mount that
    // could not be unmounted or that somebody mounted then. Nothing is ordered any more: the last
    // stages end it.
    private readonly HashSet<string> _ranOut = new(StringComparer.Ordinal);

    // Whose stop was ordered so often that it is ordered no more until either of the two moves, as
    // under systemd, which its row says: a path unit that starts it again and again, and a mount
    // that hit its start limit.
    private readonly HashSet<string> _tooOften = new(StringComparer.Ordinal);

    public override void Committed(EngineStep step)
    {
        foreach (JournalRecord r in step.Records)
        {
            if (r is { Kind: RecordKind.Rejected, To: "stop", Unit: { } refused, Text: { } why }
                && why.StartsWith("BindsTo=", StringComparison.Ordinal)
                && why.Contains("ordered too often", StringComparison.Ordinal))
                _tooOften.Add(refused);
            if (r is { Kind: RecordKind.Job, Unit: { } unit })
                Follow(r, unit);
            else if (r is { Kind: RecordKind.Transition, Unit: { } moved })
                Move(r, moved);
        }

        foreach (UnitId id in step.ChangedUnits)
        {
            UnitRuntime unit = View.Engine.Unit(id);
            if (!IsDown(unit))
                continue;
            foreach (string bound in order.BoundTo(unit.Name.Value))
                _suspects.TryAdd((bound, unit.Name.Value), View.Clock.ActiveUs);
        }

        if (View.IsSampled)
            Judge();
    }

    public override void Quiet() => Judge();

    private static bool IsDown(UnitRuntime unit) =>
        unit.Active is ActiveState.Inactive or ActiveState.Failed;

    private void Follow(in JournalRecord r, string unit)
    {
        if (r is { From: "stop", To: "queued" })
            _queued[r.Job] = r.Seq;
        if (r.To != "ended")
            return;
        if (r is { From: "stop", Result: "timeout" or "failed" } && View.Engine.IsStopping)
            _ranOut.Add(unit);
        else
            _ranOut.Remove(unit);
        if (r.Result is "timeout" or "canceled")
        {
            _left[unit] = r.Seq;
            foreach ((string Unit, string Of) pair in _following.Keys)
            {
                if (pair.Unit == unit)
                    _following.Remove(pair);
            }
        }
        else
        {
            _left.Remove(unit);
        }

        if (!_queued.Remove(r.Job, out long queued) || r.Result != "done")
            return;
        foreach (string dependent in order.Requiring(unit))
        {
            // What came up after the stop was ordered was not in its plan.
            bool wasThere = View.Engine.Find(UnitName.Parse(dependent)) is { } other
                && other.SinceSeq < queued;
            if (wasThere && _left.GetValueOrDefault(dependent) < queued)
                _following.TryAdd((dependent, unit), View.Clock.ActiveUs);
        }
    }

    private void Move(in JournalRecord r, string unit)
    {
        Forget(unit);
        _tooOften.Remove(unit);
        foreach (string bound in order.BoundTo(unit))
            _tooOften.Remove(bound);
        if (View.Engine.IsStopping && r is { From: "dead" or "failed", To: "mounted" })
            _ranOut.Add(unit);
    }

    private void Forget(string unit)
    {
        foreach ((string Unit, string Of) pair in _following.Keys)
        {
            if (pair.Unit == unit || pair.Of == unit)
                _following.Remove(pair);
        }
    }

    private void Judge()
    {
        Judge(_suspects, isBound: true);
        Judge(_following, isBound: false);
    }

    private void Judge(Dictionary<(string Unit, string Of), long> suspects, bool isBound)
    {
        foreach (((string unit, string of), long since) in suspects)
        {
            UnitRuntime? bound = View.Engine.Find(UnitName.Parse(unit));
            UnitRuntime? target = View.Engine.Find(UnitName.Parse(of));
            bool holds = bound is null || target is null || bound.Active != ActiveState.Active
                || bound.Job is not null || !IsDown(target) || target.Job is not null;
            if (holds || (isBound && (_ranOut.Contains(unit) || _tooOften.Contains(unit))))
                suspects.Remove((unit, of));
            else if (View.Clock.ActiveUs - since > BoundUs)
                Fail($"{unit} is active, {of}, which it {(isBound ? "is bound to" : "requires")},"
                    + $" is {target!.Sub}");
        }
    }
}
