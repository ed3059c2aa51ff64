using InitTx.Units.Model;

namespace InitTx.Linux.Prepare;

/// <summary>Path units: what to watch, and which events of the watch matter.</summary>
public sealed partial class PrepareCodec
{
    private static void WriteWatch(WireWriter w, PrepareQuestion.WatchPaths q)
    {
        w.UInt32((uint)q.Watches.Count);
        foreach (PathWatch watch in q.Watches)
        {
            w.UInt16((ushort)watch.Kind);
            w.Text(watch.Path);
            WriteSource(w, watch.Source);
        }

        w.Bool(q.Makes);
        w.Int32(q.Mode);
    }

    private static PrepareQuestion.WatchPaths? ReadWatch(
        ref WireReader r, ulong token, UnitName unit)
    {
        int count = r.Count(10);
        var watches = new List<PathWatch>(count);
        for (int i = 0; i < count && !r.Failed; i++)
        {
            ushort kind = r.UInt16();
            if (kind > (ushort)PathWatchKind.Modified)
                return null;
            watches.Add(new PathWatch((PathWatchKind)kind, r.Required(), ReadSource(ref r)));
        }

        return new PrepareQuestion.WatchPaths(token, unit, watches, r.Bool(), r.Int32());
    }

    private static void WriteWatching(WireWriter w, PrepareAnswer.Watching a)
    {
        w.UInt32((uint)a.Stamps.Count);
        foreach (long stamp in a.Stamps)
            w.UInt64((ulong)stamp);
        w.UInt32((uint)a.Entries.Count);
        foreach (WatchEntry entry in a.Entries)
        {
            w.Int32(entry.Watch);
            w.UInt32(entry.Mask);
            w.Text(entry.Name);
            w.Int32(entry.Path);
        }
    }

    private static PrepareAnswer.Watching ReadWatching(
        ref WireReader r, ulong token, string? error)
    {
        int count = r.Count(8);
        var stamps = new List<long>(count);
        for (int i = 0; i < count && !r.Failed; i++)
            stamps.Add((long)r.UInt64());
        count = r.Count(16);
        var entries = new List<WatchEntry>(count);
        for (int i = 0; i < count && !r.Failed; i++)
            entries.Add(new WatchEntry(r.Int32(), r.UInt32(), r.Text(), r.Int32()));
        return new PrepareAnswer.Watching(token, error, stamps, entries);
    }
}
