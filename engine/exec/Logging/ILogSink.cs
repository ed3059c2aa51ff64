using InitTx.Linux.Logging;

namespace InitTx.Exec.Logging;

/// <summary>Where records go.</summary>
internal interface ILogSink
{
    /// <summary>Takes one record; it need not be written before <see cref="Flush"/>.</summary>
    void Take(LogStreamFacts stream, in LogRecord record, ReadOnlySpan<byte> text);

    /// <summary>What was taken of a unit is written when this returns, or is lost.</summary>
    void Flush(string unit);

    /// <summary>No stream of the unit is left: nothing need be kept open for it.</summary>
    void Release(string unit);
}
