using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Simulation.World;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Measures running jobs in the time in which processes live: suspend makes deadlines come sooner,
/// never later. When all is quiet no job is left and every client has its answer.
/// </summary>
internal sealed class I10JobEndsInTime(EngineLimits limits) : SimulationInvariant(
    "I10", "Every job ends within its unit's time-outs, and every request gets its final answer.")
{
    // Notify messages may extend a time-out, a slow commit may delay the look at it.
    private const long SlackUs = 20_000_000;

    // A child between clone and exec.
    private const long ExecUs = 30_000_000;

    // Its program and two signals, up and down, and as many unmounts as there may be.
    private const long MountSteps = 6 + 32;

    private readonly JobTable _jobs = new();

    public override void Committed(EngineStep step)
    {
        foreach (JournalRecord r in step.Records)
        {
            if (r.Kind != RecordKind.Job)
                continue;
            OpenJob job = _jobs.Follow(r, View.Clock.ActiveUs);
            if (r.To == "ended")
                Check(job);
        }

        if (!View.IsSampled)
            return;
        foreach (OpenJob job in _jobs.Open)
            Check(job);
    }

    public override void Quiet()
    {
        foreach (OpenJob job in _jobs.Open)
            Fail($"job {job.Id} ({job.Kind} {job.Unit}) is left when nothing happens any more");
        foreach (ClientConnection c in View.World.Clients.Open)
        {
            if (!c.Ended)
                Fail($"request {c.Request.Value} ({c.Operation.Verb}) has no final answer");
        }
    }

    public override void End(bool final)
    {
        foreach (OpenJob job in _jobs.Open)
            Check(job);
    }

    private void Check(OpenJob job)
    {
        if (job.RunningSinceUs is not { } since)
            return;
        long bound = job.Kind == "restart"
            ? RestartBoundUs()
            : BoundUs(View.World.Catalog.Load(UnitName.Parse(job.Unit)));
        long took = View.Clock.ActiveUs - since;
        if (took > bound)
        {
            Fail($"job {job.Id} ({job.Kind} {job.Unit}) has run for {took} µs, its bound is"
                + $" {bound}");
            job.RunningSinceUs = View.Clock.ActiveUs;
        }
    }

    // Between its two halves a restart waits for those of other units.
    private long RestartBoundUs()
    {
        long sum = 0;
        foreach (UnitDefinition unit in View.World.Catalog.Definitions)
        {
            long own = OwnBoundUs(unit);
            if (own == ServiceSettings.Infinity)
                return own;
            sum += own;
        }

        return sum;
    }

    private long BoundUs(UnitDefinition unit)
    {
        long own = OwnBoundUs(unit);
        long job = Math.Min(unit.JobTimeoutUs, unit.JobRunningTimeoutUs);
        return Math.Min(own, job == ServiceSettings.Infinity ? job : job + SlackUs);
    }

    // The opening, each command, the kill of an ExecStartPost= and two signals before the sockets
    // are closed and at the end.
    private static long Steps(SocketSettings socket) => !socket.HasCommands ? 1 : 6
        + socket.ExecStartPre.Count + socket.ExecStartPost.Count + socket.ExecStopPre.Count
        + socket.ExecStopPost.Count;

    // The file's time-outs may have been other ones when the job began (daemon-reload): the
    // generator edits TimeoutStopSec= up to 20 s.
    private long OwnBoundUs(UnitDefinition unit)
    {
        long slack = limits.PrepareTimeoutUs + limits.IdleDelayUs + SlackUs;
        if (unit.Mount is { } mount)
            return slack + (MountSteps * (mount.TimeoutUs + ExecUs));
        if (unit.Service is not { } s)
            return slack + (unit.Socket is { } socket ? Steps(socket) * socket.TimeoutUs : 0);
        if (s.TimeoutStartUs == ServiceSettings.Infinity
            || s.TimeoutStopUs == ServiceSettings.Infinity)
            return ServiceSettings.Infinity;
        long starts = s.ExecCondition.Count + s.ExecStartPre.Count + s.ExecStart.Count
            + s.ExecStartPost.Count + s.ExecReload.Count + s.ExecCheck.Count + 2;
        long verbs = 2 * (Math.Max(s.TimeoutVerbUs, s.TimeoutStartUs) + ExecUs);
        long stops = s.ExecStop.Count + s.ExecStopPost.Count + 6;
        long stop = Math.Max(Math.Max(s.TimeoutStopUs, s.TimeoutAbortUs), 20_000_000);
        return slack + verbs + (starts * (s.TimeoutStartUs + ExecUs)) + (stops * stop);
    }
}
