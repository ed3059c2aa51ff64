using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Fuzz.Running;
using InitTx.Journal.OnDisk;
using static InitTx.Fuzz.Running.FuzzTarget;

namespace InitTx.Fuzz.Targets;

/// <summary>What manager and archive send each other; either may be mad.</summary>
internal static class ArchiveTargets
{
    private static readonly string[] Words =
        ["\u0001P", "\u0001R", "\0\0\0\0\0\0\0\0", "\0", "\u0001", "a.service", "disk full"];

    private static readonly List<JournalRecord> Rows = [];
    private static readonly List<JournalRecord> Again = [];
    private static readonly byte[] Page = new byte[ArchiveProtocol.MaxMessage];

    public static readonly FuzzTarget Messages =
        new("archive-messages", Check, Make, Words);

    private static void Check(byte[] input)
    {
        byte[] message = new byte[1024];
        if (ArchiveProtocol.TryReadPull(input, out ArchivePull pull))
        {
            int length = ArchiveProtocol.WritePull(pull, message);
            Require(
                ArchiveProtocol.TryReadPull(message.AsSpan(0, length), out ArchivePull same)
                    && same == pull,
                "a pull that was read and written is another");
            Require(pull.After >= 0 && pull.Kept >= 0, "a pull is from before the first row");
        }

        bool read = ArchiveProtocol.TryReadPage(input, out ArchivePageHeader header, Rows);
        Require(read || Rows.Count == 0, "rows of a page that is none");
        Require(Rows.Count <= ArchiveProtocol.MaxRows, "a page has more rows than it may");
        for (int i = 1; i < Rows.Count; i++)
            Require(Rows[i].Seq > Rows[i - 1].Seq, "rows are out of order");
        if (read)
            CheckAgain(header);
    }

    private static void CheckAgain(in ArchivePageHeader header)
    {
        // Longer words are cut, as everywhere.
        if (Rows.Exists(static r => (r.Unit + r.From + r.To + r.Result + r.Comm).Length > 300
            || r.Text?.Length > 3_000))
            return;
        int used = ArchiveProtocol.BeginPage(header, Page);
        foreach (JournalRecord row in Rows)
        {
            if (!ArchiveProtocol.TryAppend(row, Page, ref used))
                return;
        }

        ArchiveProtocol.SetCursor(Page, header.Cursor);
        Require(
            ArchiveProtocol.TryReadPage(
                Page.AsSpan(0, used), out ArchivePageHeader same, Again)
                && same == header && Again.SequenceEqual(Rows),
            "a page that was read and written is another");
    }

    private static byte[] Make(Prng random)
    {
        if (random.OneIn(3))
        {
            byte[] pull = new byte[1024];
            int length = ArchiveProtocol.WritePull(
                new ArchivePull(
                    random.OneIn(2), random.Below(99), "boot", random.Below(99),
                    random.Pick(Words)),
                pull);
            return pull[..length];
        }

        byte[] page = new byte[ArchiveProtocol.MaxMessage];
        int used = ArchiveProtocol.BeginPage(
            new ArchivePageHeader("boot", 99, random.Below(99), random.OneIn(9)), page);
        for (int n = random.Below(5), seq = 1; n > 0; n--, seq += 1 + random.Below(3))
        {
            ArchiveProtocol.TryAppend(
                new JournalRecord
                {
                    Seq = seq,
                    Time = new Instant(seq, random.Below(1_000_000)),
                    Kind = (RecordKind)random.Below(13),
                    Unit = random.OneIn(3) ? null : "a.service",
                    Text = random.Pick(Words),
                    Uid = -1,
                },
                page,
                ref used);
        }

        return page[..used];
    }
}
