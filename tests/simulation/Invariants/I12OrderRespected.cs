using InitTx.Core;
using InitTx.Core.Job;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// When a unit begins to start or stop by a job, no job that goes before it by After= and Before=
/// may be open, unless it was queued when this one ran already. The edges are those of the files,
/// not those that the engine made of them.
/// </summary>
internal sealed class I12OrderRespected(OrderTable order) : SimulationInvariant(
    "I12", "A plan respects each ordering edge: starts in order, stops against it, stops first.")
{
    private readonly Dictionary<string, OpenJob> _open = new(StringComparer.Ordinal);
    private JobTable _jobs = new();
    private readonly Dictionary<long, (long Queued, long Running)> _rows = [];
    private readonly HashSet<(string Earlier, string Later)> _cut = [];
    private int _seen;

    public override void Handled(EngineEvent e)
    {
        List<JournalRecord> records = View.Step.Records;
        for (; _seen < records.Count; _seen++)
            Look(records[_seen]);
    }

    public override void Committed(EngineStep step)
    {
        _seen = 0;
        if (View.Engine.OpenTransactions.Count == 0)
            _cut.Clear();
    }

    // A batch that was never committed has not happened; what was open before is not judged.
    public override void Restored()
    {
        _seen = 0;
        _open.Clear();
        _rows.Clear();
        _jobs = new JobTable();
    }

    private void Look(in JournalRecord r)
    {
        if (r.Kind == RecordKind.Job)
            FollowJob(r);
        else if (r.Kind == RecordKind.Config)
            FollowCut(r.Text ?? "");
        else if (r is { Kind: RecordKind.Transition, Job: not 0 }
            && _rows.TryGetValue(r.Job, out (long Queued, long Running) rows)
            && r.CauseSeq == rows.Running)
            CheckTransition(r);
    }

    // The row of a cycle that was cut says which order is given up until all transactions are over.
    private void FollowCut(string text)
    {
        const string gives = "ignores that ";
        const string after = " comes after ";
        int from = text.IndexOf(gives, StringComparison.Ordinal);
        int middle = from < 0 ? -1 : text.IndexOf(after, from, StringComparison.Ordinal);
        if (middle < 0)
            return;
        int end = text.IndexOf(' ', middle + after.Length);
        string later = text[(from + gives.Length)..middle];
        string earlier = text[(middle + after.Length)..(end < 0 ? text.Length : end)];
        _cut.Add((earlier, later));
    }

    private void FollowJob(in JournalRecord r)
    {
        OpenJob job = _jobs.Follow(r, r.Seq);
        if (r.To == "ended")
        {
            if (_open.GetValueOrDefault(job.Unit)?.Id == job.Id)
                _open.Remove(job.Unit);
            _rows.Remove(r.Job);
            return;
        }

        _open[job.Unit] = job;
        (long Queued, long Running) rows = _rows.GetValueOrDefault(r.Job, (r.Seq, long.MaxValue));
        _rows[r.Job] = r.To == "running" ? (rows.Queued, r.Seq) : rows;
    }

    private void CheckTransition(in JournalRecord r)
    {
        string unit = r.Unit ?? "";
        bool down = r.From is "dead" or "failed";
        if (down && r.To is not ("dead" or "failed"))
        {
            foreach (string other in order.Earlier(unit))
            {
                if (!_cut.Contains((other, unit)))
                    Check(r, other, "is ordered before it", null);
            }
        }
        else if (!down && r.From is "running" or "active" or "exited" or "listening"
            && r.To is not ("reload" or "running" or "exited"))
        {
            foreach (string other in order.Later(unit))
            {
                if (!_cut.Contains((unit, other)))
                    Check(r, other, "is ordered after it and stops too", JobKind.Stop);
            }
        }
    }

    private void Check(in JournalRecord r, string other, string how, JobKind? only)
    {
        if (!_open.TryGetValue(other, out OpenJob? job) || job.Kind == "nop")
            return;
        if (!_rows.TryGetValue(job.Id, out (long Queued, long Running) rows)
            || rows.Queued > _rows[r.Job].Running)
            return;
        if (only is not null && KindOf(job, other) != only)
            return;
        Fail($"row {r.Seq}: {r.Unit} goes from {r.From} to {r.To} while job {job.Id} ({job.Kind}"
            + $" {other})"
            + $" has not ended; {other} {how}");
    }

    // Rows do not tell the halves of a restart apart; the engine does while the job is still there.
    private JobKind? KindOf(OpenJob job, string unit) =>
        job.Kind == "stop" ? JobKind.Stop
        : View.Engine.Find(UnitName.Parse(unit))?.Job is { } now && now.Id.Value == job.Id
            ? now.Kind
        : null;
}
