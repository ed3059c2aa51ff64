using System.Text.Json;
using InitTx.Journal.History;

namespace InitTx.Cli.History.Charts;

/// <summary>A chart as one JSON document: the data of the drawing.</summary>
internal static class ChartJson
{
    public static void Write(Utf8JsonWriter json, Chart chart)
    {
        json.WriteString("boot"u8, chart.Boot);
        json.WriteNumber("transaction"u8, chart.Transaction);
        json.WriteBoolean("isBoot"u8, chart.IsBoot);
        json.WriteString("verb"u8, chart.Verb);
        json.WriteString("goals"u8, chart.Goals);
        json.WriteString("outcome"u8, chart.Outcome);
        json.WriteString("by"u8, chart.By);
        json.WriteString("text"u8, chart.Facts);
        json.WriteString("begun"u8, Sentences.Time(chart.BegunAtUs));
        json.WriteNumber("planned"u8, chart.PlannedUs / 1e6);
        json.WriteNumber("seconds"u8, chart.LengthUs / 1e6);
        json.WriteStartArray("rows"u8);
        foreach (ChartBar bar in chart.Bars)
        {
            json.WriteStartObject();
            WriteBar(json, bar);
            json.WriteNumber("queued"u8, bar.QueuedUs / 1e6);
            json.WriteNumber("after"u8, bar.After);
            json.WriteBoolean("critical"u8, bar.IsCritical);
            json.WriteStartArray("phases"u8);
            foreach (PhaseSpan span in bar.Phases)
            {
                json.WriteStartObject();
                json.WriteString("phase"u8, WordOf(span.Phase));
                json.WriteNumber("from"u8, span.FromUs / 1e6);
                json.WriteNumber("to"u8, span.ToUs / 1e6);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("leftOut"u8, chart.LeftOut);
        WritePath(json, chart);
    }

    /// <summary><c>criticalPath[]</c>, first to last.</summary>
    public static void WritePath(Utf8JsonWriter json, Chart chart)
    {
        json.WriteStartArray("criticalPath"u8);
        foreach (ChartBar bar in chart.CriticalPath)
        {
            json.WriteStartObject();
            WriteBar(json, bar);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteBar(Utf8JsonWriter json, ChartBar bar)
    {
        json.WriteNumber("job"u8, bar.Job);
        json.WriteString("unit"u8, bar.Unit);
        json.WriteString("kind"u8, bar.Kind);
        json.WriteString("result"u8, bar.Result);
        json.WriteNumber("began"u8, bar.BegunUs / 1e6);
        json.WriteNumber("ended"u8, bar.EndedUs / 1e6);
        json.WriteNumber("seconds"u8, bar.TookUs / 1e6);
    }

    private static string WordOf(Phase phase) => phase switch
    {
        Phase.Waiting => "waiting",
        Phase.Activating => "activating",
        Phase.Active => "active",
        Phase.Deactivating => "deactivating",
        Phase.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(phase)),
    };
}
