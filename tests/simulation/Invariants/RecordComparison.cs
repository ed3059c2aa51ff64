using System.Buffers;
using System.Text;
using InitTx.Core;

namespace InitTx.Simulation.Invariants;

/// <summary>Says in what two engines' recorded states differ, for a person.</summary>
internal static class Difference
{
    private const int Around = 48;

    /// <summary>The first record that differs, with its bytes around the place.</summary>
    public static string Of(Engine memory, Engine replay)
    {
        if (Compare(Bytes(memory.WriteEngine), Bytes(replay.WriteEngine)) is { } inEngine)
            return "; the engine's record: " + inEngine;
        foreach (UnitRuntime a in memory.Units)
        {
            if (replay.Find(a.Name) is not { } b)
                continue;
            byte[] left = Bytes(output => memory.WriteUnit(a.Id, output));
            byte[] right = Bytes(output => replay.WriteUnit(b.Id, output));
            if (Compare(left, right) is { } inUnit)
                return $"; {a.Name} ({a.Sub} and {b.Sub}): {inUnit}";
        }

        return "; every record is the same: a unit is recorded in one of them only";
    }

    private static string? Compare(byte[] a, byte[] b)
    {
        int at = a.AsSpan().CommonPrefixLength(b);
        return at == a.Length && at == b.Length
            ? null
            : $"at byte {at} of {a.Length} and {b.Length}, memory '{Text(a, at)}', store"
                + $" '{Text(b, at)}'";
    }

    private static byte[] Bytes(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }

    private static string Text(byte[] bytes, int at)
    {
        int from = Math.Max(0, at - Around);
        int to = Math.Min(bytes.Length, at + Around);
        var text = new StringBuilder();
        for (int i = from; i < to; i++)
        {
            if (i == at)
                text.Append('»');
            text.Append(bytes[i] is >= 32 and < 127 ? ((char)bytes[i]).ToString()
                : $"\\{bytes[i]:x2}");
        }

        return text.ToString();
    }
}
