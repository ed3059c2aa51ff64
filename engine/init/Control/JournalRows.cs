using InitTx.Journal.Live;
using InitTx.Journal.Reading;

namespace InitTx.Init.Control;

/// <summary>The live journal's rows for clients.</summary>
internal sealed class JournalRows(LiveJournal journal) : IRowSource
{
    private readonly JournalReader _reader = new(journal);

    /// <inheritdoc/>
    public long HeadSeq => journal.HeadSeq;

    /// <inheritdoc/>
    public RowPage RowsSince(long seq, int limit, RowFilter filter) =>
        _reader.RowsSince(seq, limit, filter);

    /// <inheritdoc/>
    public RowPage RowsBefore(long seq, int limit, RowFilter filter) =>
        _reader.RowsBefore(seq, limit, filter);
}
