using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Simulation.World;
using InitTx.Units.Model;

namespace InitTx.Simulation.Running;

/// <summary>
/// All that passed the engine's door, as a hash and, when asked for, as lines: one seed gives one
/// trace. Unit ids are hashed as they are; they are part of the determinism.
/// </summary>
internal sealed class Trace(List<string>? lines)
{
    private TraceHash _hash;

    /// <summary>The digest of the whole trace.</summary>
    public ulong Hash => _hash.Value;

    /// <summary>Lines are kept.</summary>
    public bool IsVerbose => lines is not null;

    /// <summary>An event before it is handled.</summary>
    public void Event(Instant now, EngineEvent e)
    {
        _hash.Add(now.MonotonicUs);
        _hash.Add(now.RealtimeUs);
        AddEvent(e);
        lines?.Add($"{now.MonotonicUs,12} <- {Describe(e)}");
    }

    /// <summary>A record that was committed.</summary>
    public void Record(in JournalRecord r)
    {
        _hash.Add(r.Seq);
        _hash.Add((int)r.Kind | ((int)r.Cause << 8) | ((int)r.ExitKind << 16));
        _hash.Add(r.Unit);
        _hash.Add(r.From);
        _hash.Add(r.To);
        _hash.Add(r.Result);
        _hash.Add(r.CauseSeq);
        _hash.Add(r.Transaction);
        _hash.Add(r.Job);
        _hash.Add(((long)r.Pid << 32) | (uint)r.ExitCode);
        _hash.Add(r.Text);
        lines?.Add($"{"",12}    {Describe(r)}");
    }

    /// <summary>An effect before it is run.</summary>
    public void Effect(Effect e)
    {
        AddEffect(e);
        lines?.Add($"{"",12} -> {e}");
    }

    /// <summary>What the world or the fault plan did.</summary>
    public void Note(string text)
    {
        _hash.Add(text);
        lines?.Add($"{"",12} ** {text}");
    }

    /// <summary>A process ended; whether anybody hears of it is another matter.</summary>
    public void Death(SimulatedProcess p) => lines?.Add(
        $"{"",12} ** {p.Unit}: {p.Identity.Pid} ends, {p.ExitKind} {p.ExitCode}"
        + (p.Known ? "" : ", a stranger"));

    private void AddEvent(EngineEvent e)
    {
        switch (e)
        {
            case EngineEvent.Booted b:
                Tagged(1, b.Target.Value.Length);
                break;
            case EngineEvent.Recovered r:
                Tagged(2, (int)r.Facts.Kind, r.Facts.Slots.Count, r.Facts.Lost.Count);
                break;
            case EngineEvent.Requested r:
                Tagged(3, r.Request.Id.Value, (int)r.Request.Verb);
                break;
            case EngineEvent.ClientGone c:
                Tagged(4, c.Request.Value);
                break;
            case EngineEvent.Spawned s:
                Tagged(5, (long)s.Token.Value, s.Process.Pid);
                break;
            case EngineEvent.Executed s:
                Tagged(6, (long)s.Token.Value);
                break;
            case EngineEvent.SpawnFailed s:
                Tagged(7, (long)s.Token.Value, s.Errno, s.ProcessExists ? 1 : 0);
                break;
            case EngineEvent.Exited x:
                Tagged(8, x.Process.Pid, (int)x.Kind, x.Code);
                break;
            case EngineEvent.Prepared p:
                Tagged(9, (long)p.Token.Value, (int)p.Outcome);
                break;
            case EngineEvent.Notified n:
                Tagged(10, n.Unit.Value, n.SenderPid, n.Message.Ready ? 1 : 0);
                break;
            case EngineEvent.Tick:
                Tagged(11, 0);
                break;
            case EngineEvent.CgroupEmptied c:
                Tagged(12, c.Unit.Value);
                break;
            case EngineEvent.SocketsOpened s:
                Tagged(13, s.Unit.Value, s.Error is null ? 0 : 1);
                break;
            case EngineEvent.SocketReady s:
                Tagged(14, s.Unit.Value);
                break;
            case EngineEvent.ConnectionAccepted a:
                Tagged(21, a.Unit.Value, (long)a.Ticket);
                break;
            case EngineEvent.UnitReleased r:
                Tagged(22, r.Unit.Value);
                break;
            case EngineEvent.PidFileRead p:
                Tagged(15, p.Unit.Value, p.Process.Pid);
                break;
            case EngineEvent.BusNameChanged b:
                Tagged(20, b.Unit.Value, b.Owned ? 1 : 0);
                break;
            case EngineEvent.SignalReceived s:
                Tagged(16, s.Signal);
                break;
            case EngineEvent.CatalogReplaced c:
                Tagged(17, c.Request.Value);
                break;
            case EngineEvent.ShutdownStageDone d:
                Tagged(18, (int)d.Stage);
                break;
            case EngineEvent.EffectFailed f:
                Tagged(19, f.Unit.Value);
                break;
        }
    }

    private void AddEffect(Effect e)
    {
        switch (e)
        {
            case Effect.Prepare p:
                Tagged(31, (long)p.Token.Value, p.Unit.Value, p.Restart ? 1 : 0);
                break;
            case Effect.Spawn s:
                Tagged(32, (long)s.Token.Value, s.Unit.Value, ((int)s.Role * 64) + s.CommandIndex);
                break;
            case Effect.Signal s:
                Tagged(33, s.Unit.Value, ((long)s.Scope << 32) | (uint)s.Process.Pid, s.Number);
                break;
            case Effect.KillCgroup k:
                Tagged(34, k.Unit.Value);
                break;
            case Effect.Freeze f:
                Tagged(59, f.Unit.Value, f.On ? 1 : 0);
                break;
            case Effect.CleanUp c:
                Tagged(35, c.Unit.Value, c.KeepDirectories ? 1 : 0);
                break;
            case Effect.OpenSockets s:
                Tagged(36, s.Unit.Value);
                break;
            case Effect.CloseSockets s:
                Tagged(37, s.Unit.Value);
                break;
            case Effect.PollSockets s:
                Tagged(38, s.Unit.Value, s.Enable ? 1 : 0);
                break;
            case Effect.CloseConnection c:
                Tagged(49, c.Socket.Value, (long)c.Ticket);
                break;
            case Effect.ReleaseUnit r:
                Tagged(50, r.Unit.Value);
                break;
            case Effect.ReadPidFile r:
                Tagged(39, r.Unit.Value);
                break;
            case Effect.StoreDescriptors s:
                Tagged(46, s.Unit.Value, (long)s.Ticket);
                break;
            case Effect.DropDescriptors d:
                Tagged(47, d.Unit.Value, (long)d.Ticket);
                break;
            case Effect.ReleaseDescriptors r:
                Tagged(48, r.Unit.Value);
                break;
            case Effect.WatchBusName w:
                Tagged(45, w.Unit.Value, w.Enable ? 1 : 0);
                break;
            case Effect.Reply r:
                Tagged(40, r.Request.Value);
                AddReply(r.Body);
                break;
            case Effect.ReloadCatalog r:
                Tagged(41, r.Request.Value);
                break;
            case Effect.Reexec r:
                Tagged(42, r.Request.Value);
                break;
            case Effect.Shutdown s:
                Tagged(43, (int)s.Stage, (int)s.Kind);
                break;
            case Effect.ConsoleLine c:
                Tagged(44, 0);
                _hash.Add(c.Text);
                break;
        }
    }

    private void AddReply(EngineReply body)
    {
        switch (body)
        {
            case EngineReply.Accepted a:
                Tagged(61, a.Transaction.Value, a.Jobs);
                break;
            case EngineReply.Progress p:
                Tagged(62, p.Job.Value);
                _hash.Add(p.JobState);
                _hash.Add(p.Result);
                _hash.Add(p.UnitState);
                break;
            case EngineReply.Finished f:
                Tagged(63, f.Transaction.Value, (int)f.Code);
                _hash.Add(f.Outcome);
                AddAll(f.Messages);
                break;
            case EngineReply.Refused r:
                Tagged(64, (int)r.Code);
                AddAll(r.Messages);
                break;
            case EngineReply.Planned p:
                Tagged(65, p.Plan.Jobs.Count);
                _hash.Add(p.Plan.Hash);
                break;
        }
    }

    private void AddAll(IReadOnlyList<string> texts)
    {
        foreach (string text in texts)
            _hash.Add(text);
    }

    private void Tagged(int tag, long a, long b = 0, long c = 0)
    {
        _hash.Add(tag);
        _hash.Add(a);
        _hash.Add(b);
        _hash.Add(c);
    }

    private static string Describe(EngineEvent e) => e switch
    {
        EngineEvent.Requested { Request: var r } =>
            $"Requested {r.Id.Value} {r.Verb} {string.Join(' ', Names(r.Units))} {r.Mode}"
            + (r.DryRun ? " dry-run" : "") + (r.NoBlock ? " no-block" : "")
            + (r.Transaction.Value != 0 ? $" tx {r.Transaction.Value}" : ""),
        EngineEvent.Recovered { Facts: var f } =>
            $"Recovered {f.Kind} slots [{string.Join(", ", f.Slots)}]"
            + $" lost [{string.Join(", ", f.Lost)}]"
            + $" open [{string.Join(", ", Names(f.OpenSockets))}]",
        EngineEvent.CatalogReplaced => "CatalogReplaced",
        _ => e.ToString(),
    };

    private static string Describe(in JournalRecord r) =>
        $"#{r.Seq} {r.Kind} {r.Unit} {r.From}>{r.To} {r.Result} tx={r.Transaction} job={r.Job}"
        + $" pid={r.Pid} {r.ExitKind} {r.ExitCode} cause={r.Cause}:{r.CauseSeq} {r.Text}";

    private static IEnumerable<string> Names(IReadOnlyList<UnitName> units)
    {
        foreach (UnitName u in units)
            yield return u.Value;
    }
}
