using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Logging;
using InitTx.Linux.Loop;

namespace InitTx.Exec.Logging;

/// <summary>
/// The output of one process, from its pipe to the sink, a record a line.
/// <para>
/// Nothing is taken out of the pipe before it is written: the content is looked at through a second
/// pipe (tee(2)), its whole lines go to the sink, and only then are they read away. PID 1 holds the
/// pipe too, so a logger that is killed at any moment loses nothing; what it had written and not
/// yet read away is written twice. The beginning of a line waits in the pipe for the rest of it,
/// for <see cref="PatienceUs"/> at the most: prompts are to be seen, and a pipe that its program
/// made smaller than its lines must not stay full.
/// </para>
/// </summary>
internal sealed class LogStream(
    LogStreamFacts facts, FileDescriptor pipe, string boot, ILogSink sink, LogRate rate)
    : IDisposable
{
    /// <summary>Bytes that a pipe holds, and that are looked at at once.</summary>
    public const int Chunk = 64 * 1024;

    /// <summary>How long the beginning of a line waits for its end, microseconds.</summary>
    public const long PatienceUs = 1_000_000;

    private bool _continues;

    /// <summary>Whose output it is.</summary>
    public LogStreamFacts Facts => facts;

    /// <summary>Nobody can write to it any more, and all of it is written.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Bytes were left for the next turn: there is more than one turn's share.</summary>
    public bool HasMore { get; private set; }

    /// <summary>
    /// Since when the beginning of a line waits, CLOCK_BOOTTIME microseconds; 0 for none.
    /// </summary>
    public long WaitsSinceUs { get; private set; }

    /// <summary>Nobody can write to it any more.</summary>
    public bool HungUp { get; set; }

    /// <summary>The descriptor to watch.</summary>
    public int Fd => pipe.Number;

    /// <summary>Takes what is there, up to some chunks.</summary>
    /// <param name="all">The beginning of a line, too.</param>
    public void Drain(bool all, Pipe scratch, byte[] buffer, int chunks)
    {
        HasMore = false;
        WaitsSinceUs = 0;
        while (true)
        {
            if (chunks-- == 0)
            {
                HasMore = true;
                return;
            }

            SysResult copied = Pipe.Copy(pipe, scratch.WriteEnd, Chunk);
            if (copied.Error == Errno.EAGAIN)
                return;
            if (copied.IsError || copied.Value == 0)
            {
                Finish();
                return;
            }

            int length = ReadExactly(scratch.ReadEnd, buffer, copied.Value);
            int used = TakeLines(buffer.AsSpan(0, length), all || HungUp);
            sink.Flush(facts.Unit);
            ReadExactly(pipe, buffer, used);
            if (used < length && !HungUp)
            {
                WaitsSinceUs = MonotonicClock.BootTimeUs();
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => pipe.Dispose();

    private void Finish()
    {
        IsFinished = true;
        if (rate.TakeRemark(MonotonicClock.BootTimeUs(), last: true) is { } remark)
            Remark(remark);
        sink.Flush(facts.Unit);
    }

    private static int ReadExactly(FileDescriptor from, byte[] into, int count)
    {
        int total = 0;
        while (total < count)
        {
            SysResult read = from.Read(into.AsSpan(total, count - total));
            if (read.IsError || read.Value == 0)
                break;
            total += read.Value;
        }

        return total;
    }

    // How many bytes were whole lines, or pieces of a line that is too long for one record.
    private int TakeLines(ReadOnlySpan<byte> bytes, bool all)
    {
        long now = MonotonicClock.RealtimeUs();
        long monotonic = MonotonicClock.BootTimeUs();
        int used = 0;
        while (used < bytes.Length)
        {
            ReadOnlySpan<byte> rest = bytes[used..];
            int end = rest.IndexOf((byte)'\n');
            int length = end < 0 ? rest.Length : end;
            bool tooLong = length > LogRecord.LineMax;
            if (tooLong)
                length = LogRecord.LineMax;
            else if (end < 0 && !all)
                break;
            TakeOne(now, monotonic, rest[..length], tooLong || (end < 0 && !HungUp));
            used += tooLong || end < 0 ? length : length + 1;
        }

        return used;
    }

    private void TakeOne(long now, long monotonic, ReadOnlySpan<byte> text, bool cut)
    {
        bool continues = _continues;
        _continues = cut;
        byte level = facts.Level;
        if (facts.LevelPrefix && !continues)
            text = LevelPrefix.Take(text, ref level);
        if (level > facts.LevelMax)
            return;
        if (rate.TakeRemark(monotonic, last: false) is { } remark)
            Remark(remark);
        if (!rate.Allows(monotonic))
            return;
        sink.Take(
            facts,
            new LogRecord(now, boot, facts.Pid, facts.Role, level, cut, IsRemark: false),
            text);
    }

    private void Remark(string text)
    {
        var record = new LogRecord(
            MonotonicClock.RealtimeUs(), boot, facts.Pid, facts.Role, 4, false, IsRemark: true);
        sink.Take(facts, record, System.Text.Encoding.UTF8.GetBytes(text));
    }
}
