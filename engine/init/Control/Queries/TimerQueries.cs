using System.Text.Json;
using InitTx.Answers;
using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Linux.Loop;
using InitTx.Protocol;
using InitTx.Units.Model;

namespace InitTx.Init.Control.Queries;

/// <summary>ListTimers: what elapses when, and what that starts.</summary>
internal sealed class TimerQueries(Func<Engine> engine, UnitLookup lookup)
{
    public void ListTimers(in QueryContext query)
    {
        Instant now = MonotonicClock.Now();
        Utf8JsonWriter json = query.Begin();
        json.WriteStartArray("timers"u8);
        string? next = null;
        string? last = null;
        int count = 0;
        foreach (UnitRuntime timer in lookup.SortedAfter(query.Ask.After))
        {
            if (!Matches(query, timer))
                continue;
            if (QueryContext.IsFull(json, count, query.Limit))
            {
                next = last;
                break;
            }

            Write(json, timer, engine().TriggeredBy(timer), now);
            last = timer.Name.Value;
            count++;
        }

        json.WriteEndArray();
        json.WriteString("next"u8, next);
        query.End();
    }

    private static void Write(
        Utf8JsonWriter json, UnitRuntime timer, UnitRuntime? activates, Instant now)
    {
        TimerTimes times = Engine.TimesOf(timer, now);
        json.WriteStartObject();
        json.WriteString("unit"u8, timer.Name.Value);
        json.WriteString("state"u8, StateWords.Of(timer.Active));
        json.WriteString("subState"u8, StateWords.Of(timer.Sub));
        json.WriteString("activates"u8, activates?.Name.Value);
        WriteTime(json, "next"u8, "left"u8, times.NextUs, times.NextUs - now.RealtimeUs);
        WriteTime(json, "last"u8, "passed"u8, times.LastUs, now.RealtimeUs - times.LastUs);
        json.WriteEndObject();
    }

    private static void WriteTime(
        Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> distance, long us,
        long distanceUs)
    {
        if (us == 0)
        {
            json.WriteNull(name);
            json.WriteNull(distance);
            return;
        }

        JsonTime.Write(json, name, new Instant(0, us));
        json.WriteNumber(distance, distanceUs / 1_000_000.0);
    }

    private static bool Matches(in QueryContext query, UnitRuntime unit)
    {
        if (unit.Name.Kind != UnitKind.Timer)
            return false;
        if (query.Ask.Units.Count == 0)
            return query.Ask.All || unit.Active != ActiveState.Inactive;
        for (int i = 0; i < query.Ask.Units.Count; i++)
        {
            if (GlobPattern.Matches(query.Ask.Units[i], unit.Name.Value))
                return true;
        }

        return false;
    }
}
