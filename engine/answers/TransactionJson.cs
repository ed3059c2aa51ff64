using System.Text.Json;
using InitTx.Core;
using InitTx.Core.Job;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;

namespace InitTx.Answers;

/// <summary>A job of a transaction as the journal's rows tell it.</summary>
/// <param name="Kind">CONTRACT's word, as <paramref name="Result"/>.</param>
/// <param name="IsCompensation">It put back what was there before.</param>
public readonly record struct RecordedJob(
    string Unit, string Kind, string Result, Instant Begun, Instant Ended, bool IsCompensation);

/// <summary>A transaction in the shape of `initx tx N --json`.</summary>
public static class TransactionJson
{
    /// <summary>Writes the members of one transaction.</summary>
    /// <param name="withRequester">
    /// False for readers who may not know what others asked: who and why are left out.
    /// </param>
    /// <param name="recorded">Its jobs as the journal has them, where the engine has none.</param>
    public static void Write(
        Utf8JsonWriter json,
        TransactionRuntime transaction,
        bool withRequester,
        IReadOnlyList<RecordedJob>? recorded = null)
    {
        json.WriteNumber("id"u8, transaction.Id.Value);
        json.WriteString("verb"u8, TransactionWords.Of(transaction.Verb));
        DefinitionJson.WriteNames(json, "goals"u8, transaction.Goals);
        if (withRequester)
        {
            WriteRequester(json, transaction.Requester);
            json.WriteString("reason"u8, transaction.Reason);
        }
        else
        {
            json.WriteNull("requester"u8);
            json.WriteNull("reason"u8);
        }

        if (transaction.Undoes.Value > 0)
            json.WriteNumber("undoes"u8, transaction.Undoes.Value);
        else
            json.WriteNull("undoes"u8);
        json.WriteNumber("settle"u8, transaction.SettleUs / 1e6);
        json.WriteBoolean("settling"u8, transaction is { IsOpen: true, IsSettling: true });
        if (transaction.IsOpen)
            json.WriteNull("outcome"u8);
        else
            json.WriteString("outcome"u8, TransactionWords.Of(transaction.Outcome));
        json.WriteNumber("code"u8, (int)transaction.Code);
        JsonTime.Write(json, "begun"u8, transaction.Begun);
        JsonTime.Write(json, "ended"u8, transaction.Ended);
        WriteJobs(json, "jobs"u8, transaction, recorded, compensation: false);
        WriteJobs(json, "rollback"u8, transaction, recorded, compensation: true);
        DefinitionJson.WriteTexts(json, "irreversible"u8, transaction.Irreversible);
        DefinitionJson.WriteTexts(json, "messages"u8, transaction.Messages);
    }

    private static void WriteJobs(
        Utf8JsonWriter json,
        ReadOnlySpan<byte> name,
        TransactionRuntime transaction,
        IReadOnlyList<RecordedJob>? recorded,
        bool compensation)
    {
        json.WriteStartArray(name);
        foreach (TransactionJob job in transaction.Jobs)
        {
            if (job.IsCompensation == compensation)
                WriteJob(json, new RecordedJob(job.Unit.Value, JobWords.Of(job.Kind),
                    JobWords.Of(job.Result), job.Begun, job.Ended, compensation));
        }

        foreach (RecordedJob job in recorded ?? [])
        {
            if (job.IsCompensation == compensation)
                WriteJob(json, job);
        }

        json.WriteEndArray();
    }

    private static void WriteJob(Utf8JsonWriter json, in RecordedJob job)
    {
        json.WriteStartObject();
        json.WriteString("unit"u8, job.Unit);
        json.WriteString("kind"u8, job.Kind);
        json.WriteString("result"u8, job.Result);
        JsonTime.Write(json, "begun"u8, job.Begun);
        JsonTime.Write(json, "ended"u8, job.Ended);
        json.WriteEndObject();
    }

    private static void WriteRequester(Utf8JsonWriter json, Requester who)
    {
        json.WriteStartObject("requester"u8);
        json.WriteNumber("uid"u8, who.Uid);
        json.WriteNumber("gid"u8, who.Gid);
        json.WriteNumber("pid"u8, who.Pid);
        json.WriteString("comm"u8, who.Comm);
        json.WriteString("exe"u8, who.Exe);
        json.WriteString("tty"u8, who.Tty);
        json.WriteNumber("loginUid"u8, who.LoginUid);
        json.WriteString("cgroup"u8, who.Cgroup);
        json.WriteString("unit"u8, UnitOf(who.Cgroup));
        json.WriteBoolean("verified"u8, who.Verified);
        json.WriteEndObject();
    }

    // The innermost part of the path that is named as a unit: below a service may be cgroups of
    // its own.
    private static string? UnitOf(string cgroup)
    {
        string[] parts = cgroup.Split('/');
        for (int i = parts.Length - 1; i >= 0; i--)
        {
            if (parts[i].EndsWith(".service", StringComparison.Ordinal)
                || parts[i].EndsWith(".scope", StringComparison.Ordinal))
            {
                return parts[i];
            }
        }

        return null;
    }
}
