using System.Buffers;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Supervision;
using InitTx.Core.Transaction;

namespace InitTx.Core.Recovery;

/// <summary>
/// The recorded form of one unit: its state, processes, limits, its job and its parts in open
/// transactions. The same bytes go to the journal's unit_state and to the hand-over snapshot.
/// Version 4; a reader refuses other versions, a writer never writes another. The watchdog's
/// deadline is only in a hand-over, because a ping is no change that is committed: after a crash it
/// counts anew from the recovery.
/// </summary>
internal static partial class UnitRecord
{
    private const byte Version = 4;
    private const int MaxParts = 64;

    /// <param name="handsOver">True for the snapshot of a planned re-exec.</param>
    public static void Write(UnitRuntime unit, IBufferWriter<byte> output, bool handsOver)
    {
        var to = new RecordWriter(output);
        to.Byte(Version);
        to.Text(unit.Name.Value);
        WriteState(unit, to);
        WriteProcesses(unit, to);
        WriteLimits(unit, to);
        WriteJob(unit.Job, to);
        WriteParts(unit, to);
        to.Long(handsOver ? unit.WatchdogDeadlineUs : Deadline.Never);
        WriteAdded(unit, to);
    }

    /// <summary>
    /// Fills a unit in state dead from its record; the reader tells what was wrong.
    /// </summary>
    /// <param name="job">The recorded job, not installed yet, with the ids of its transactions.</param>
    public static void Read(
        UnitRuntime unit, ref RecordReader from, Restoration into, out RecordedJob? job)
    {
        ReadState(unit, ref from, into);
        ReadProcesses(unit, ref from);
        ReadLimits(unit, ref from, into);
        job = ReadJob(ref from, into);
        ReadParts(unit, ref from, into);
        into.Deadlines.Add((unit.WatchdogDeadline, from.Long()));
        if (!from.IsAtEnd)
            ReadAdded(unit, ref from, job);

        // What a later image has put behind that is unknown here, and does not take the unit away.
    }

    /// <summary>The name that a record is for, with the reader behind it.</summary>
    public static string ReadName(ref RecordReader from)
    {
        if (from.Byte() != Version)
            from.Fail("the record has another version");
        return from.Text();
    }

    private static void WriteState(UnitRuntime unit, RecordWriter to)
    {
        to.Text(StateWords.Of(unit.Sub));
        to.Text(StateWords.Of(unit.Result));
        to.Text(StateWords.Of(unit.ReloadResult));
        to.Bool(unit.GoalActive);
        to.Time(unit.Since);
        to.Long(unit.SinceSeq);
        to.Long(unit.ActivationSeq);
        to.Time(unit.ActiveSince);
        to.Text(RecordWords.Of(unit.Why.Kind));
        to.Long(unit.Transaction.Value);
        to.Text(unit.StatusText);
        to.Text(unit.ConditionText);
        to.Text(unit.FailureText);
        to.Text(Words.Of(unit.Check));
        to.Text(Words.Of(unit.Leftovers));
        to.Text(Words.Of(unit.Wait));
        to.Bool(unit.NotifyRefused);
        to.Bool(unit.OwnsBusName);
        to.Bool(unit.HasStore);
        to.Long(unit.DeadlineUs);
        to.Long(unit.PidFileDeadline?.DueUs ?? Deadline.Never);
    }

    private static void ReadState(UnitRuntime unit, ref RecordReader from, Restoration into)
    {
        unit.Sub = Words.Sub(ref from);
        unit.Result = Words.Result(ref from);
        unit.ReloadResult = Words.Result(ref from);
        unit.GoalActive = from.Bool();
        unit.Since = from.Time();
        unit.SinceSeq = from.Long();
        unit.ActivationSeq = from.Long();
        unit.ActiveSince = from.Time();
        unit.Why = new Cause(Words.CauseOf(ref from), unit.SinceSeq);
        unit.Transaction = new TransactionId(from.Long());
        unit.StatusText = from.TextOrNull();
        unit.ConditionText = from.TextOrNull();
        unit.FailureText = from.TextOrNull();
        unit.Check = Words.Check(ref from);
        unit.Leftovers = Words.LeftoversOf(ref from);
        unit.Wait = Words.Wait(ref from);
        unit.NotifyRefused = from.Bool();
        unit.OwnsBusName = from.Bool();
        unit.HasStore = from.Bool();
        into.Deadlines.Add((unit.StateDeadline, from.Long()));
        long pidFile = from.Long();
        if (pidFile != Deadline.Never)
        {
            unit.PidFileDeadline = new Deadline(DeadlineKind.UnitState, unit);
            into.Deadlines.Add((unit.PidFileDeadline, pidFile));
        }
    }

    private static void WriteProcesses(UnitRuntime unit, RecordWriter to)
    {
        to.Process(unit.MainProcess);
        to.Ulong(unit.MainToken.Value);
        to.Long(unit.MainSeq);
        to.Int(unit.MainCommandIndex);
        to.Text(RecordWords.Of(unit.MainExitKind));
        to.Int(unit.MainExitCode);
        to.Process(unit.ControlProcess);
        to.Ulong(unit.ControlToken.Value);
        to.Long(unit.ControlSeq);
        to.Text(ExecRoles.Word(unit.ControlRole));
        to.Int(unit.CommandIndex);
        to.Ulong(unit.PrepareToken.Value);
    }

    private static void ReadProcesses(UnitRuntime unit, ref RecordReader from)
    {
        unit.MainProcess = from.Process();
        unit.MainToken = new SpawnToken(from.Ulong());
        unit.MainSeq = from.Long();
        unit.MainCommandIndex = Math.Max(0, from.Int());
        unit.MainExitKind = Words.Exit(ref from);
        unit.MainExitCode = from.Int();
        unit.ControlProcess = from.Process();
        unit.ControlToken = new SpawnToken(from.Ulong());
        unit.ControlSeq = from.Long();
        unit.ControlRole = Words.Role(ref from);
        unit.CommandIndex = Math.Max(0, from.Int());
        unit.PrepareToken = new PrepareToken(from.Ulong());
    }

    private static void WriteLimits(UnitRuntime unit, RecordWriter to)
    {
        to.Int(unit.Restarts);
        to.Long(unit.WatchdogOverrideUs);
        WriteWindow(in unit.Starts, to);
        WriteWindow(in unit.Triggers, to);
        WriteWindow(in unit.Ordered, to);
    }

    private static void ReadLimits(UnitRuntime unit, ref RecordReader from, Restoration into)
    {
        unit.Restarts = Math.Max(0, from.Int());
        unit.WatchdogOverrideUs = from.Long();
        ReadWindow(ref unit.Starts, ref from, into.Limits.RateLimitBurst);
        ReadWindow(ref unit.Triggers, ref from, into.Limits.RateLimitBurst);
        ReadWindow(ref unit.Ordered, ref from, into.Limits.RateLimitBurst);
    }

    internal static void WriteWindow(in RateWindow window, RecordWriter to)
    {
        to.Int(window.Count);
        for (int i = 0; i < window.Count; i++)
            to.Long(window[i]);
    }

    internal static void ReadWindow(ref RateWindow window, ref RecordReader from, int limit)
    {
        int count = from.Count(limit + 1, "rate limit entries");
        for (int i = 0; i < count; i++)
            window.Append(from.Long());
    }

    private static void WriteJob(UnitJob? job, RecordWriter to)
    {
        to.Bool(job is not null);
        if (job is null)
            return;
        to.Long(job.Id.Value);
        to.Text(JobWords.Of(job.Kind));
        to.Text(JobWords.Of(job.AskedKind));
        to.Bool(job.IsRunning);
        to.Bool(job.PutsBack);
        to.Time(job.Queued);
        to.Time(job.Begun);
        to.Long(job.Seq);
        to.Long(job.Deadline?.DueUs ?? Deadline.Never);
        to.Int(job.OwnerList.Count);
        foreach (TransactionRuntime owner in job.OwnerList)
            to.Long(owner.Id.Value);
    }

    private static RecordedJob? ReadJob(ref RecordReader from, Restoration into)
    {
        if (!from.Bool())
            return null;
        var job = new RecordedJob
        {
            Id = new JobId(from.Long()),
            Kind = Words.Job(ref from),
            AskedKind = Words.Job(ref from),
            IsRunning = from.Bool(),
            PutsBack = from.Bool(),
            Queued = from.Time(),
            Begun = from.Time(),
            Seq = from.Long(),
            DueUs = from.Long(),
        };
        int owners = from.Count(into.Limits.WatchersPerTransaction * 16, "owners of a job");
        for (int i = 0; i < owners && from.Problem is null; i++)
            job.Owners.Add(new TransactionId(from.Long()));
        return from.Problem is null ? job : null;
    }

    private static void WriteParts(UnitRuntime unit, RecordWriter to)
    {
        to.Int(unit.Parts.Count);
        foreach ((TransactionRuntime transaction, TransactionJob part) in unit.Parts)
        {
            to.Long(transaction.Id.Value);
            to.Long(part.Job.Value);
            to.Text(JobWords.Of(part.Kind));
            to.Text(JobWords.Of(part.Result));
            to.Time(part.Begun);
            to.Time(part.Ended);
            to.Text(part.Text);
            to.Bool(part.IsWeak);
            to.Bool(part.PriorGoalActive);
            to.Text(StateWords.Of(part.PriorState));
            to.Bool(part.IsCompensation);
        }
    }

    private static void ReadParts(UnitRuntime unit, ref RecordReader from, Restoration into)
    {
        int count = from.Count(MaxParts * 16, "parts in transactions");
        for (int i = 0; i < count && from.Problem is null; i++)
        {
            var transaction = new TransactionId(from.Long());
            var part = new TransactionJob(unit, new JobId(from.Long()), Words.Job(ref from))
            {
                Result = Words.JobEnd(ref from),
                Begun = from.Time(),
                Ended = from.Time(),
                Text = from.TextOrNull(),
                IsWeak = from.Bool(),
                PriorGoalActive = from.Bool(),
                PriorState = Words.Active(ref from),
                IsCompensation = from.Bool(),
            };
            if (from.Problem is null)
                into.Parts.Add((transaction, part));
        }
    }
}
