using FsCheck;
using FsCheck.Fluent;
using InitTx.Core.Ports;
using InitTx.Journal.OnDisk;
using InitTx.Tests;

namespace InitTx.Journal.Tests.Archive;

public sealed class ProtocolTests
{
    [Test]
    public void A_pull_is_read_as_it_was_written()
    {
        byte[] message = new byte[1024];
        var pull = new ArchivePull(true, 5, ArchiveFixture.BootA, 4, "disk full: ÄÖ");
        int length = ArchiveProtocol.WritePull(pull, message);
        Assert.That(ArchiveProtocol.TryReadPull(message.AsSpan(0, length), out ArchivePull read));
        Assert.That(read, Is.EqualTo(pull));
        length = ArchiveProtocol.WritePull(
            pull with { Note = new string('\u00e4', 300) }, message);
        Assert.That(ArchiveProtocol.TryReadPull(message.AsSpan(0, length), out read));
        Assert.That(read.Note, Is.EqualTo(new string('\u00e4', 127)), "cut at a whole character");
    }

    [Test]
    public void A_page_is_read_as_it_was_written_and_ends_at_its_limits()
    {
        byte[] page = new byte[ArchiveProtocol.MaxMessage];
        int used = ArchiveProtocol.BeginPage(
            new ArchivePageHeader(ArchiveFixture.BootA, 900, 3, true), page);
        var sent = new List<JournalRecord>();
        foreach (JournalRecord row in ArchiveFixture.Rows(4, 600))
        {
            if (!ArchiveProtocol.TryAppend(row, page, ref used))
                break;
            sent.Add(row);
        }

        Assert.That(sent, Has.Count.EqualTo(ArchiveProtocol.MaxRows));
        var read = new List<JournalRecord>();
        Assert.That(ArchiveProtocol.TryReadPage(
            page.AsSpan(0, used), out ArchivePageHeader header, read));
        Assert.That(header, Is.EqualTo(
            new ArchivePageHeader(ArchiveFixture.BootA, 900, sent[^1].Seq, true)));
        Assert.That(read, Is.EqualTo(sent));
    }

    [Test]
    public void Every_shortened_or_changed_page_is_no_page()
    {
        byte[] page = new byte[ArchiveProtocol.MaxMessage];
        int used = ArchiveProtocol.BeginPage(
            new ArchivePageHeader(ArchiveFixture.BootA, 9, 0, false), page);
        foreach (JournalRecord row in ArchiveFixture.Rows(1, 3))
            Assert.That(ArchiveProtocol.TryAppend(row, page, ref used));
        var rows = new List<JournalRecord>();
        for (int length = 0; length < used; length++)
            Assert.That(ArchiveProtocol.TryReadPage(page.AsSpan(0, length), out _, rows), Is.False);
        int records = 22 + ArchiveFixture.BootA.Length;
        for (int at = records; at < used; at++)
        {
            page[at] ^= 1;
            Assert.That(
                ArchiveProtocol.TryReadPage(page.AsSpan(0, used), out _, rows), Is.False, $"{at}");
            Assert.That(rows, Is.Empty);
            page[at] ^= 1;
        }

        Assert.That(ArchiveProtocol.TryReadPage(page.AsSpan(0, used), out _, rows));
    }

    [Test]
    public void Any_bytes_are_a_message_or_none() => Prop.ForAll<byte[]>(bytes =>
    {
        var rows = new List<JournalRecord>();
        foreach (byte kind in (byte[])[(byte)'P', (byte)'R'])
        {
            byte[] message = [1, kind, .. bytes];
            ArchiveProtocol.TryReadPull(message, out _);
            bool page = ArchiveProtocol.TryReadPage(message, out _, rows);
            Assert.That(page || rows.Count == 0);
        }
    }).Check(Properties.Of(2_000));
}
