using InitTx.Journal.Live;
using InitTx.Journal.OnDisk;
using InitTx.Journal.Reading;
using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;

namespace InitTx.Init.Archive;

/// <summary>What came over the socket.</summary>
internal enum ArchiveNews : byte
{
    Nothing,
    Pull,
    Garbage,
    Ended,
}

/// <summary>
/// The manager's end of one archive process: reads pulls, sends pages of rows. Nothing waits: a
/// socket that takes nothing is a reason to give up on the process.
/// </summary>
internal sealed class ArchiveChannel : IDisposable
{
    private readonly EventLoop _loop;
    private readonly MessageChannel _channel;
    private readonly JournalReader _reader;
    private readonly LiveJournal _journal;
    private readonly byte[] _message = new byte[1024];
    private byte[]? _page;

    private ArchiveChannel(EventLoop loop, MessageChannel channel, LiveJournal journal)
    {
        _loop = loop;
        _channel = channel;
        _journal = journal;
        _reader = new JournalReader(journal);
    }

    /// <summary>Makes a pair and watches our end.</summary>
    public static ArchiveChannel? Create(
        EventLoop loop, LiveJournal journal, out FileDescriptor? other, out string error)
    {
        SysResult<MessageChannel> made = MessageChannel.Create(out other);
        error = made.Message;
        if (made.IsError)
            return null;
        loop.Add(
            made.Require().Fd, LoopEvents.Readable, new EventKey(EventKinds.Archive, 0));
        return new ArchiveChannel(loop, made.Require(), journal);
    }

    /// <summary>Takes one message.</summary>
    public ArchiveNews Receive(out ArchivePull pull)
    {
        pull = default;
        SysResult got = _channel.Receive(_message, out FileDescriptor[] descriptors);
        foreach (FileDescriptor descriptor in descriptors)
            descriptor.Dispose();
        if (got.Error == Errno.EAGAIN)
            return ArchiveNews.Nothing;
        if (got.Error == Errno.EMSGSIZE || descriptors.Length > 0)
            return ArchiveNews.Garbage;
        if (got.IsError || got.Value == 0)
            return ArchiveNews.Ended;
        return ArchiveProtocol.TryReadPull(_message.AsSpan(0, got.Value), out pull)
            ? ArchiveNews.Pull
            : ArchiveNews.Garbage;
    }

    /// <summary>Sends the rows after a number, those of one boot at a time.</summary>
    /// <param name="empty">There were none.</param>
    public bool Send(long after, string boot, bool finish, out bool empty)
    {
        _page ??= new byte[ArchiveProtocol.MaxMessage];
        RowPage rows = _reader.RowsSince(after, ArchiveProtocol.MaxRows, RowFilter.All);
        empty = rows.Rows.Count == 0;
        string of = rows.Rows.Count > 0 ? rows.Rows[0].Boot : boot;
        int used = ArchiveProtocol.BeginPage(
            new ArchivePageHeader(of, _journal.HeadSeq, after, finish), _page);
        foreach (JournalRow row in rows.Rows)
        {
            if (row.Boot != of || !ArchiveProtocol.TryAppend(row.Record, _page, ref used))
                break;
        }

        return _channel.Send(_page.AsSpan(0, used)).IsOk;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _loop.Remove(_channel.Fd);
        _channel.Dispose();
    }
}
