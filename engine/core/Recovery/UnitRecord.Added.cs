using InitTx.Core.Activation;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Recovery;

/// <summary>What came to the form of a unit's record later, at its end.</summary>
internal static partial class UnitRecord
{
    private const int MaxPaths = 4_096;

    // What came later stands at the end; a record without it is of an image that had none.
    private static void WriteAdded(UnitRuntime unit, RecordWriter to)
    {
        to.Time(unit.Began);
        to.Time(unit.Ended);
        to.Bool(unit.Timer is not null);
        unit.Timer?.Write(to);
        to.Int(unit.PathStamps.Length);
        foreach (long stamp in unit.PathStamps)
            to.Long(stamp);
        to.Bool(unit.IsPresent);
        WriteSeen(unit, to);
        to.Bool(unit.IsLimited);
        to.Text(StateWords.Of(unit.Before.Result));
        to.Text(RecordWords.Of(unit.Before.Kind));
        to.Int(unit.Before.Code);
        WriteConnection(unit, to);
        to.Bool(unit.Asked is not null);
        if (unit.Asked is { } asked)
            to.Text(Words.Of(asked));
        WriteWork(unit, to);

        // Images before this tail refuse a record that has it: who was never frozen has none.
        if (unit.FreezerSince == default)
            return;
        to.Bool(unit.IsFrozen);
        to.Time(unit.FreezerSince);
    }

    private static void WriteConnection(UnitRuntime unit, RecordWriter to)
    {
        to.Text(unit.Definition.AcceptedBy.IsNone ? null : unit.Definition.AcceptedBy.Value);
        to.Bool(unit.Connection is not null);
        if (unit.Connection is { } served)
        {
            to.Ulong(served.Ticket);
            to.Text(served.Source);
        }

        to.Bool(unit.Accepting is not null);
        if (unit.Accepting is not { } count)
            return;
        to.Long(count.Accepted);
        to.Long(count.Refused);
        to.Ulong(count.LastTicket);
    }

    private static void ReadConnection(UnitRuntime unit, ref RecordReader from)
    {
        string? by = from.TextOrNull();
        if (by is not null)
        {
            if (!UnitName.TryParse(by, out UnitName socket) || socket.Kind != UnitKind.Socket)
                from.Fail("what accepted a connection is no socket");
            else
                unit.Definition = unit.Definition with { AcceptedBy = socket };
        }

        if (from.Bool())
        {
            unit.Connection = new ServedConnection(from.Ulong(), from.Text());
            if (by is null)
                from.Fail("a connection came in by no socket");
        }

        if (!from.Bool())
            return;
        unit.Accepting = new AcceptCount
        {
            Accepted = Math.Max(0, from.Long()),
            Refused = Math.Max(0, from.Long()),
            LastTicket = from.Ulong(),
        };
    }

    // Only while the definition is made of it: a file that came later says everything.
    private static void WriteSeen(UnitRuntime unit, RecordWriter to)
    {
        (KernelEntry Entry, UnitName? Above)? seen =
            unit.Definition.IsFromKernel ? unit.Seen : null;
        to.Bool(seen is not null);
        if (seen is not { } known)
            return;
        to.Text(known.Entry.Where);
        to.Text(known.Entry.What);
        to.Text(known.Entry.Type);
        to.Text(known.Entry.Options);
        to.Text(known.Above?.Value);
    }

    private static void ReadSeen(UnitRuntime unit, ref RecordReader from)
    {
        if (!from.Bool())
            return;
        var entry = new KernelEntry(
            unit.Name, from.Text(), from.Text(), from.Text(), from.Text());
        string? above = from.TextOrNull();
        if (unit.Name.Kind is not (UnitKind.Mount or UnitKind.Swap))
            from.Fail("what the kernel has is no mount");
        else if (above is null)
            unit.Seen = (entry, null);
        else if (UnitName.TryParse(above, out UnitName name))
            unit.Seen = (entry, name);
        else
            from.Fail("a mount lies on no unit");
    }

    private static void ReadAdded(UnitRuntime unit, ref RecordReader from, RecordedJob? job)
    {
        unit.Began = from.Time();
        unit.Ended = from.Time();
        unit.Timer = from.Bool() ? TimerMemory.Read(ref from) : null;
        long[] stamps = new long[from.Count(MaxPaths, "paths")];
        for (int i = 0; i < stamps.Length; i++)
            stamps[i] = from.Long();
        unit.PathStamps = stamps;
        if (!from.IsAtEnd)
        {
            unit.IsPresent = from.Bool();
            ReadSeen(unit, ref from);
        }

        if (from.IsAtEnd)
            return;
        unit.IsLimited = from.Bool();
        unit.Before = new RunEnd(Words.Result(ref from), Words.Exit(ref from), from.Int());
        if (!from.IsAtEnd)
            ReadConnection(unit, ref from);
        if (!from.IsAtEnd)
            unit.Asked = Words.RequestOrNone(ref from);
        if (!from.IsAtEnd)
            ReadWork(unit, ref from, job);
        if (from.IsAtEnd)
            return;
        unit.IsFrozen = from.Bool();
        unit.FreezerSince = from.Time();
    }

    private static void WriteWork(UnitRuntime unit, RecordWriter to)
    {
        to.Text(Words.Of(unit.Work));
        to.Text(unit.WorkVerb);
        to.Text(unit.Job?.Verb);
        to.Text(Words.Of(unit.Job?.Consent ?? JobConsent.None));
    }

    private static void ReadWork(UnitRuntime unit, ref RecordReader from, RecordedJob? job)
    {
        unit.Work = Words.Work(ref from);
        unit.WorkVerb = from.TextOrNull();
        string? verb = from.TextOrNull();
        JobConsent consent = Words.Consent(ref from);
        if (job is not null)
            (job.Verb, job.Consent) = (verb, consent);
    }
}
