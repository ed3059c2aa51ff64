using InitTx.Core;
using InitTx.Core.Ports;

namespace InitTx.Journal.Sqlite;

/// <summary>
/// The table of rows, the same in every store: one definition for what is created, bound and read.
/// Code names its columns always, never <c>*</c>, so that a minor version may add some.
/// </summary>
internal static class RecordColumns
{
    /// <summary>
    /// Zero and NULL take no byte in a row. No secondary index: they cost three times the write and
    /// a third more space; a store that is queried adds its own.
    /// </summary>
    public const string CreateTable =
        """
        CREATE TABLE record(
          seq INTEGER PRIMARY KEY, mono INTEGER NOT NULL, real INTEGER NOT NULL,
          kind INTEGER NOT NULL, unit TEXT, from_state TEXT, to_state TEXT, result TEXT,
          cause INTEGER NOT NULL, cause_seq INTEGER NOT NULL,
          tx INTEGER NOT NULL, job INTEGER NOT NULL,
          pid INTEGER NOT NULL, exit_kind INTEGER NOT NULL, exit_code INTEGER NOT NULL,
          uid INTEGER NOT NULL, comm TEXT, text TEXT) STRICT;
        CREATE TABLE boot(
          first_seq INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE) STRICT;
        """;

    /// <summary>All columns in the order of <see cref="Bind"/> and <see cref="Read"/>.</summary>
    public const string Names =
        "seq, mono, real, kind, unit, from_state, to_state, result, cause, cause_seq, tx, job, "
        + "pid, exit_kind, exit_code, uid, comm, text";

    /// <summary>A row that is there already stays: a batch may be sent twice.</summary>
    public const string Insert =
        "INSERT OR IGNORE INTO record(" + Names + ") "
        + "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)";

    public static void Bind(Statement s, in JournalRecord r)
    {
        s.Bind(1, r.Seq);
        s.Bind(2, r.Time.MonotonicUs);
        s.Bind(3, r.Time.RealtimeUs);
        s.Bind(4, (long)r.Kind);
        s.BindText(5, r.Unit);
        s.BindText(6, r.From);
        s.BindText(7, r.To);
        s.BindText(8, r.Result);
        s.Bind(9, (long)r.Cause);
        s.Bind(10, r.CauseSeq);
        s.Bind(11, r.Transaction);
        s.Bind(12, r.Job);
        s.Bind(13, r.Pid);
        s.Bind(14, (long)r.ExitKind);
        s.Bind(15, r.ExitCode);
        s.Bind(16, r.Uid);
        s.BindText(17, r.Comm);
        s.BindText(18, r.Text);
    }

    public static JournalRecord Read(Statement s) => new()
    {
        Seq = s.Long(0),
        Time = new Instant(s.Long(1), s.Long(2)),
        Kind = (RecordKind)s.Long(3),
        Unit = s.Text(4),
        From = s.Text(5),
        To = s.Text(6),
        Result = s.Text(7),
        Cause = (CauseKind)s.Long(8),
        CauseSeq = s.Long(9),
        Transaction = s.Long(10),
        Job = s.Long(11),
        Pid = (int)s.Long(12),
        ExitKind = (ExitKind)s.Long(13),
        ExitCode = (int)s.Long(14),
        Uid = (int)s.Long(15),
        Comm = s.Text(16),
        Text = s.Text(17),
    };
}
