using InitTx.Journal.Sqlite;
using SQLitePCL;

namespace InitTx.Journal.OnDisk;

/// <summary>
/// Words that rows repeat (units, states, results, commands), each stored once. What was looked up
/// is kept, up to a limit.
/// </summary>
internal sealed class NameTable(Database db) : IDisposable
{
    private const int Kept = 8192;

    private readonly Dictionary<long, string> _texts = [];
    private readonly Dictionary<string, long> _ids = new(StringComparer.Ordinal);
    private Statement? _byId;
    private Statement? _byText;
    private Statement? _insert;

    /// <summary>The first error; 0 while there was none.</summary>
    public int Fault { get; private set; }

    /// <summary>The word that a column refers to.</summary>
    public string? Text(Statement row, int column) =>
        row.Type(column) == raw.SQLITE_NULL ? null : Text(row.Long(column));

    /// <summary>The word with a number; a number without a word shows as such.</summary>
    public string Text(long id)
    {
        if (_texts.TryGetValue(id, out string? text))
            return text;
        Statement? s = Prepared(ref _byId, "SELECT s FROM name WHERE id = ?1");
        if (s is null)
            return $"?{id}";
        s.Bind(1, id);
        text = s.Step() == raw.SQLITE_ROW ? s.Text(0) ?? "" : $"?{id}";
        s.Reset();
        if (_texts.Count >= Kept)
            _texts.Clear();
        _texts[id] = text;
        return text;
    }

    /// <summary>The number of a word; null when there is none.</summary>
    public long? Find(string text)
    {
        if (_ids.TryGetValue(text, out long id))
            return id;
        Statement? s = Prepared(ref _byText, "SELECT id FROM name WHERE s = ?1");
        if (s is null)
            return null;
        s.BindTextOrEmpty(1, text);
        int code = s.Step();
        long? found = code == raw.SQLITE_ROW ? s.Long(0) : null;
        s.Reset();
        if (found is { } known)
            Keep(text, known);
        return found;
    }

    /// <summary>The number of a word, which is added where it is new; null for null.</summary>
    public long? Intern(string? text)
    {
        if (text is null)
            return null;
        if (Find(text) is { } id)
            return id;
        Statement? s = Prepared(ref _insert, "INSERT INTO name(s) VALUES(?1)");
        if (s is null)
            return null;
        s.BindTextOrEmpty(1, text);
        int code = s.Run();
        if (code != raw.SQLITE_OK)
        {
            Fault = Fault == raw.SQLITE_OK ? code : Fault;
            return null;
        }

        id = raw.sqlite3_last_insert_rowid(db.Handle);
        Keep(text, id);
        return id;
    }

    /// <summary>A transaction was rolled back: what it added is gone.</summary>
    public void Forget()
    {
        _ids.Clear();
        _texts.Clear();
        Fault = raw.SQLITE_OK;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _byId?.Dispose();
        _byText?.Dispose();
        _insert?.Dispose();
    }

    private void Keep(string text, long id)
    {
        if (_ids.Count >= Kept)
            _ids.Clear();
        _ids[text] = id;
    }

    private Statement? Prepared(ref Statement? statement, string sql)
    {
        if (statement is null)
        {
            int code = db.Prepare(sql, out statement);
            Fault = Fault == raw.SQLITE_OK ? code : Fault;
        }

        return statement;
    }
}
