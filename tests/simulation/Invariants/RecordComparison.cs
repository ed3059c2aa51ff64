using System.Buffers;
using System.Text;
using InitTx.Core;

namespace InitTx.Simulation.Invariants;

/// <summary>Compares what two engines would record, byte for byte, unit by unit.</summary>
internal sealed class RecordComparison
{
    private const int Around = 48;

    private readonly ArrayBufferWriter<byte> _left = new(16_384);
    private readonly ArrayBufferWriter<byte> _right = new(16_384);

    /// <summary>Says for a person in what they differ; null when they do not.</summary>
    /// <param name="one">Every unit of it that is known to the other as well is compared.</param>
    /// <param name="other">One that came out of a store, and knows what is recorded there.</param>
    public string? Difference(Engine one, Engine other)
    {
        Clear();
        one.WriteEngine(_left);
        other.WriteEngine(_right);
        if (Differs() is { } inEngine)
            return $"the engine's record: {inEngine}";
        for (int i = 0; i < one.Units.Count; i++)
        {
            UnitRuntime unit = one.Units[i];
            if (other.Find(unit.Name) is not { } twin)
                continue;
            Clear();
            one.WriteUnit(unit.Id, _left);
            other.WriteUnit(twin.Id, _right);
            if (Differs() is { } inUnit)
                return $"{unit.Name} ({unit.Sub} and {twin.Sub}): {inUnit}";
        }

        return null;
    }

    private void Clear()
    {
        _left.ResetWrittenCount();
        _right.ResetWrittenCount();
    }

    private string? Differs()
    {
        ReadOnlySpan<byte> a = _left.WrittenSpan;
        ReadOnlySpan<byte> b = _right.WrittenSpan;
        int at = a.CommonPrefixLength(b);
        return at == a.Length && at == b.Length
            ? null
            : $"at byte {at} of {a.Length} and {b.Length}, '{Text(a, at)}' and '{Text(b, at)}'";
    }

    private static string Text(ReadOnlySpan<byte> bytes, int at)
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
