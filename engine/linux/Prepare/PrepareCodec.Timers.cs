using InitTx.Units.Model;

namespace InitTx.Linux.Prepare;

/// <summary>Timers: stamps and time zones.</summary>
public sealed partial class PrepareCodec
{
    private static void WriteTimer(WireWriter w, PrepareAnswer.Timer a)
    {
        w.UInt64((ulong)a.StampUs);
        w.UInt32((uint)a.Zones.Count);
        foreach ((string name, TimeZoneTable zone) in a.Zones)
        {
            w.Text(name);
            w.UInt64((ulong)zone.FirstOffsetUs);
            w.UInt32((uint)zone.Changes.Count);
            foreach (TimeZoneChange change in zone.Changes)
            {
                w.UInt64((ulong)change.AtUs);
                w.UInt64((ulong)change.OffsetUs);
            }
        }
    }

    private static PrepareAnswer.Timer ReadTimer(ref WireReader r, ulong token, string? error)
    {
        long stamp = (long)(r.UInt64() & long.MaxValue);
        int count = r.Count(16);
        var zones = new List<KeyValuePair<string, TimeZoneTable>>(count);
        for (int i = 0; i < count && !r.Failed; i++)
        {
            string name = r.Required();
            long first = (long)r.UInt64();
            int changes = r.Count(16);
            var list = new List<TimeZoneChange>(changes);
            for (int c = 0; c < changes && !r.Failed; c++)
                list.Add(new TimeZoneChange((long)r.UInt64(), (long)r.UInt64()));
            zones.Add(new(name, new TimeZoneTable { FirstOffsetUs = first, Changes = list }));
        }

        return new PrepareAnswer.Timer(token, error, stamp, zones);
    }
}
