using System.Buffers.Binary;
using InitTx.Core;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Signals;

namespace InitTx.Init;

/// <summary>
/// Signals that were read and whose rows are not committed yet. signalfd(2) gives a signal once:
/// without a note of it in the black box, a crash between the reading and the commit would lose an
/// order to shut down that its sender gives only once. Main thread only.
/// </summary>
/// <remarks>
/// A signal does not come back when the crash came while a signal was handled (that signal may be
/// the reason), nor when it has come back <see cref="MostReturns"/> times.
/// </remarks>
internal sealed class SignalsInHand(Engine engine)
{
    /// <summary>Signals beyond are not noted; no machine has as many within one batch.</summary>
    public const int Limit = 64;

    /// <summary>Crashes in a row over which a signal is kept.</summary>
    public const int MostReturns = 3;

    // The next row's number when they were read, how many, how often they came back, then each one.
    private const int Header = 16;
    private const int Entry = 12;

    private readonly byte[] _note = new byte[Header + (Limit * Entry)];
    private int _count;

    /// <summary>Notes a signal before its event is posted.</summary>
    public void Take(in SignalInfo signal, int returns = 0)
    {
        if (_count == Limit)
            return;
        Span<byte> note = _note;
        BinaryPrimitives.WriteInt64LittleEndian(note, engine.NextSeq);
        BinaryPrimitives.WriteInt32LittleEndian(note[12..], returns);
        Span<byte> entry = note[(Header + (_count++ * Entry))..];
        BinaryPrimitives.WriteInt32LittleEndian(entry, signal.Number);
        BinaryPrimitives.WriteInt32LittleEndian(entry[4..], signal.SenderPid);
        BinaryPrimitives.WriteInt32LittleEndian(entry[8..], signal.SenderUid);
        BinaryPrimitives.WriteInt32LittleEndian(note[8..], _count);
        _ = EngineFacts.Write(note[..(Header + (_count * Entry))]);
    }

    /// <summary>Their batch is committed.</summary>
    public void Committed()
    {
        if (_count == 0)
            return;
        _count = 0;
        _ = EngineFacts.Write([]);
    }

    /// <summary>What the last image had in hand and did not commit, noted again.</summary>
    public List<EngineEvent> TakeBack(StartInfo start)
    {
        var events = new List<EngineEvent>();
        Span<byte> note = stackalloc byte[EngineFacts.Limit];
        note = note[..EngineFacts.Read(note)];
        if (note.Length < Header)
            return events;
        bool isCommitted = engine.NextSeq > BinaryPrimitives.ReadInt64LittleEndian(note);
        int count = BinaryPrimitives.ReadInt32LittleEndian(note[8..]);
        int returns = BinaryPrimitives.ReadInt32LittleEndian(note[12..]);
        bool isSuspect = start.Cause is { EventKind: MainLoop.SignalKind };
        _ = EngineFacts.Write([]);
        if (isCommitted || returns >= MostReturns || isSuspect)
            return events;
        for (int i = 0; i < Math.Min(count, (note.Length - Header) / Entry); i++)
        {
            ReadOnlySpan<byte> entry = note[(Header + (i * Entry))..];
            var signal = new SignalInfo(
                BinaryPrimitives.ReadInt32LittleEndian(entry), 0,
                BinaryPrimitives.ReadInt32LittleEndian(entry[4..]),
                BinaryPrimitives.ReadInt32LittleEndian(entry[8..]));
            Take(signal, returns + 1);
            events.Add(new EngineEvent.SignalReceived(
                signal.Number, signal.SenderPid, signal.SenderUid));
        }

        return events;
    }
}
