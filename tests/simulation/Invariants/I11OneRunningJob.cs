using InitTx.Core;
using InitTx.Core.Ports;

namespace InitTx.Simulation.Invariants;

/// <summary>Counts running jobs by their rows.</summary>
internal sealed class I11OneRunningJob() : SimulationInvariant(
    "I11", "A unit has at most one running job.")
{
    private readonly JobTable _jobs = new();
    private readonly Dictionary<string, OpenJob> _running = new(StringComparer.Ordinal);

    public override void Committed(EngineStep step)
    {
        foreach (JournalRecord r in step.Records)
        {
            if (r.Kind == RecordKind.Job)
                Follow(r);
        }
    }

    private void Follow(in JournalRecord r)
    {
        OpenJob job = _jobs.Follow(r, View.Clock.ActiveUs);
        if (r.To == "ended")
        {
            if (_running.GetValueOrDefault(job.Unit) == job)
                _running.Remove(job.Unit);
            return;
        }

        if (!job.IsRunning)
            return;
        if (_running.TryGetValue(job.Unit, out OpenJob? other) && other != job)
            Fail($"row {r.Seq}: job {job.Id} of {job.Unit} runs while job {other.Id} has not"
                + $" ended");
        _running[job.Unit] = job;
    }
}
