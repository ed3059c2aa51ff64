using InitTx.Core.Recovery;
using InitTx.Units.Model;

namespace InitTx.Core.Activation;

/// <summary>
/// The zones that timers count in, by name; "" is the machine's local time. The prepare helper
/// reads them; a zone that is not here counts as UTC.
/// </summary>
internal sealed class TimeZones
{
    private const int MaxZones = 512;
    private const long MostUs = long.MaxValue / 4;

    private readonly SortedDictionary<string, TimeZoneTable> _zones = new(StringComparer.Ordinal);

    public bool Has(string name) => _zones.ContainsKey(name);

    /// <summary>The names of all that are here, in their order.</summary>
    public IReadOnlyCollection<string> Names => _zones.Keys;

    public TimeZoneTable Of(CalendarExpression calendar) =>
        calendar.IsUtc || !_zones.TryGetValue(NameOf(calendar), out TimeZoneTable? zone)
            ? TimeZoneTable.Utc
            : zone;

    /// <summary>The name under which a calendar's zone is kept; only when it is not UTC.</summary>
    public static string NameOf(CalendarExpression calendar) => calendar.TimeZone ?? "";

    /// <summary>Takes one in; true when that changes anything.</summary>
    public bool Set(string name, TimeZoneTable zone)
    {
        if (_zones.TryGetValue(name, out TimeZoneTable? known) && known.IsSame(zone))
            return false;
        if (known is null && _zones.Count >= MaxZones)
            return false;
        _zones[name] = zone;
        return true;
    }

    public void Write(RecordWriter to)
    {
        to.Int(_zones.Count);
        foreach ((string name, TimeZoneTable zone) in _zones)
        {
            to.Text(name);
            to.Long(zone.FirstOffsetUs);
            to.Int(zone.Changes.Count);
            for (int i = 0; i < zone.Changes.Count; i++)
            {
                to.Long(zone.Changes[i].AtUs);
                to.Long(zone.Changes[i].OffsetUs);
            }
        }
    }

    public void Read(ref RecordReader from)
    {
        int count = from.Count(MaxZones, "time zones");
        for (int i = 0; i < count && from.Problem is null; i++)
        {
            string name = from.Text();
            long first = from.Long();
            int changes = from.Count(TimeZoneTable.MaxChanges, "changes of a time zone");
            var list = new List<TimeZoneChange>(changes);
            for (int c = 0; c < changes && from.Problem is null; c++)
                list.Add(new TimeZoneChange(from.Long(), from.Long()));
            if (from.Problem is null && IsSound(first, list))
                _zones[name] = new TimeZoneTable { FirstOffsetUs = first, Changes = list };
        }
    }

    /// <summary>Ascending and within reach: what a stranger says of a zone is looked at.</summary>
    public static bool IsSound(long firstOffsetUs, IReadOnlyList<TimeZoneChange> changes)
    {
        if (!IsOffset(firstOffsetUs) || changes.Count > TimeZoneTable.MaxChanges)
            return false;
        for (int i = 0; i < changes.Count; i++)
        {
            if (!IsOffset(changes[i].OffsetUs)
                || changes[i].AtUs is < -MostUs or > MostUs
                || (i > 0 && changes[i].AtUs <= changes[i - 1].AtUs))
                return false;
        }

        return true;
    }

    private static bool IsOffset(long us) =>
        us is >= -TimeZoneTable.MaxOffsetUs and <= TimeZoneTable.MaxOffsetUs;
}
