using System.Diagnostics;
using SQLitePCL;

namespace InitTx.Journal.Sqlite;

/// <summary>
/// Interrupts what a connection runs when its time is over
/// (https://sqlite.org/c3ref/progress_handler.html): the statement then ends with
/// SQLITE_INTERRUPT. One a connection, kept as long as that.
/// </summary>
internal sealed class QueryClock
{
    // Steps of SQLite's machine between two looks at the clock: some tens of microseconds.
    private const int Steps = 4_000;

    private readonly delegate_progress _look;
    private readonly sqlite3 _handle;
    private long _until = long.MaxValue;

    public QueryClock(Database db)
    {
        _handle = db.Handle;
        _look = _ => Stopwatch.GetTimestamp() > _until ? 1 : 0;
    }

    /// <summary>Whether the time ran out since it was set.</summary>
    public bool IsOver => Stopwatch.GetTimestamp() > _until;

    /// <summary>Begins to count.</summary>
    public void Begin(long milliseconds)
    {
        _until = Stopwatch.GetTimestamp() + (milliseconds * Stopwatch.Frequency / 1_000);
        raw.sqlite3_progress_handler(_handle, Steps, _look, null);
    }

    /// <summary>Nothing is interrupted any more.</summary>
    public void End()
    {
        _until = long.MaxValue;
        raw.sqlite3_progress_handler(_handle, 0, null, null);
    }
}
