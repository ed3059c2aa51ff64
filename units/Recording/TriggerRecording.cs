using InitTx.Units.Model;

namespace InitTx.Units.Recording;

/// <summary>[Timer], [Path] and [Scope] settings.</summary>
internal static class TriggerRecording
{
    public static void Write(Packer to, TimerSettings timer)
    {
        to.List(timer.Triggers, static (t, trigger) =>
        {
            t.Byte((byte)trigger.Base);
            t.Number(trigger.SpanUs);
            t.OrNull(trigger.Calendar, WriteCalendar);
            t.Source(trigger.Source);
        });
        to.Name(timer.Unit);
        to.Number(timer.AccuracyUs);
        to.Number(timer.RandomizedDelayUs);
        to.Bool(timer.FixedRandomDelay);
        to.Bool(timer.OnClockChange);
        to.Bool(timer.OnTimezoneChange);
        to.Bool(timer.Persistent);
        to.Bool(timer.WakeSystem);
        to.Bool(timer.RemainAfterElapse);
    }

    public static TimerSettings ReadTimer(Unpacker from) => new()
    {
        Triggers = from.Array(static f => new TimerTrigger(
            (TimerBase)f.Byte((byte)TimerBase.UnitInactive), f.Number(),
            f.OrNull(ReadCalendar), f.Source())),
        Unit = from.Name(),
        AccuracyUs = from.Number(),
        RandomizedDelayUs = from.Number(),
        FixedRandomDelay = from.Bool(),
        OnClockChange = from.Bool(),
        OnTimezoneChange = from.Bool(),
        Persistent = from.Bool(),
        WakeSystem = from.Bool(),
        RemainAfterElapse = from.Bool(),
    };

    public static void Write(Packer to, PathSettings path)
    {
        to.List(path.Watches, static (t, watch) =>
        {
            t.Byte((byte)watch.Kind);
            t.Text(watch.Path);
            t.Source(watch.Source);
        });
        to.Name(path.Unit);
        to.Bool(path.MakeDirectory);
        to.Number(path.DirectoryMode);
        to.Number(path.TriggerLimitIntervalUs);
        to.Number(path.TriggerLimitBurst);
    }

    public static PathSettings ReadPath(Unpacker from) => new()
    {
        Watches = from.Array(static f => new PathWatch(
            (PathWatchKind)f.Byte((byte)PathWatchKind.Modified), f.Text(), f.Source())),
        Unit = from.Name(),
        MakeDirectory = from.Bool(),
        DirectoryMode = from.Int(),
        TriggerLimitIntervalUs = from.Number(),
        TriggerLimitBurst = from.Int(),
    };

    public static void Write(Packer to, ScopeSettings scope)
    {
        to.Number(scope.RuntimeMaxUs);
        to.Number(scope.RuntimeRandomizedExtraUs);
        to.Number(scope.TimeoutStopUs);
    }

    public static ScopeSettings ReadScope(Unpacker from) => new()
    {
        RuntimeMaxUs = from.Number(),
        RuntimeRandomizedExtraUs = from.Number(),
        TimeoutStopUs = from.Number(),
    };

    private static void WriteCalendar(Packer to, CalendarExpression calendar)
    {
        to.Number(calendar.Weekdays);
        to.List(calendar.Years, WriteItem);
        to.List(calendar.Months, WriteItem);
        to.List(calendar.MonthDays, WriteItem);
        to.Bool(calendar.FromEndOfMonth);
        to.List(calendar.Hours, WriteItem);
        to.List(calendar.Minutes, WriteItem);
        to.List(calendar.Seconds, WriteItem);
        to.Bool(calendar.IsUtc);
        to.Text(calendar.TimeZone);
    }

    private static CalendarExpression ReadCalendar(Unpacker from) => new()
    {
        Weekdays = from.Int(),
        Years = from.Array(ReadItem),
        Months = from.Array(ReadItem),
        MonthDays = from.Array(ReadItem),
        FromEndOfMonth = from.Bool(),
        Hours = from.Array(ReadItem),
        Minutes = from.Array(ReadItem),
        Seconds = from.Array(ReadItem),
        IsUtc = from.Bool(),
        TimeZone = from.TextOrNull(),
    };

    private static void WriteItem(Packer to, CalendarItem item)
    {
        to.Number(item.Start);
        to.Number(item.Stop);
        to.Number(item.Step);
    }

    private static CalendarItem ReadItem(Unpacker from) =>
        new(from.Int(), from.Int(), from.Int());
}
