using InitTx.Init.Archive;
using InitTx.Journal.Live;
using InitTx.Journal.Reading;

namespace InitTx.Init.Control;

/// <summary>The live journal's rows for clients.</summary>
internal sealed class JournalRows(LiveJournal journal, ArchiveHost archive) : IRowSource
{
    private readonly JournalReader _reader = new(journal);

    /// <inheritdoc/>
    public long HeadSeq => journal.HeadSeq;

    /// <inheritdoc/>
    public string Boot => journal.BootId;

    /// <inheritdoc/>
    public string ArchivePath => archive.Path;

    /// <inheritdoc/>
    public long Kept => archive.Kept;

    /// <inheritdoc/>
    public RowPage RowsSince(long seq, int limit, RowFilter filter) =>
        _reader.RowsSince(seq, limit, filter);

    /// <inheritdoc/>
    public RowPage RowsBefore(long seq, int limit, RowFilter filter) =>
        _reader.RowsBefore(seq, limit, filter);
}
