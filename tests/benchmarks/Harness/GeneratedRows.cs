using InitTx.Core;
using InitTx.Core.Ports;

namespace InitTx.Benchmarks.Harness;

/// <summary>
/// Thirty days of one machine as rows, in the shapes that the engine writes: boots with their first
/// transaction, timers' oneshots, restarts that somebody asked for, crashes with an automatic
/// restart, hits of the start limit, refusals, changes of configuration, re-execs, crashes of the
/// manager, gaps, shutdowns with one service that does not end. The same seed gives the same rows.
/// </summary>
internal sealed class GeneratedRows(int rows)
{
    public const int Boots = 10;
    public const int Units = 400;
    public const int Days = 30;

    private const long DayUs = 86_400_000_000;

    private const int Shells = 7;

    private static readonly JournalRecord Blank =
        new() { Seq = 0, Time = default, Kind = RecordKind.Transition, Uid = -1 };

    private readonly Random _random = new(4);
    private readonly List<JournalRecord> _out = new(4096);
    private readonly long[] _since = new long[Units];
    private readonly int[] _pids = new int[Units];
    private long _seq;
    private long _tx;
    private long _job;
    private int _pid;
    private long _mono;
    private long _real;

    /// <summary>When the first row is of, microseconds since 1970.</summary>
    public required long BeginUs { get; init; }

    public static string BootOf(int boot) => $"00000000-0000-4000-8000-{boot:d12}";

    public static string NameOf(int unit) => unit switch
    {
        0 => "nginx.service",
        1 => "postgresql.service",
        < 250 => $"worker{unit:d3}.service",
        < 350 => $"job{unit:d3}.service",
        _ => $"mnt-disk{unit:d3}.mount",
    };

    /// <summary>Gives all rows of a boot, some thousands at a time.</summary>
    public IEnumerable<IReadOnlyList<JournalRecord>> Of(int boot)
    {
        (_seq, _tx, _job, _pid) = (0, 0, 0, 300);
        long length = Days * DayUs / Boots;
        long share = rows / Boots;
        (_mono, _real) = (2_000_000, BeginUs + (boot * length) + 60_000_000);
        Booted(boot);
        long step = (length - 240_000_000) / Math.Max(1, share / 9);
        while (_seq < share - (Units * 3))
        {
            Pass(step / 2 + _random.NextInt64(step));
            Something(boot);
            if (_out.Count >= 4096)
            {
                yield return _out;
                _out.Clear();
            }
        }

        if (boot < Boots - 1)
            Down();
        yield return _out;
        _out.Clear();
    }

    private void Pass(long us) => (_mono, _real) = (_mono + us, _real + us);

    private void Booted(int boot)
    {
        long begun = Put(Blank with { Kind = RecordKind.Boot, Cause = CauseKind.Boot,
            Text = "6.1.0-13-amd64, initx 0.1.0" });
        long tx = ++_tx;
        long row = Put(Blank with { Kind = RecordKind.Transaction, Transaction = tx, From = "start",
            To = "begun", Cause = CauseKind.Boot, CauseSeq = begun, Text = "default.target" });
        for (int unit = 0; unit < Units; unit++)
        {
            bool job = unit is >= 250 and < 350;
            if (job)
                continue;
            Pass(_random.Next(2_000));
            long id = ++_job;
            long queued = Put(Job(unit, tx, id, "queued", row));
            long running = Put(Job(unit, tx, id, "running", queued));
            // What diff-boots is to find: one unit that got slow, one that fails in one boot.
            Pass(unit == 77 && boot >= Boots / 2 ? 900_000 : _random.Next(3_000));
            bool fails = unit == 42 && boot == Boots - 2;
            Up(unit, running, tx, fails);
            Put(Job(unit, tx, id, "ended", running) with { Result = fails ? "failed" : "done" });
        }

        Put(Blank with { Kind = RecordKind.Transaction, Transaction = tx, From = "start",
            To = "ended", Result = "committed", Cause = CauseKind.Job, CauseSeq = row,
            Text = "default.target" });
        if (boot % 3 == 1)
            Put(Blank with { Kind = RecordKind.Gap, From = $"{_seq + 1}", To = $"{_seq + 1}",
                Result = "ring-overflow", Text = "1 row(s) are missing: ring-overflow" });
    }

    private void Something(int boot)
    {
        int roll = _random.Next(10_000);
        int unit = (int)(_random.NextDouble() * _random.NextDouble() * 250);
        if (roll < 9_680)
            Oneshot(250 + _random.Next(100));
        else if (roll < 9_860)
            Restart(unit);
        else if (roll < 9_930)
            Crashed(unit);
        else if (roll < 9_935)
            Limited(unit);
        else if (roll < 9_950)
            Put(Blank with { Kind = RecordKind.Request, From = "stop", Result = "refused",
                Cause = CauseKind.Request, Uid = 1_000 + (roll % Shells), Pid = NextPid(),
                Comm = "initx", Text = $"{NameOf(unit)}: not permitted" });
        else if (roll < 9_995)
            Put(Blank with { Kind = RecordKind.Config, Cause = CauseKind.Request, Uid = 0,
                Pid = NextPid(), Text = $"enable {NameOf(unit)}" });
        else if (roll < 9_996 && boot % 2 == 0)
            Put(Blank with { Kind = RecordKind.Crash, Cause = CauseKind.Recovery,
                Text = "SIGSEGV" });
        else if (roll < 9_998)
            Put(Blank with { Kind = RecordKind.Reexec, Cause = CauseKind.Request,
                Text = "initx 0.1.0" });
        else
            RolledBack(unit);
    }

    private void Oneshot(int unit)
    {
        long id = ++_job;
        long queued = Put(Job(unit, 0, id, "queued", 0) with { Cause = CauseKind.Timer });
        long running = Put(Job(unit, 0, id, "running", queued));
        long start = Put(Enter(unit, "start", "dead", running, CauseKind.Job));
        int pid = NextPid();
        long made = Put(Process(unit, "started", pid, start));
        Pass(_random.Next(200_000));
        long end = Put(Process(unit, "exited", pid, made) with { ExitKind = ExitKind.Exited });
        Put(Enter(unit, "dead", "start", end, CauseKind.Exit));
        Put(Job(unit, 0, id, "ended", end) with { Result = "done" });
    }

    private void Restart(int unit)
    {
        int uid = _random.Next(3) == 0 ? 0 : 1_000 + _random.Next(Shells);
        int shell = NextPid();
        long asked = Put(Blank with { Kind = RecordKind.Request, From = "restart",
            Result = "accepted", Cause = CauseKind.Request, Uid = uid, Pid = shell, Comm = "initx",
            Text = NameOf(unit) });
        long tx = ++_tx;
        long begun = Put(Blank with { Kind = RecordKind.Transaction, Transaction = tx,
            From = "restart", To = "begun", Cause = CauseKind.Request, CauseSeq = asked,
            Uid = uid, Pid = shell, Comm = "initx", Text = NameOf(unit) });
        long id = ++_job;
        long queued = Put(Job(unit, tx, id, "queued", begun) with { From = "restart" });
        long running = Put(Job(unit, tx, id, "running", queued) with { From = "restart" });
        long stop = Put(Enter(unit, "stop-sigterm", "running", running, CauseKind.Job));
        Pass(_random.Next(50_000));
        long end = Put(Process(unit, "exited", _pids[unit], stop)
            with { ExitKind = ExitKind.Killed, ExitCode = 15 });
        long dead = Put(Enter(unit, "dead", "stop-sigterm", end, CauseKind.Exit));
        Up(unit, dead, tx, fails: false);
        Put(Job(unit, tx, id, "ended", dead) with { From = "restart", Result = "done" });
        Put(Blank with { Kind = RecordKind.Transaction, Transaction = tx, From = "restart",
            To = "ended", Result = "committed", Cause = CauseKind.Job, CauseSeq = begun,
            Uid = uid, Pid = shell, Comm = "initx", Text = NameOf(unit) });
    }

    private void Crashed(int unit)
    {
        long end = Put(Process(unit, "exited", _pids[unit], _since[unit])
            with { ExitKind = ExitKind.Exited, ExitCode = 1 });
        long wait = Put(Enter(unit, "auto-restart", "running", end, CauseKind.Exit));
        Pass(100_000);
        Up(unit, wait, 0, fails: false);
    }

    private void Limited(int unit)
    {
        long end = Put(Process(unit, "exited", _pids[unit], _since[unit])
            with { ExitKind = ExitKind.Dumped, ExitCode = 11 });
        Put(Enter(unit, "failed", "running", end, CauseKind.Limiter)
            with { Result = "start-limit-hit", Text = "started 5 times within 10s" });
        Pass(5_000_000);
        Up(unit, end, 0, fails: false);
    }

    private void RolledBack(int unit)
    {
        long tx = ++_tx;
        long begun = Put(Blank with { Kind = RecordKind.Transaction, Transaction = tx,
            From = "start", To = "begun", Cause = CauseKind.Request, Uid = 0,
            Text = NameOf(unit) });
        Put(Blank with { Kind = RecordKind.Transaction, Transaction = tx, From = "start",
            To = "rollingBack", Cause = CauseKind.Job, CauseSeq = begun, Text = NameOf(unit) });
        Put(Blank with { Kind = RecordKind.Transaction, Transaction = tx, From = "start",
            To = "ended", Result = "rolledBack", Cause = CauseKind.Job, CauseSeq = begun,
            Text = NameOf(unit) });
    }

    private void Down()
    {
        long asked = Put(Blank with { Kind = RecordKind.Request, From = "poweroff",
            Result = "accepted", Cause = CauseKind.Request, Uid = 0, Pid = NextPid(),
            Comm = "initx" });
        long tx = ++_tx;
        long begun = Put(Blank with { Kind = RecordKind.Transaction, Transaction = tx,
            From = "poweroff", To = "begun", Cause = CauseKind.Request, CauseSeq = asked,
            Uid = 0, Text = "poweroff.target" });
        for (int unit = 0; unit < 250; unit++)
        {
            long id = ++_job;
            long running = Put(Job(unit, tx, id, "running", begun) with { From = "stop" });
            Put(Enter(unit, "stop-sigterm", "running", running, CauseKind.Job));
            bool slow = unit == 1;
            Pass(slow ? 20_000_000 : 2_000);
            Put(Process(unit, "exited", _pids[unit], running)
                with { ExitKind = ExitKind.Killed, ExitCode = slow ? 9 : 15 });
            Put(Job(unit, tx, id, "ended", running)
                with { From = "stop", Result = slow ? "timeout" : "done" });
        }
    }

    private void Up(int unit, long cause, long tx, bool fails)
    {
        if (unit >= 350)
        {
            Put(Enter(unit, "mounted", "dead", cause, CauseKind.Job) with { Transaction = tx });
            return;
        }

        long start = Put(Enter(unit, "start", "dead", cause, CauseKind.Job)
            with { Transaction = tx });
        int pid = _pids[unit] = NextPid();
        Put(Process(unit, "intended", 0, start));
        long made = Put(Process(unit, "started", pid, start));
        _since[unit] = fails
            ? Put(Enter(unit, "failed", "start", made, CauseKind.Exit)
                with { Result = "exit-code", Transaction = tx })
            : Put(Enter(unit, "running", "start", made, CauseKind.Notify)
                with { Transaction = tx });
    }

    private int NextPid() => _pid = _pid >= 4_000_000 ? 300 : _pid + 1 + _random.Next(3);

    private static JournalRecord Job(
        int unit, long tx, long id, string to, long cause) => Blank with
    {
        Kind = RecordKind.Job,
        Unit = NameOf(unit),
        Transaction = tx,
        Job = id,
        From = "start",
        To = to,
        Cause = cause == 0 ? CauseKind.Request : CauseKind.Job,
        CauseSeq = cause,
        Uid = -1,
    };

    private static JournalRecord Enter(
        int unit, string to, string from, long cause, CauseKind kind) => Blank with
        {
            Kind = RecordKind.Transition,
            Unit = NameOf(unit),
            From = from,
            To = to,
            Result = "success",
            Cause = kind,
            CauseSeq = cause,
            Uid = -1,
        };

    private static JournalRecord Process(int unit, string to, int pid, long cause) => Blank with
    {
        Kind = RecordKind.Process,
        Unit = NameOf(unit),
        From = "main",
        To = to,
        Pid = pid,
        Cause = CauseKind.Job,
        CauseSeq = cause,
        Uid = -1,
    };

    private long Put(in JournalRecord record)
    {
        // Rows of one event are some microseconds apart.
        Pass(7);
        _out.Add(record with
        {
            Seq = ++_seq,
            Time = new Instant(_mono, _real),
        });
        return _seq;
    }
}
