using System.Text.Json;
using InitTx.Answers;
using InitTx.Core.Ports;
using InitTx.Journal.Reading;
using InitTx.Protocol;

namespace InitTx.Init.Control.Queries;

/// <summary>ReadHistory: rows since or before a number; readers never open the store.</summary>
internal sealed class HistoryQueries(IRowSource rows)
{
    public void ReadHistory(in QueryContext query)
    {
        var ask = query.Ask;
        bool backwards = (ask.Present & ParameterKeys.BeforeSeq) != 0;
        if (backwards && (ask.Present & ParameterKeys.AfterSeq) != 0)
        {
            query.Invalid("beforeSeq", "excludes afterSeq");
            return;
        }

        if (ask.Units.Count > RowFilter.MaxUnits)
        {
            query.Invalid("units", $"has more than {RowFilter.MaxUnits} entries");
            return;
        }

        var filter = new RowFilter
        {
            Units = ask.Units,
            Transaction = ask.Transaction,
            ViewerUid = query.Privileged ? -1 : query.Peer.Requester.Uid,
        };
        int limit = ask.Limit > 0 ? ask.Limit : ProtocolLimits.HistoryRows;
        RowPage page = backwards
            ? rows.RowsBefore(ask.BeforeSeq, limit, filter)
            : rows.RowsSince(ask.AfterSeq, limit, filter);
        Write(query, page);
    }

    private void Write(in QueryContext query, RowPage page)
    {
        Utf8JsonWriter json = query.Begin();
        json.WriteStartArray("rows"u8);
        foreach (JournalRow row in page.Rows)
            WriteRow(json, row);
        json.WriteEndArray();
        json.WriteNumber("head"u8, rows.HeadSeq);
        json.WriteNumber("cursor"u8, page.Cursor);
        json.WriteBoolean("more"u8, page.More);
        json.WriteString("problem"u8, page.Problem);
        json.WriteString("boot"u8, rows.Boot);
        json.WriteString("archive"u8, rows.ArchivePath);
        json.WriteNumber("kept"u8, rows.Kept);
        query.End();
    }

    private static void WriteRow(Utf8JsonWriter json, in JournalRow row)
    {
        JournalRecord record = row.Record;
        json.WriteStartObject();
        json.WriteNumber("seq"u8, record.Seq);
        json.WriteString("boot"u8, row.Boot);
        JsonTime.Write(json, "time"u8, record.Time);
        json.WriteNumber("monotonicUs"u8, record.Time.MonotonicUs);
        json.WriteString("kind"u8, RecordWords.Of(record.Kind));
        json.WriteString("unit"u8, record.Unit);
        json.WriteString("from"u8, record.From);
        json.WriteString("to"u8, record.To);
        json.WriteString("result"u8, record.Result);
        json.WriteStartObject("cause"u8);
        json.WriteString("kind"u8, RecordWords.Of(record.Cause));
        json.WriteNumber("seq"u8, record.CauseSeq);
        json.WriteString("text"u8, record.Text);
        json.WriteEndObject();
        json.WriteNumber("transaction"u8, record.Transaction);
        json.WriteNumber("job"u8, record.Job);
        json.WriteNumber("pid"u8, record.Pid);
        WriteExit(json, record);
        json.WriteNumber("uid"u8, record.Uid);
        json.WriteString("comm"u8, record.Comm);
        json.WriteString("durability"u8, JournalRow.WordOf(row.Durability));
        json.WriteEndObject();
    }

    private static void WriteExit(Utf8JsonWriter json, in JournalRecord record)
    {
        if (record.ExitKind == ExitKind.None)
        {
            json.WriteNull("exit"u8);
            return;
        }

        json.WriteStartObject("exit"u8);
        json.WriteString("kind"u8, RecordWords.Of(record.ExitKind));
        json.WriteNumber("code"u8, record.ExitCode);
        json.WriteEndObject();
    }
}
