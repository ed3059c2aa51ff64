using System.Text.Json;
using InitTx.Answers;
using InitTx.Core;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;
using InitTx.Protocol;

namespace InitTx.Init.Control.Queries;

/// <summary>
/// GetVersion, GetManager, ListJobs, GetTransaction, ListTransactions and Varlink's own.
/// </summary>
internal sealed class ManagerQueries(Func<Engine> engine, ISystemFacts facts, IRowSource rows)
{
    /// <summary>Names of failed units in the manager's state; the rest is a list's work.</summary>
    private const int FailedNames = 256;

    private readonly List<TransactionRuntime> _transactions = [];

    public static void Ping(in QueryContext query)
    {
        query.Begin();
        query.End();
    }

    public void GetVersion(in QueryContext query)
    {
        Utf8JsonWriter json = query.Begin();
        json.WriteString("product"u8, "InitTx"u8);
        json.WriteString("version"u8, facts.Version);
        json.WriteNumber("protocol"u8, ManagerInterface.Version);
        query.End();
    }

    public void GetInfo(in QueryContext query)
    {
        Utf8JsonWriter json = query.Begin();
        json.WriteString("vendor"u8, "InitTx"u8);
        json.WriteString("product"u8, "initxd"u8);
        json.WriteString("version"u8, facts.Version);
        json.WriteString("url"u8, ""u8);
        json.WriteStartArray("interfaces"u8);
        json.WriteStringValue(ManagerInterface.ServiceName);
        json.WriteStringValue(ManagerInterface.Name);
        json.WriteEndArray();
        query.End();
    }

    public static void GetInterfaceDescription(in QueryContext query)
    {
        if (InterfaceDescription.Of(query.Ask.Interface!) is not { } text)
        {
            query.Writer.Error(
                query.Output,
                ManagerInterface.ErrorInterfaceNotFound,
                "interface",
                query.Ask.Interface,
                "");
            return;
        }

        query.Begin().WriteString("description"u8, text);
        query.End();
    }

    public void GetManager(in QueryContext query)
    {
        Engine now = engine();
        Utf8JsonWriter json = query.Begin();
        json.WriteString("version"u8, facts.Version);
        json.WriteNumber("pid"u8, facts.Pid);
        json.WriteString("boot"u8, facts.BootId);
        json.WriteString("state"u8, ManagerStateWords.Of(now.State));
        WriteUnits(json, now);
        json.WriteNumber("jobs"u8, now.Jobs.Count);
        WriteJournal(json);
        json.WriteNumber("crashes"u8, facts.Crashes);
        json.WriteNumber("reexecs"u8, facts.Reexecs);
        json.WriteString("rung"u8, facts.Rung);
        json.WriteNumber("uptime"u8, facts.UptimeUs / 1e6);
        DefinitionJson.WriteTexts(json, "missing"u8, facts.MissingFeatures);
        json.WriteStartObject("logs"u8);
        json.WriteString("target"u8, facts.Logs.Target);
        json.WriteString("directory"u8, facts.Logs.Directory);
        json.WriteString("volatile"u8, facts.Logs.Volatile);
        json.WriteEndObject();
        query.End();
    }

    public void ListJobs(in QueryContext query)
    {
        Utf8JsonWriter json = query.Begin();
        json.WriteStartArray("jobs"u8);
        long last = 0;
        long next = 0;
        int count = 0;
        foreach (UnitJob job in engine().Jobs)
        {
            if (job.Id.Value <= query.Ask.AfterSeq)
                continue;
            if (QueryContext.IsFull(json, count, query.Limit))
            {
                next = last;
                break;
            }

            json.WriteStartObject();
            UnitJson.WriteJob(json, job);
            json.WriteEndObject();
            last = job.Id.Value;
            count++;
        }

        json.WriteEndArray();
        WriteNext(json, next);
        query.End();
    }

    public void GetTransaction(in QueryContext query)
    {
        long id = query.Ask.Transaction;
        if (engine().FindTransaction(new TransactionId(id)) is not { } transaction)
        {
            query.Refuse(
                ExitCode.Failed,
                $"transaction {id} is neither open nor among the last ended ones: "
                    + $"initx history --tx={id}");
            return;
        }

        Utf8JsonWriter json = query.Begin();
        json.WriteStartObject("transaction"u8);
        bool isForgotten = !transaction.IsOpen && transaction.Jobs.Count == 0;
        TransactionJson.Write(json, transaction, MaySee(query, transaction),
            isForgotten ? RecordedJobs.Of(rows, id) : null);
        json.WriteEndObject();
        query.End();
    }

    public void ListTransactions(in QueryContext query)
    {
        Engine now = engine();
        _transactions.Clear();
        _transactions.AddRange(now.EndedTransactions);
        _transactions.AddRange(now.OpenTransactions);
        _transactions.Sort(static (a, b) => a.Id.Value.CompareTo(b.Id.Value));
        Utf8JsonWriter json = query.Begin();
        json.WriteStartArray("transactions"u8);
        long last = 0;
        long next = 0;
        int count = 0;
        foreach (TransactionRuntime transaction in _transactions)
        {
            if (transaction.Id.Value <= query.Ask.AfterSeq)
                continue;
            if (QueryContext.IsFull(json, count, query.Limit))
            {
                next = last;
                break;
            }

            json.WriteStartObject();
            TransactionJson.Write(json, transaction, MaySee(query, transaction));
            json.WriteEndObject();
            last = transaction.Id.Value;
            count++;
        }

        json.WriteEndArray();
        WriteNext(json, next);
        query.End();
        _transactions.Clear();
    }

    private static bool MaySee(in QueryContext query, TransactionRuntime transaction) =>
        query.Privileged || transaction.Requester.Uid == query.Peer.Requester.Uid;

    private static void WriteUnits(Utf8JsonWriter json, Engine now)
    {
        Span<int> counts = stackalloc int[6];
        foreach (UnitRuntime unit in now.Units)
            counts[(int)unit.Active]++;
        json.WriteStartObject("units"u8);
        json.WriteNumber("total"u8, now.Units.Count);
        json.WriteNumber("active"u8, counts[(int)ActiveState.Active]);
        json.WriteNumber("inactive"u8, counts[(int)ActiveState.Inactive]);
        json.WriteNumber("failed"u8, counts[(int)ActiveState.Failed]);
        json.WriteNumber("activating"u8, counts[(int)ActiveState.Activating]);
        json.WriteNumber("deactivating"u8, counts[(int)ActiveState.Deactivating]);
        json.WriteNumber("reloading"u8, counts[(int)ActiveState.Reloading]);
        json.WriteEndObject();
        json.WriteStartArray("failed"u8);
        int named = 0;
        if (counts[(int)ActiveState.Failed] > 0)
        {
            foreach (UnitRuntime unit in now.Units)
            {
                if (unit.Active == ActiveState.Failed && named++ < FailedNames)
                    json.WriteStringValue(unit.Name.Value);
            }
        }

        json.WriteEndArray();
    }

    private void WriteJournal(Utf8JsonWriter json)
    {
        JournalFacts journal = facts.Journal;
        json.WriteStartObject("journal"u8);
        json.WriteString("level"u8, journal.Level switch
        {
            JournalLevel.Full => "full"u8,
            JournalLevel.ArchiveAway => "archive-away"u8,
            JournalLevel.Ring => "ring"u8,
            JournalLevel.None => "none"u8,
            _ => throw new ArgumentOutOfRangeException(nameof(json)),
        });
        json.WriteNumber("rows"u8, journal.Rows);
        json.WriteNumber("gaps"u8, journal.Gaps);
        json.WriteString("archive"u8, journal.Archive);
        json.WriteEndObject();
    }

    private static void WriteNext(Utf8JsonWriter json, long next)
    {
        if (next > 0)
            json.WriteNumber("next"u8, next);
        else
            json.WriteNull("next"u8);
    }
}
