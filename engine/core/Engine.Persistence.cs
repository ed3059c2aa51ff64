using System.Buffers;
using InitTx.Core.Lifecycle;
using InitTx.Core.Recovery;
using InitTx.Core.Transaction;
using InitTx.Units.Graph;
using InitTx.Units.Model;
using InitTx.Units.Recording;

namespace InitTx.Core;

/// <summary>
/// What outlives the process. A unit's record holds its state, its job and its parts in open
/// transactions, so a busy boot rewrites only the units that changed; the engine's record holds
/// counters, open transactions and the manager's own state and changes when those begin or end. An
/// ended transaction is written once, under a number that counts ends (Engine.EndedRecords.cs).
/// Counters are in both: the largest wins, so no number is given out twice.
/// </summary>
public sealed partial class Engine
{
    private const byte EngineVersion = 2;

    private ulong _lastToken;
    private long _lastJob;

    /// <summary>Writes the recorded form of a unit that a step marked as changed.</summary>
    /// <param name="handsOver">
    /// True for the snapshot of a planned re-exec, which also holds what no commit writes down.
    /// </param>
    public void WriteUnit(UnitId unit, IBufferWriter<byte> output, bool handsOver = false)
    {
        UnitRuntime written = Unit(unit);
        if (written.HasLeft)
            return;
        WriteCounters(new RecordWriter(output));
        UnitRecord.Write(written, output, handsOver);
    }

    /// <summary>
    /// Writes the recorded form of everything that is not a unit's, ended transactions included,
    /// as a hand-over holds it.
    /// </summary>
    public void WriteEngine(IBufferWriter<byte> output) =>
        WriteManager(output, [.. Book.Ended], Book.Undoable);

    /// <summary>
    /// What <see cref="WriteEngine"/> writes without the ended transactions,
    /// for a store that keeps each of those by itself (<see cref="WriteEnded"/>).
    /// </summary>
    public void WriteEngineAlone(IBufferWriter<byte> output) =>
        WriteManager(output, [], new UndoLog());

    private void WriteManager(
        IBufferWriter<byte> output, IReadOnlyList<TransactionRuntime> ended, UndoLog undoable)
    {
        var to = new RecordWriter(output);
        to.Byte(EngineVersion);
        WriteCounters(to);
        to.Long(Book.LastId);
        to.Bool(_hasBooted);
        to.Bool(_hasNoGoal);
        to.Bool(_isUserManager);
        to.Long(_bootTransaction.Value);
        to.Bool(_shutdown is not null);
        if (_shutdown is { } kind)
            to.Text(Words.Of(kind));
        to.Long(_shutdownTransaction.Value);
        to.Bool(_stage is not null);
        if (_stage is { } stage)
            to.Text(Words.Of(stage));
        to.Long(_managerDeadline.DueUs);
        UnitRecord.WriteWindow(in _presses, to);
        WriteIgnoredOrder(to);
        to.Int(ended.Count);
        foreach (TransactionRuntime transaction in ended)
            TransactionRecord.Write(transaction, to);
        to.Int(Book.Open.Count + Book.Queued.Count);
        foreach (TransactionRuntime transaction in Book.Open)
            TransactionRecord.Write(transaction, to);
        foreach (TransactionRuntime transaction in Book.Queued)
            TransactionRecord.Write(transaction, to);
        to.Long(_suspendedUs);
        WriteAdded(to, ended, undoable);
    }

    /// <summary>
    /// SHA-256 over the whole recorded state, units by name: equal digests mean equal futures.
    /// </summary>
    public byte[] Digest()
    {
        var output = new ArrayBufferWriter<byte>();
        WriteEngine(output);
        var recorded = new SortedDictionary<UnitName, UnitRuntime>();
        foreach (UnitRuntime unit in _units)
        {
            if (unit.IsRecorded)
                recorded.Add(unit.Name, unit);
        }

        foreach (UnitRuntime unit in recorded.Values)
            UnitRecord.Write(unit, output, handsOver: false);
        return Sha256Digest.Of(output.WrittenSpan);
    }

    /// <summary>
    /// An engine as it was recorded. Total: bytes of any content give an engine; what could not be
    /// used is named in <paramref name="problems"/> and left out. Nothing is done yet: the next
    /// event is <see cref="EngineEvent.Recovered"/>.
    /// </summary>
    /// <param name="engineState">What <see cref="WriteEngine"/> wrote last; empty for none.</param>
    /// <param name="units">For each unit what <see cref="WriteUnit"/> wrote last, by name.</param>
    /// <param name="definitions">
    /// What <see cref="Definitions"/> gave to the image before, by which units go on; what is not
    /// in it is asked of the catalogue.
    /// </param>
    /// <param name="ended">
    /// What <see cref="WriteEnded"/> wrote, by number, ascending, when the engine's state is
    /// without them.
    /// </param>
    public static Engine Restore(
        IUnitCatalog catalog,
        EngineLimits limits,
        ReadOnlySpan<byte> engineState,
        IReadOnlyList<KeyValuePair<string, byte[]>> units,
        out IReadOnlyList<string> problems,
        IReadOnlyList<HeldDefinition>? definitions = null,
        IReadOnlyList<KeyValuePair<long, byte[]>>? ended = null)
    {
        var engine = new Engine(catalog, limits);
        var into = new Restoration(limits);
        if (definitions is not null)
            engine.TakeDefinitions(definitions, into);
        engine.ReadEngine(engineState, into);
        engine.ReadEnded(ended ?? [], into);
        for (int i = 0; i < units.Count; i++)
            engine.ReadUnit(units[i].Key, units[i].Value, into);
        engine.JoinRestored(into);
        problems = into.Problems;
        return engine;
    }

    private void WriteCounters(RecordWriter to)
    {
        to.Long(Out.NextSeq);
        to.Long(_lastJob);
        to.Ulong(_lastToken);
    }

    private void ReadCounters(ref RecordReader from)
    {
        long seq = from.Long();
        long job = from.Long();
        ulong token = from.Ulong();
        if (seq < 1 || seq > long.MaxValue / 2 || job < 0 || job > long.MaxValue / 2
            || token > long.MaxValue)
        {
            from.Fail("a counter is out of range");
            return;
        }

        Out.NextSeq = Math.Max(Out.NextSeq, seq);
        _lastJob = Math.Max(_lastJob, job);
        _lastToken = Math.Max(_lastToken, token);
    }

    private void WriteIgnoredOrder(RecordWriter to)
    {
        var sorted = new SortedSet<(UnitName, UnitName)>(Queue.IgnoredOrder);
        to.Int(sorted.Count);
        foreach ((UnitName earlier, UnitName later) in sorted)
        {
            to.Text(earlier.Value);
            to.Text(later.Value);
        }
    }

    // What came later stands at the end, where an image that does not know it does not look.
    private void WriteAdded(
        RecordWriter to, IReadOnlyList<TransactionRuntime> ended, UndoLog undoable)
    {
        to.Int(Book.Queued.Count);
        foreach (TransactionRuntime queued in Book.Queued)
        {
            to.Long(queued.Id.Value);
            to.Long(queued.TimeoutUs);
        }

        to.Int(Queue.Unordered.Count);
        foreach (UnitName unit in Queue.Unordered)
            to.Text(unit.Value);
        to.Text(_shutdownArgument);
        to.Int(ended.Count + Book.Open.Count + Book.Queued.Count);
        foreach (TransactionRuntime transaction in ended)
            TransactionRecord.WriteAdded(transaction, to);
        foreach (TransactionRuntime transaction in Book.Open)
            TransactionRecord.WriteAdded(transaction, to);
        foreach (TransactionRuntime transaction in Book.Queued)
            TransactionRecord.WriteAdded(transaction, to);
        undoable.Write(to);
        WriteTimers(to);
        to.Long(Book.LastEnded);
        WriteActions(to);
    }

    private void WriteActions(RecordWriter to)
    {
        List<TransactionRuntime> with = [.. Book.Open, .. Book.Queued];
        with.RemoveAll(static t => t is { Action: null, SkipsChecks: false });
        to.Int(with.Count);
        foreach (TransactionRuntime transaction in with)
        {
            to.Long(transaction.Id.Value);
            to.Text(transaction.Action);
            to.Bool(transaction.SkipsChecks);
        }
    }

    private void ReadActions(ref RecordReader from)
    {
        int count = from.Count(Limits.Units, "transactions with verbs");
        for (int i = 0; i < count && from.Problem is null; i++)
        {
            var id = new TransactionId(from.Long());
            string? action = from.TextOrNull();
            bool skips = from.Bool();
            if (Book.Find(id) is { IsOpen: true } transaction)
                (transaction.Action, transaction.SkipsChecks) = (action, skips);
        }
    }

    private void ReadAdded(ref RecordReader from, Restoration into)
    {
        int queued = from.Count(Limits.Transactions, "queued transactions");
        for (int i = 0; i < queued && from.Problem is null; i++)
        {
            var id = new TransactionId(from.Long());
            long timeoutUs = from.Long();
            if (Book.Find(id) is { IsQueued: true } transaction)
                transaction.TimeoutUs = timeoutUs;
        }

        int unordered = from.Count(Limits.Units, "units without order");
        for (int i = 0; i < unordered && from.Problem is null; i++)
        {
            if (UnitName.TryParse(from.Text(), out UnitName unit))
                Queue.IgnoreOrderAmong(unit);
            else
                from.Fail("what has no order is no unit");
        }

        _shutdownArgument = from.TextOrNull();

        if (from.IsAtEnd)
            return;
        int all = from.Count(Limits.EndedTransactions + Limits.Units, "transactions");
        for (int i = 0; i < all && from.Problem is null; i++)
            TransactionRecord.ReadAdded(ref from, into, Book);
        Book.Undoable.Read(ref from, Limits.UndoJobs);
        if (!from.IsAtEnd)
            ReadTimers(ref from);
        if (!from.IsAtEnd)
            ReadLastEnded(ref from);
        if (!from.IsAtEnd)
            ReadActions(ref from);
    }

    private void ReadEngine(ReadOnlySpan<byte> state, Restoration into)
    {
        if (state.IsEmpty)
            return;
        if (state.Length > Limits.RestoredEngineBytes)
        {
            into.Problems.Add(FormattableString.Invariant(
                $"engine: {state.Length} bytes (limit RestoredEngineBytes)"));
            return;
        }

        var from = new RecordReader(state);
        if (from.Byte() != EngineVersion)
            from.Fail("the record has another version");
        ReadCounters(ref from);
        ReadManager(ref from, into);
        int ended = from.Count(Limits.EndedTransactions, "ended transactions");
        for (int i = 0; i < ended && from.Problem is null; i++)
            RestoreTransaction(ref from, into, isOpen: false);
        int open = from.Count(Limits.Units, "open transactions");
        for (int i = 0; i < open && from.Problem is null; i++)
            RestoreTransaction(ref from, into, isOpen: true);
        if (!from.IsAtEnd)
            _suspendedUs = Math.Clamp(from.Long(), 0, long.MaxValue / 2);
        if (!from.IsAtEnd)
            ReadAdded(ref from, into);
        if (from.Problem is { } problem)
            into.Problems.Add($"engine: {problem}");
    }

    private void ReadManager(ref RecordReader from, Restoration into)
    {
        long lastTransaction = from.Long();
        if (lastTransaction is >= 0 and < long.MaxValue / 2)
            Book.LastId = lastTransaction;
        _hasBooted = from.Bool();
        _hasNoGoal = from.Bool();
        _isUserManager = from.Bool();
        _bootTransaction = new TransactionId(from.Long());
        _shutdown = Words.ShutdownOrNone(ref from);
        _shutdownTransaction = new TransactionId(from.Long());
        _stage = Words.StageOrNone(ref from);
        into.Deadlines.Add((_managerDeadline, from.Long()));
        UnitRecord.ReadWindow(ref _presses, ref from, ForcedRebootPresses);
        int ignored = from.Count(Limits.CycleBreaks * 16, "ignored orders");
        for (int i = 0; i < ignored && from.Problem is null; i++)
        {
            if (UnitName.TryParse(from.Text(), out UnitName earlier)
                && UnitName.TryParse(from.Text(), out UnitName later))
                Queue.IgnoreOrder(earlier, later);
            else
                from.Fail("an ignored order names no unit");
        }
    }

    private void RestoreTransaction(ref RecordReader from, Restoration into, bool isOpen)
    {
        if (TransactionRecord.Read(ref from, into) is not { } transaction)
            return;
        if (transaction.IsOpen != isOpen || transaction.Id.Value <= 0
            || Book.Find(transaction.Id) is not null || transaction.Id.Value > long.MaxValue / 2)
            from.Fail("a transaction does not fit its place");
        else
            Book.Restore(transaction);
    }

    private void ReadUnit(string name, byte[] record, Restoration into)
    {
        if (record.Length > Limits.RestoredUnitBytes)
        {
            into.Problems.Add(FormattableString.Invariant(
                $"{name}: {record.Length} bytes (limit RestoredUnitBytes)"));
            return;
        }

        var from = new RecordReader(record);
        ReadCounters(ref from);
        string recorded = UnitRecord.ReadName(ref from);
        if (from.Problem is null && (recorded != name || !UnitName.TryParse(name, out _)))
            from.Fail("the record is another unit's");
        if (from.Problem is { } early)
        {
            into.Problems.Add($"{name}: {early}");
            return;
        }

        UnitRuntime unit = GetOrLoad(UnitName.Parse(name));
        if (unit.Id.Value < 0 || unit.IsRecorded || unit.Name.Value != name)
        {
            into.Problems.Add($"{name}: there is no place for it");
            return;
        }

        // All or nothing: read once for trial, so that a bad record leaves the unit untouched.
        RecordReader again = from;
        var trial = new UnitRuntime(unit.Id, unit.Definition);
        UnitRecord.Read(trial, ref from, new Restoration(Limits), out _);
        if (from.Problem is null && !LifecycleStates.Contains(unit.Name.Kind, trial.Sub))
            from.Fail($"{StateWords.Of(trial.Sub)} is no state of its type");
        if (from.Problem is { } problem)
        {
            into.Problems.Add($"{name}: {problem}");
            return;
        }

        UnitRecord.Read(unit, ref again, into, out RecordedJob? job);
        unit.IsRecorded = true;
        DefineSeen(unit);
        if (job is not null)
            into.Jobs.Add((unit, job));
    }
}
