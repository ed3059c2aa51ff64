using System.Text.Json;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Logs;
using InitTx.Journal.History;
using InitTx.Protocol.Answers;

namespace InitTx.Cli.Rendering;

/// <summary>`initx status UNIT`, for people and as JSON.</summary>
internal static class UnitView
{
    /// <summary>The manager's object with what only the disk and the record know added.</summary>
    public static void WriteJson(
        Session session,
        UnitAnswer unit,
        JsonElement raw,
        IReadOnlyList<HistoryRowAnswer> rows,
        IReadOnlyList<LogLine> log)
    {
        JsonLines.WriteObject(session.Out, json =>
        {
            foreach (JsonProperty property in raw.EnumerateObject())
                property.WriteTo(json);
            json.WriteString("enabled"u8, session.Enablement.Of(unit));
            LogLine.WriteAll(json, "lastLog", log);
            json.WriteStartArray("recent"u8);
            foreach (HistoryRowAnswer row in rows)
            {
                json.WriteStartObject();
                json.WriteNumber("seq"u8, row.Seq);
                json.WriteString("time"u8, Sentences.Time(HistoryRows.Micros(row.Time)));
                json.WriteString("text"u8, Sentences.Of(HistoryRows.Of(row)));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    public static void Write(
        Session session,
        UnitAnswer unit,
        IReadOnlyList<HistoryRowAnswer> rows,
        IReadOnlyList<LogLine> log)
    {
        Paint paint = session.Paint;
        string dot = unit.State switch
        {
            "active" or "reloading" => paint.Good("●"),
            "failed" => paint.Bad("×"),
            "activating" or "deactivating" => paint.Warn("●"),
            _ => "○",
        };
        string about = unit.Description.Length > 0 && unit.Description != unit.Unit
            ? $" - {unit.Description}"
            : "";
        session.Out.WriteLine($"{dot} {SafeText.Clean(unit.Unit + about)}");
        var fields = new Fields(session, "Triggered by");
        WriteFiles(session, fields, unit);
        fields.AddPainted("Active", Active(session, unit));
        fields.Add("Why", unit.Failure);
        fields.Add("Condition", unit.Condition);
        WriteProcesses(session, fields, unit);
        if (unit.Job is { } job)
        {
            string waits = string.IsNullOrEmpty(job.WaitsFor) ? "" : $", waits for {job.WaitsFor}";
            fields.Add(
                "Job", $"{job.Job} {job.Kind} {job.State} of transaction {job.Transaction}{waits}");
        }

        fields.Add("Transaction", unit.Transaction > 0 ? Numbers.Plain(unit.Transaction) : null);
        fields.Add("Not applied", unit.NotApplied);
        if (unit.Unhonoured > 0)
            fields.Add("Unhonoured", $"{unit.Unhonoured} directives (initx lint {unit.Unit})");
        WriteRows(session, rows);
        WriteLog(session, log);
        session.Out.WriteLine();
    }

    private static void WriteFiles(Session session, Fields fields, UnitAnswer unit)
    {
        string where = unit.Path is { } path ? $" ({path}; {session.Enablement.Of(unit)})" : "";
        fields.Add("Loaded", unit.LoadState + where);
        if (unit.LoadError is { } error)
            fields.Add("Error", error);
        if (unit.DiskError is { } broken)
            fields.Add("On disk", $"{broken}; what is loaded is older (initx diff {unit.Unit})");
        foreach (string dropIn in unit.DropIns ?? [])
            fields.Add("Drop-in", dropIn);
        foreach (string trigger in unit.TriggeredBy ?? [])
            fields.Add("Triggered by", trigger);
        foreach (string documentation in unit.Documentation ?? [])
            fields.Add("Docs", documentation);
    }

    private static string Active(Session session, UnitAnswer unit)
    {
        string result = unit.Result is "" or "success" ? "" : $", {unit.Result}";
        if (unit.Freezer is "frozen" or "freezing")
            result += $", {unit.Freezer}";
        string state = session.Paint.State(
            unit.State, SafeText.Clean($"{unit.State} ({unit.SubState}{result})"));
        if (unit.Since is not { } since)
            return state;
        TimeSpan ago = session.Host.Now() - since;
        return $"{state} since {Numbers.Time(since, session.Host.TimeZone())}; "
            + $"{Durations.Format(ago)} ago";
    }

    private static void WriteProcesses(Session session, Fields fields, UnitAnswer unit)
    {
        if (unit.MainPid > 0)
            fields.Add("Main PID", Numbers.Plain(unit.MainPid));
        else if (unit.MainExit is { Kind: { Length: > 0 } kind } exit)
            fields.Add("Main process", kind == "exited"
                ? $"exited with status {exit.Code}"
                : $"{kind} by {Sentences.SignalName(exit.Code)}");
        if (unit.ControlPid > 0)
            fields.Add("Control PID", Numbers.Plain(unit.ControlPid));
        fields.Add("Status", unit.StatusText);
        if (unit.Restarts > 0)
            fields.Add("Restarts", Numbers.Plain(unit.Restarts));
        if (unit.StartLimit is { } limit)
            fields.Add("Start limit", StartBudget.Words(session, limit));
        if (unit.Connections is { } c)
        {
            fields.Add("Connections", FormattableString.Invariant(
                $"{c.Served} served now, {c.Accepted} accepted, {c.Refused} refused"));
        }

        fields.Add("Tasks", unit.Tasks is { } tasks ? Numbers.Plain(tasks) : null);
        string peak = unit.MemoryPeak is { } most ? $" (peak {Numbers.Bytes(most)})" : "";
        fields.Add("Memory", unit.Memory is { } memory ? Numbers.Bytes(memory) + peak : null);
        fields.Add("CPU", unit.CpuNs is { } ns
            ? Durations.Format(TimeSpan.FromMicroseconds(ns / 1000)) : null);
        fields.Add("IO", unit.IoReadBytes is { } read && unit.IoWriteBytes is { } written
            ? $"{Numbers.Bytes(read)} read, {Numbers.Bytes(written)} written" : null);
        fields.Add("CGroup", unit.Cgroup);
    }

    private static void WriteLog(Session session, IReadOnlyList<LogLine> log)
    {
        if (log.Count == 0)
            return;
        session.Out.WriteLine();
        foreach (LogLine line in log)
            session.Out.WriteLine(line.Show(session));
    }

    private static void WriteRows(Session session, IReadOnlyList<HistoryRowAnswer> rows)
    {
        if (rows.Count == 0)
            return;
        session.Out.WriteLine();
        foreach (HistoryRowAnswer row in rows)
        {
            string time = Numbers.Stamp(row.Time, session.Host.TimeZone());
            session.Out.WriteLine(
                $"{session.Paint.Faint(time)} {SafeText.Clean(Sentences.Of(HistoryRows.Of(row)))}");
        }
    }
}
