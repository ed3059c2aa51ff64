using InitTx.Simulation.Randomness;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Simulation.Boot;

/// <summary>Draws a timer that starts the service of the same name.</summary>
internal static class TimerGenerator
{
    /// <summary>The unit without its dependencies; those that follow from it are added.</summary>
    public static UnitDefinition Draw(Prng p, UnitName name, EdgeSet edges)
    {
        UnitName service = name.WithKind(UnitKind.Service);
        edges.Add(DependencyKind.Before, service);
        edges.Add(DependencyKind.Triggers, service);
        var source = new SourceLocation("/usr/lib/systemd/system/" + name.Value, 4);
        bool isCalendar = p.Percent(50);
        List<TimerTrigger> triggers = isCalendar
            ? [new(TimerBase.Calendar, 0, Calendar(p), source)]
            : [new(TimerBase.Active, Span(p), null, source)];
        if (!isCalendar)
        {
            triggers.Add(new TimerTrigger(
                p.Pick([TimerBase.UnitActive, TimerBase.UnitInactive, TimerBase.Boot]), Span(p),
                null, source));
        }

        return new UnitDefinition
        {
            Name = name,
            LoadState = UnitLoadState.Loaded,
            Description = name.Value,
            FragmentPath = source.Path,
            ContentDigest = "m",
            Timer = new TimerSettings
            {
                Triggers = triggers,
                Unit = service,
                AccuracyUs = p.Pick([0L, 1_000_000, 60_000_000]),
                RandomizedDelayUs = p.Percent(30) ? 20_000_000 : 0,
                FixedRandomDelay = p.Percent(50),
                Persistent = isCalendar && p.Percent(60),
                RemainAfterElapse = p.Percent(80),
            },
        };
    }

    private static long Span(Prng p) => 1_000_000L * p.Between(4, 90);

    private static CalendarExpression Calendar(Prng p) =>
        CalendarParser.Parse(p.Pick(
            ["*:*:00 UTC", "*:*:0/20 UTC", "*:0/5 UTC", "hourly UTC", "daily UTC"]))!;
}
