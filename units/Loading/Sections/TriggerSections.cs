using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>
/// [Timer], [Path] and [Scope] (systemd.timer(5), systemd.path(5), systemd.scope(5)).
/// </summary>
internal static class TriggerSections
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s) => s.Section switch
    {
        "Timer" => Trigger(s) || Timer(s),
        "Path" => Watch(s) || Path(s),
        "Scope" => Scope(s),
        _ => false,
    };

    private static bool Trigger(in Setting s)
    {
        TimerBase? from = s.Key switch
        {
            "OnCalendar" => TimerBase.Calendar,
            "OnActiveSec" => TimerBase.Active,
            "OnBootSec" => TimerBase.Boot,
            "OnStartupSec" => TimerBase.Startup,
            "OnUnitActiveSec" => TimerBase.UnitActive,
            "OnUnitInactiveSec" => TimerBase.UnitInactive,
            _ => null,
        };
        if (from is not { } known)
            return false;
        TimerSettings t = s.Draft.Timer;
        if (s.IsReset)
        {
            // Whichever of them is empty, all are forgotten.
            s.Draft.Timer = t with { Triggers = [] };
            return true;
        }

        if (t.Triggers.Count >= s.Draft.Limits.MaxListItems)
            s.Warn($"more than {s.Draft.Limits.MaxListItems} times; the rest is ignored");
        else if (Read(s, known) is { } trigger)
        {
            List<TimerTrigger> list = Setting.Own(t.Triggers);
            list.Add(trigger);
            s.Draft.Timer = t with { Triggers = list };
        }

        return true;
    }

    private static TimerTrigger? Read(in Setting s, TimerBase from)
    {
        if (!s.TryExpand(out string text))
            return null;
        if (from == TimerBase.Calendar)
        {
            if (CalendarParser.Parse(text) is { } calendar)
                return new TimerTrigger(from, 0, calendar, s.Source);
            s.Warn($"'{s.Shown}' is no calendar event, ignored; write for example daily, "
                + "Mon *-*-* 06:30:00 or *:0/15");
            return null;
        }

        if (DurationParser.TryParse(text, out long us))
            return new TimerTrigger(from, us, null, s.Source);
        s.Warn($"'{s.Shown}' is no time span, ignored; write for example 90, 1min 30s or 2h");
        return null;
    }

    private static bool Timer(in Setting s)
    {
        TimerSettings t = s.Draft.Timer;
        switch (s.Key)
        {
            case "Unit":
                Triggered(s);
                return true;
            case "AccuracySec":
                t = t with { AccuracyUs = s.Duration(t.AccuracyUs) };
                break;
            case "RandomizedDelaySec":
                t = t with { RandomizedDelayUs = s.Duration(t.RandomizedDelayUs) };
                break;
            case "FixedRandomDelay":
                t = t with { FixedRandomDelay = s.Boolean(t.FixedRandomDelay) };
                break;
            case "OnClockChange":
                t = t with { OnClockChange = s.Boolean(t.OnClockChange) };
                break;
            case "OnTimezoneChange":
                t = t with { OnTimezoneChange = s.Boolean(t.OnTimezoneChange) };
                break;
            case "Persistent":
                t = t with { Persistent = s.Boolean(t.Persistent) };
                break;
            case "WakeSystem":
                t = t with { WakeSystem = s.Boolean(t.WakeSystem) };
                break;
            case "RemainAfterElapse":
                t = t with { RemainAfterElapse = s.Boolean(t.RemainAfterElapse) };
                break;
            default:
                return false;
        }

        s.Draft.Timer = t;
        return true;
    }

    private static bool Watch(in Setting s)
    {
        PathWatchKind? kind = s.Key switch
        {
            "PathExists" => PathWatchKind.Exists,
            "PathExistsGlob" => PathWatchKind.ExistsGlob,
            "DirectoryNotEmpty" => PathWatchKind.DirectoryNotEmpty,
            "PathChanged" => PathWatchKind.Changed,
            "PathModified" => PathWatchKind.Modified,
            _ => null,
        };
        if (kind is not { } known)
            return false;
        PathSettings p = s.Draft.Path;
        if (s.IsReset)
        {
            s.Draft.Path = p with { Watches = [] };
            return true;
        }

        if (!s.TryPath(s.Value, 0, absolute: true, out string path))
            return true;
        if (p.Watches.Count >= s.Draft.Limits.MaxListItems)
        {
            s.Warn($"more than {s.Draft.Limits.MaxListItems} paths; the rest is ignored");
            return true;
        }

        List<PathWatch> list = Setting.Own(p.Watches);
        list.Add(new PathWatch(known, path, s.Source));
        s.Draft.Path = p with { Watches = list };
        return true;
    }

    private static bool Path(in Setting s)
    {
        PathSettings p = s.Draft.Path;
        switch (s.Key)
        {
            case "Unit":
                Triggered(s);
                return true;
            case "MakeDirectory":
                p = p with { MakeDirectory = s.Boolean(p.MakeDirectory) };
                break;
            case "DirectoryMode":
                p = p with { DirectoryMode = s.Mode(p.DirectoryMode) };
                break;
            case "TriggerLimitIntervalSec":
                p = p with { TriggerLimitIntervalUs = s.Duration(p.TriggerLimitIntervalUs) };
                break;
            case "TriggerLimitBurst":
                p = p with { TriggerLimitBurst = s.Integer(p.TriggerLimitBurst, 0, int.MaxValue) };
                break;
            default:
                return false;
        }

        s.Draft.Path = p;
        return true;
    }

    // One unit is triggered, the first that is named.
    private static void Triggered(in Setting s)
    {
        if (s.Draft.Triggered is { } first)
            s.Warn($"{first.Target} is triggered already, ignored");
        else if (DependencySection.Name(s, s.Value, 0) is not { } name)
            return;
        else if (name == s.Draft.Name)
            s.Warn("a unit cannot trigger itself, ignored");
        else
            s.Draft.Triggered = (name, s.Source);
    }

    private static bool Scope(in Setting s)
    {
        ScopeSettings c = s.Draft.Scope;
        switch (s.Key)
        {
            case "RuntimeMaxSec":
                c = c with { RuntimeMaxUs = s.Duration(c.RuntimeMaxUs) };
                break;
            case "RuntimeRandomizedExtraSec":
                c = c with { RuntimeRandomizedExtraUs = s.Duration(c.RuntimeRandomizedExtraUs) };
                break;
            case "TimeoutStopSec":
                c = c with { TimeoutStopUs = s.TryTimeout(out long us) ? us : c.TimeoutStopUs };
                break;
            default:
                return false;
        }

        s.Draft.Scope = c;
        return true;
    }
}
