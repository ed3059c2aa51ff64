using InitTx.Journal.History;

namespace InitTx.Journal.Asking;

/// <summary>
/// Answers as bytes: 0 u8 version · 1 u8 what: 0 an answer, 1 a refusal in words · then the answer.
/// Reading is total; what a mad archive sends is no answer.
/// </summary>
internal static class AnswerForm
{
    private const byte Version = 1;

    private enum CellKind : byte
    {
        Null,
        Long,
        Double,
        Text,
        Bytes,
    }

    /// <summary>Begins an answer.</summary>
    public static WireWriter Begin()
    {
        var into = new WireWriter();
        into.Byte(Version);
        into.Byte(0);
        return into;
    }

    public static byte[] Refusal(string why)
    {
        var into = new WireWriter();
        into.Byte(Version);
        into.Byte(1);
        into.Text(why);
        return into.Written.ToArray();
    }

    /// <summary>Reads the beginning; why there is no answer, else null.</summary>
    public static string? Open(ref WireReader from)
    {
        if (from.Byte() != Version)
            from.Fail();
        byte what = from.Byte();
        if (from.Failed || what > 1)
            return "its answer is not understood";
        if (what == 0)
            return null;
        string why = from.Text(AskLimits.TextMost);
        if (!from.IsDone)
            return "its answer is not understood";
        return why.Length > 0 ? why : "it refuses and does not say why";
    }

    public static void Write(WireWriter into, HistoryRow row)
    {
        into.Long(row.Order);
        into.Text(row.Boot);
        into.Long(row.Seq);
        into.Long(row.TimeUs);
        into.Long(row.MonotonicUs);
        into.Text(row.Kind);
        into.MaybeText(row.Unit);
        into.MaybeText(row.From);
        into.MaybeText(row.To);
        into.MaybeText(row.Result);
        into.Text(row.CauseKind);
        into.Long(row.CauseSeq);
        into.Long(row.Transaction);
        into.Long(row.Job);
        into.Int(row.Pid);
        into.Text(row.ExitKind);
        into.Int(row.ExitCode);
        into.Maybe(row.Uid);
        into.MaybeText(row.Comm);
        into.MaybeText(row.Text);
    }

    public static HistoryRow ReadRow(ref WireReader from) => new()
    {
        Order = from.Long(),
        Boot = from.Text(AskLimits.Name),
        Seq = from.Long(),
        TimeUs = from.Long(),
        MonotonicUs = from.Long(),
        Kind = from.Text(AskLimits.Word),
        Unit = from.MaybeText(AskLimits.TextMost),
        From = from.MaybeText(AskLimits.TextMost),
        To = from.MaybeText(AskLimits.TextMost),
        Result = from.MaybeText(AskLimits.TextMost),
        CauseKind = from.Text(AskLimits.Word),
        CauseSeq = from.Long(),
        Transaction = from.Long(),
        Job = from.Long(),
        Pid = from.Int(),
        ExitKind = from.Text(AskLimits.Word),
        ExitCode = from.Int(),
        Uid = (int?)from.Maybe(),
        Comm = from.MaybeText(AskLimits.TextMost),
        Text = from.MaybeText(AskLimits.TextMost),
        Durability = "disk",
    };

    public static void Write(WireWriter into, ArchivedBoot boot)
    {
        into.Long(boot.Number);
        into.Text(boot.Boot);
        into.Long(boot.FirstSeq);
        into.Long(boot.LastSeq);
        into.Long(boot.BegunUs);
        into.Long(boot.LastUs);
        into.Long(boot.Rows);
        into.Long(boot.Gaps);
        into.Long(boot.Reexecs);
        into.Long(boot.Crashes);
        into.Long(boot.Hangs);
        into.MaybeText(boot.Text);
    }

    public static ArchivedBoot ReadBoot(ref WireReader from) => new(
        from.Long(), from.Text(AskLimits.Name), from.Long(), from.Long(), from.Long(),
        from.Long(), from.Long(), from.Long(), from.Long(), from.Long(), from.Long(),
        from.MaybeText(AskLimits.TextMost));

    public static void Write(WireWriter into, in UnitDay day)
    {
        into.Long(day.Day);
        into.Text(day.Unit);
        into.Text(day.State);
        into.Long(day.Entered);
        into.Long(day.Us);
    }

    public static UnitDay ReadDay(ref WireReader from) => new(
        from.Long(), from.Text(AskLimits.TextMost), from.Text(AskLimits.TextMost), from.Long(),
        from.Long());

    public static void Write(WireWriter into, in UnitNow now)
    {
        into.Text(now.Unit);
        into.Text(now.State);
        into.Long(now.SinceUs);
    }

    public static UnitNow ReadNow(ref WireReader from) =>
        new(from.Text(AskLimits.TextMost), from.Text(AskLimits.TextMost), from.Long());

    public static void Write(WireWriter into, in UnitThen unit)
    {
        into.Text(unit.Unit);
        into.Text(unit.State);
        into.MaybeText(unit.Result);
        into.Long(unit.SinceUs);
        into.Int(unit.MainPid);
    }

    public static UnitThen ReadThen(ref WireReader from) => new(
        from.Text(AskLimits.TextMost), from.Text(AskLimits.TextMost),
        from.MaybeText(AskLimits.TextMost), from.Long(), from.Int());

    public static void WriteCell(WireWriter into, object? cell)
    {
        switch (cell)
        {
            case long number:
                into.Byte((byte)CellKind.Long);
                into.Long(number);
                break;
            case double number:
                into.Byte((byte)CellKind.Double);
                into.Double(number);
                break;
            case string text:
                into.Byte((byte)CellKind.Text);
                into.Text(text);
                break;
            case byte[] bytes:
                into.Byte((byte)CellKind.Bytes);
                into.Bytes(bytes);
                break;
            default:
                into.Byte((byte)CellKind.Null);
                break;
        }
    }

    public static object? ReadCell(ref WireReader from) => (CellKind)from.Byte() switch
    {
        CellKind.Null => null,
        CellKind.Long => from.Long(),
        CellKind.Double => from.Double(),
        CellKind.Text => from.Text(AskLimits.Answer),
        CellKind.Bytes => from.Bytes(AskLimits.Answer),
        _ => from.Fail(),
    };
}
