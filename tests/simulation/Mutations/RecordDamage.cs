using System.Buffers.Binary;
using System.Text;
using InitTx.Core;
using InitTx.Core.Job;

namespace InitTx.Simulation.Mutations;

/// <summary>
/// Takes single fields out of recorded units. Fields are found by their values, so a change of the
/// form makes a mutation that is not caught any more, never another one.
/// </summary>
internal static class RecordDamage
{
    /// <summary>The number of the next row, with which every record begins, becomes 1.</summary>
    public static void ForgetNumber(Span<byte> record) => SetNumber(record, 1);

    /// <summary>The number of the next row becomes another one.</summary>
    public static void SetNumber(Span<byte> record, long number) =>
        BinaryPrimitives.WriteInt64LittleEndian(record, number);

    /// <summary>The deadline of the unit's state is never.</summary>
    public static void DropDeadline(Span<byte> record, UnitRuntime unit)
    {
        if (unit.DeadlineUs == long.MaxValue)
            return;
        Span<byte> due = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(due, unit.DeadlineUs);
        int at = record.IndexOf(due);
        if (at >= 0)
            BinaryPrimitives.WriteInt64LittleEndian(record[at..], long.MaxValue);
    }

    /// <summary>The record without the unit's job, if that waits.</summary>
    public static byte[] WithoutJob(byte[] record, UnitRuntime unit)
    {
        if (unit.Job is not { IsRunning: false } job)
            return record;
        string kind = JobWords.Of(job.Kind);
        byte[] begin = new byte[13 + kind.Length];
        begin[0] = 1;
        BinaryPrimitives.WriteInt64LittleEndian(begin.AsSpan(1), job.Id.Value);
        BinaryPrimitives.WriteInt32LittleEndian(begin.AsSpan(9), kind.Length);
        Encoding.ASCII.GetBytes(kind, begin.AsSpan(13));
        int at = record.AsSpan().IndexOf(begin);
        if (at < 0)
            return record;

        // The words, whether it runs, two times of two clocks, cause, deadline, owners.
        int length = begin.Length + 4 + JobWords.Of(job.AskedKind).Length + 1 + 32 + 8 + 8 + 4
            + (8 * job.Owners.Count);
        return [.. record[..at], 0, .. record[(at + length)..]];
    }
}
