using System.Text;
using System.Text.Json;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Journal.History;
using InitTx.Linux.Logging;
using InitTx.Units.Parsing;

namespace InitTx.Cli.Logs;

/// <summary>One line that a unit wrote, as the logger kept it.</summary>
internal readonly record struct LogLine(string Unit, LogRecord Record, byte[] Bytes)
{
    private const int Error = 3;
    private const int Warning = 4;

    /// <summary>What was written; bytes that are no UTF-8 are shown as U+FFFD.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>For people: when, who, what.</summary>
    public string Show(Session session)
    {
        string time = session.Paint.Faint(Numbers.Stamp(
            DateTimeOffset.UnixEpoch.AddMicroseconds(Record.TimeUs), session.Host.TimeZone()));
        string role = Record.Role == "main" ? "" : " " + Record.Role;
        return $"{time} {SafeText.Clean(Unit)}[{Record.Pid}{role}]: {Painted(session)}";
    }

    /// <summary>The keys of a line as JSON.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("time"u8, Sentences.Time(Record.TimeUs));
        json.WriteString("boot"u8, Record.Boot);
        json.WriteString("unit"u8, Unit);
        json.WriteNumber("pid"u8, Record.Pid);
        json.WriteString("role"u8, Record.Role);
        json.WriteString("level"u8, SyslogWords.LevelNames[Record.Level]);
        json.WriteBoolean("continues"u8, Record.IsCut);
        json.WriteBoolean("remark"u8, Record.IsRemark);
        json.WriteString("text"u8, Text);
    }

    /// <summary>An array of lines, under a name.</summary>
    public static void WriteAll(Utf8JsonWriter json, string name, IReadOnlyList<LogLine> lines)
    {
        json.WriteStartArray(name);
        foreach (LogLine line in lines)
        {
            json.WriteStartObject();
            line.Write(json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>One object on a line of its own.</summary>
    public void WriteJson(Session session)
    {
        LogLine line = this;
        JsonLines.WriteObject(session.Out, json => line.Write(json));
    }

    private string Painted(Session session)
    {
        string text = SafeText.Clean(Text);
        return Record.IsRemark ? session.Paint.Warn($"({text})")
            : Record.Level <= Error ? session.Paint.Bad(text)
            : Record.Level == Warning ? session.Paint.Warn(text)
            : text;
    }
}
