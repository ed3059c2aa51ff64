using InitTx.Journal.History;
using InitTx.Journal.Sqlite;
using SQLitePCL;

namespace InitTx.Journal.OnDisk;

/// <summary>
/// States of units from an archive: by day from the roll-ups, now from what goes on, and at any
/// time from the rows. The last costs some look-ups a unit, whatever lies between: the place of the
/// time is found by halving, each unit's last transition before it by an index.
/// </summary>
/// <param name="ok">Notes a failure; true when there was none.</param>
internal sealed class ArchivedStates(
    Database db, NameTable names, bool indexed, Func<int, bool> ok)
{
    // How far back the main process is looked for among a unit's rows.
    private const int ProcessRows = 128;

    private readonly string _enter = indexed ? "record_enter" : "record_unit";

    /// <summary>By day, oldest first; null for all units.</summary>
    public IReadOnlyList<UnitDay> Days(string? unit, long sinceDay)
    {
        var days = new List<UnitDay>();
        if (!TryOnly(unit, "WHERE unit = {0} AND ", "WHERE ", out string only))
            return days;
        Each(
            $"SELECT day, unit, state, entered, us FROM unit_day {only}day >= {sinceDay} "
                + "ORDER BY day",
            s => days.Add(new UnitDay(
                s.Long(0), names.Text(s.Long(1)), names.Text(s.Long(2)), s.Long(3), s.Long(4))));
        return days;
    }

    /// <summary>What units are in since their last row.</summary>
    public IReadOnlyList<UnitNow> Current(string? unit)
    {
        var now = new List<UnitNow>();
        if (TryOnly(unit, "WHERE unit = {0}", "", out string only))
        {
            Each(
                $"SELECT unit, state, real FROM unit_now {only}",
                s => now.Add(
                    new UnitNow(names.Text(s.Long(0)), names.Text(s.Long(1)), s.Long(2))));
        }

        return now;
    }

    /// <summary>All units at a time; null before the first row.</summary>
    public StatesThen? At(IReadOnlyList<ArchivedBoot> boots, long atUs)
    {
        ArchivedBoot? boot = null;
        foreach (ArchivedBoot known in boots)
            boot = known.BegunUs <= atUs ? known : boot;
        if (boot is null)
            return null;
        long first = (boot.Number << ArchiveSchema.SeqBits) + boot.FirstSeq;
        long last = PlaceOf(first, (boot.Number << ArchiveSchema.SeqBits) + boot.LastSeq, atUs);
        var replay = new StateReplay();
        // Whose last transition was given up since is still known by what goes on.
        Each(
            $"SELECT unit, state, real FROM unit_now WHERE boot_no = {boot.Number} "
                + $"AND real <= {atUs}",
            s => replay.Set(new UnitThen(
                names.Text(s.Long(0)), names.Text(s.Long(1)), null, s.Long(2), 0)));
        foreach (UnitThen unit in Entered(first, last))
            replay.Set(unit with { MainPid = MainPidOf(unit.Unit, first, last) });
        bool ended = atUs > boot.LastUs && boot != boots[^1];
        return new StatesThen(boot.Boot, Math.Min(atUs, boot.LastUs), ended, replay.Units);
    }

    // The last row up to a time. Where the clock was set back, one of the places that fit.
    private long PlaceOf(long low, long high, long atUs)
    {
        if (!ok(db.Prepare(
            "SELECT id, real FROM record WHERE id >= ?1 ORDER BY id LIMIT 1", out Statement? s)))
            return high;
        using (s)
        {
            while (low < high)
            {
                long middle = low + ((high - low + 1) / 2);
                s!.Bind(1, middle);
                bool later = s.Step() != raw.SQLITE_ROW || s.Long(1) > atUs;
                s.Reset();
                if (later)
                    high = middle - 1;
                else
                    low = middle;
            }
        }

        return high;
    }

    private List<UnitThen> Entered(long first, long last)
    {
        var found = new List<UnitThen>();
        // One look-up from each unit's number to the next, not a scan.
        const string Units = "WITH RECURSIVE u(x) AS (SELECT min(unit) FROM record INDEXED BY {0} "
            + "WHERE {1} UNION ALL SELECT (SELECT min(unit) FROM record INDEXED BY {0} "
            + "WHERE {1} AND unit > u.x) FROM u WHERE u.x IS NOT NULL) ";
        string which = indexed ? "kind = 0 AND unit IS NOT NULL" : "unit IS NOT NULL";
        Each(
            Units.Replace("{0}", _enter, StringComparison.Ordinal)
                    .Replace("{1}", which, StringComparison.Ordinal)
                + $"SELECT r.unit, r.to_state, r.result, r.real FROM u JOIN record r ON r.id = "
                + $"(SELECT e.id FROM record e INDEXED BY {_enter} WHERE e.unit = u.x "
                + "AND e.unit IS NOT NULL AND e.kind = 0 "
                + $"AND e.id BETWEEN {first} AND {last} ORDER BY e.id DESC LIMIT 1) "
                + "WHERE u.x IS NOT NULL",
            s => found.Add(new UnitThen(
                names.Text(s.Long(0)), names.Text(s, 1) ?? "", names.Text(s, 2), s.Long(3), 0)));
        return found;
    }

    private int MainPidOf(string unit, long first, long last)
    {
        int pid = 0;
        if (names.Find(unit) is not { } id || names.Find("main") is not { } main)
            return pid;
        int seen = 0;
        Each(
            "SELECT pid, to_state FROM (SELECT kind, pid, from_state, to_state FROM record "
                + $"INDEXED BY record_unit WHERE unit = {id} AND unit IS NOT NULL "
                + $"AND id BETWEEN {first} AND {last} ORDER BY id DESC LIMIT {ProcessRows}) "
                + $"WHERE kind = {(int)Core.Ports.RecordKind.Process} AND from_state = {main}",
            s =>
            {
                string? to = names.Text(s, 1);
                if (seen == 0 && to is not ("intended" or "frozen" or "thawed"))
                {
                    seen++;
                    pid = to is "started" or "executed" or "adopted" ? (int)s.Long(0) : 0;
                }
            });
        return pid;
    }

    private bool TryOnly(string? unit, string with, string without, out string only)
    {
        only = without;
        if (unit is null)
            return true;
        if (names.Find(unit) is not { } id)
            return false;
        only = with.Replace("{0}", $"{id}", StringComparison.Ordinal);
        return true;
    }

    private void Each(string sql, Action<Statement> row)
    {
        if (!ok(db.Prepare(sql, out Statement? s)))
            return;
        using (s)
        {
            int code = s!.Step();
            for (; code == raw.SQLITE_ROW; code = s.Step())
                row(s);
            ok(code == raw.SQLITE_DONE ? raw.SQLITE_OK : code);
        }
    }
}
