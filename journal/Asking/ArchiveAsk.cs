using InitTx.Journal.History;
using InitTx.Journal.OnDisk;

namespace InitTx.Journal.Asking;

/// <summary>What is asked of the archive's socket.</summary>
public enum AskKind : byte
{
    Boots = (byte)'B',
    Rows = (byte)'Q',
    Days = (byte)'D',
    Current = (byte)'C',
    StatesAt = (byte)'T',
    Sql = (byte)'S',
}

/// <summary>
/// A request to the archive, in a frame of its own (<see cref="AskLimits"/>), little-endian:
/// <code>
/// 0 u8 version · 1 u8 kind · then by kind
/// B  nothing               Q  the fields of HistoryQuery
/// D  unit?, i64 day        C  unit?
/// T  i64 time              S  statement, i32 rows
/// </code>
/// Text is i32 length and UTF-8; "?" is a flag before a value. Reading is total: any bytes give a
/// request or none, never an exception.
/// </summary>
public sealed record ArchiveAsk
{
    private const byte Version = 1;

    public required AskKind Kind { get; init; }

    /// <summary>Of <see cref="AskKind.Rows"/>.</summary>
    public HistoryQuery Query { get; init; } = new();

    /// <summary>A unit's name; null for all.</summary>
    public string? Unit { get; init; }

    /// <summary>A day since 1970, or microseconds since then.</summary>
    public long When { get; init; }

    /// <summary>A statement over the public views.</summary>
    public string Sql { get; init; } = "";

    /// <summary>The most rows of its answer.</summary>
    public int Rows { get; init; }

    /// <summary>The bytes of a request.</summary>
    public byte[] ToBytes()
    {
        var into = new WireWriter();
        into.Byte(Version);
        into.Byte((byte)Kind);
        switch (Kind)
        {
            case AskKind.Rows:
                WriteQuery(into, Query);
                break;
            case AskKind.Days:
                into.MaybeText(Unit);
                into.Long(When);
                break;
            case AskKind.Current:
                into.MaybeText(Unit);
                break;
            case AskKind.StatesAt:
                into.Long(When);
                break;
            case AskKind.Sql:
                into.Text(Sql);
                into.Int(Rows);
                break;
            case AskKind.Boots:
                break;
        }

        return into.Written.ToArray();
    }

    /// <summary>Reads a request.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ArchiveAsk ask)
    {
        var from = new WireReader(bytes);
        bool known = from.Byte() == Version;
        ask = new ArchiveAsk { Kind = (AskKind)from.Byte() };
        switch (ask.Kind)
        {
            case AskKind.Boots:
                break;
            case AskKind.Rows:
                ask = ask with { Query = ReadQuery(ref from) };
                break;
            case AskKind.Days:
                ask = ask with { Unit = from.MaybeText(AskLimits.Name), When = from.Long() };
                break;
            case AskKind.Current:
                ask = ask with { Unit = from.MaybeText(AskLimits.Name) };
                break;
            case AskKind.StatesAt:
                ask = ask with { When = from.Long() };
                break;
            case AskKind.Sql:
                ask = ask with { Sql = from.Text(AskLimits.Statement), Rows = from.Int() };
                break;
            default:
                known = false;
                break;
        }

        return known && from.IsDone && ask.When is >= 0 and <= AskLimits.Most && ask.Rows >= 0;
    }

    private static void WriteQuery(WireWriter into, HistoryQuery query)
    {
        into.Int(query.Units.Count);
        foreach (string unit in query.Units)
            into.Text(unit);
        into.Maybe(query.SinceUs);
        into.Maybe(query.UntilUs);
        into.MaybeText(query.Boot);
        into.Maybe(query.Transaction);
        into.Maybe(query.Uid);
        into.Maybe(query.Pid);
        into.Maybe(query.Seq);
        into.Maybe(query.AfterSeq);
        into.Maybe(query.BeforeSeq);
        into.Maybe(query.AfterOrder);
        into.Maybe(query.BeforeOrder);
        into.Maybe(query.Limit);
        into.Flag(query.Failed);
        into.Flag(query.Refused);
        into.Flag(query.Gaps);
        into.Flag(query.Oldest);
        into.Flag(query.Reverse);
        into.Int(query.Kinds.Count);
        foreach (string kind in query.Kinds)
            into.Text(kind);
    }

    private static HistoryQuery ReadQuery(ref WireReader from)
    {
        string[] units = Names(ref from, AskLimits.Units, AskLimits.Name);
        var query = new HistoryQuery
        {
            Units = units,
            SinceUs = Positive(ref from),
            UntilUs = Positive(ref from),
            Boot = from.MaybeText(AskLimits.Name),
            Transaction = Positive(ref from),
            Uid = Number(ref from),
            Pid = Number(ref from),
            Seq = Positive(ref from),
            AfterSeq = Positive(ref from),
            BeforeSeq = Positive(ref from),
            AfterOrder = Positive(ref from),
            BeforeOrder = Positive(ref from),
            Limit = Number(ref from),
            Failed = from.Flag(),
            Refused = from.Flag(),
            Gaps = from.Flag(),
            Oldest = from.Flag(),
            Reverse = from.Flag(),
        };
        query = query with { Kinds = Names(ref from, AskLimits.Kinds, AskLimits.Word) };
        foreach (string kind in query.Kinds)
        {
            if (!StoredRow.IsKind(kind))
                from.Fail();
        }

        return query;
    }

    private static string[] Names(ref WireReader from, int most, int longest)
    {
        string[] names = new string[from.Count(most)];
        for (int i = 0; i < names.Length; i++)
            names[i] = from.Text(longest);
        return names;
    }

    private static long? Positive(ref WireReader from)
    {
        long? value = from.Maybe();
        if (value is < 0 or > AskLimits.Most)
            from.Fail();
        return value;
    }

    private static int? Number(ref WireReader from)
    {
        long? value = from.Maybe();
        if (value is < -1 or > int.MaxValue)
            from.Fail();
        return from.Failed ? null : (int?)value;
    }
}
