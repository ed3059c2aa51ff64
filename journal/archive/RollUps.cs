using InitTx.Core;
using InitTx.Journal.OnDisk;
using InitTx.Journal.Sqlite;
using SQLitePCL;

namespace InitTx.Archive;

/// <summary>
/// For each day (UTC), unit and state: how often it was entered and for how long it lasted. What
/// goes on counts when it ends; rows that are given up later stay counted. Durations are taken from
/// the clock that cannot be set, days from the one that can.
/// </summary>
internal sealed class RollUps(Database db, NameTable names) : IDisposable
{
    private const long DayUs = 86_400_000_000;
    private const int MaxDays = 3_700;

    private Statement _now = null!;
    private Statement _setNow = null!;
    private Statement _add = null!;

    public int Prepare()
    {
        int code = db.Prepare(
            "SELECT boot_no, state, real, mono FROM unit_now WHERE unit = ?1", out Statement? now);
        Statement? setNow = null;
        Statement? add = null;
        if (code == raw.SQLITE_OK)
            code = db.Prepare(
                "INSERT INTO unit_now VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(unit) DO UPDATE SET "
                + "boot_no = excluded.boot_no, state = excluded.state, real = excluded.real, "
                + "mono = excluded.mono",
                out setNow);
        if (code == raw.SQLITE_OK)
            code = db.Prepare(
                "INSERT INTO unit_day VALUES(?1, ?2, ?3, ?4, ?5) "
                + "ON CONFLICT(day, unit, state) DO UPDATE SET "
                + "entered = entered + excluded.entered, us = us + excluded.us",
                out add);
        (_now, _setNow, _add) = (now!, setNow!, add!);
        return code;
    }

    /// <summary>A unit entered a state.</summary>
    public int Entered(long boot, string unitName, string stateName, Instant time)
    {
        if (names.Intern(unitName) is not { } unit || names.Intern(stateName) is not { } state)
            return names.Fault;
        _now.Bind(1, unit);
        int code = _now.Step();
        if (code == raw.SQLITE_ROW)
        {
            (long was, long since, long mono) = (_now.Long(1), _now.Long(2), _now.Long(3));
            bool same = _now.Long(0) == boot;
            _now.Reset();
            code = same ? Lasted(unit, was, since, time.MonotonicUs - mono) : raw.SQLITE_OK;
            if (code != raw.SQLITE_OK)
                return code;
        }
        else if (code != raw.SQLITE_DONE)
        {
            return code;
        }

        _setNow.Bind(1, unit);
        _setNow.Bind(2, boot);
        _setNow.Bind(3, state);
        _setNow.Bind(4, time.RealtimeUs);
        _setNow.Bind(5, time.MonotonicUs);
        code = _setNow.Run();
        return code == raw.SQLITE_OK
            ? Add(time.RealtimeUs / DayUs, unit, state, 1, 0)
            : code;
    }

    /// <summary>Ends every state with the last row of its boot.</summary>
    public int CloseAll()
    {
        if (_add is null && Prepare() is var prepared && prepared != raw.SQLITE_OK)
            return prepared;
        var open = new List<(long Unit, long State, long Real, long Us)>();
        int code = db.Prepare(
            "SELECT n.unit, n.state, n.real, b.last_mono - n.mono FROM unit_now n "
            + "JOIN boot b USING(boot_no)",
            out Statement? s);
        if (s is null)
            return code;
        using (s)
        {
            code = s.Step();
            for (; code == raw.SQLITE_ROW; code = s.Step())
                open.Add((s.Long(0), s.Long(1), s.Long(2), s.Long(3)));
        }

        code = code == raw.SQLITE_DONE ? raw.SQLITE_OK : code;
        for (int i = 0; i < open.Count && code == raw.SQLITE_OK; i++)
            code = Lasted(open[i].Unit, open[i].State, open[i].Real, open[i].Us);
        return code == raw.SQLITE_OK ? db.Execute("DELETE FROM unit_now") : code;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _now?.Dispose();
        _setNow?.Dispose();
        _add?.Dispose();
    }

    // Midnights cut it.
    private int Lasted(long unit, long state, long since, long us)
    {
        int code = raw.SQLITE_OK;
        for (int i = 0; us > 0 && i < MaxDays && code == raw.SQLITE_OK; i++)
        {
            long day = Math.Max(0, since / DayUs);
            long part = Math.Min(us, ((day + 1) * DayUs) - since);
            part = part <= 0 ? us : part;
            code = Add(day, unit, state, 0, part);
            since += part;
            us -= part;
        }

        return code;
    }

    private int Add(long day, long unit, long state, long entered, long us)
    {
        _add.Bind(1, Math.Max(0, day));
        _add.Bind(2, unit);
        _add.Bind(3, state);
        _add.Bind(4, entered);
        _add.Bind(5, us);
        return _add.Run();
    }
}
