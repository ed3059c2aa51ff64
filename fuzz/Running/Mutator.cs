using System.Text;

namespace InitTx.Fuzz.Running;

/// <summary>Changes inputs: a few small steps, drawn from the seed.</summary>
internal sealed class Mutator(Prng random, IReadOnlyList<byte[]> corpus,
    IReadOnlyList<string> words)
{
    private const int MaxLength = 1 << 16;
    private static readonly byte[] Odd = [0, 1, 9, 10, 13, 32, 34, 37, 39, 91, 92, 127, 128, 255];

    /// <summary>An input that differs from the given one in up to eight places.</summary>
    public byte[] Mutate(byte[] input)
    {
        List<byte> bytes = [.. input];
        for (int steps = 1 + random.Below(8); steps > 0; steps--)
            Step(bytes);
        if (bytes.Count > MaxLength)
            bytes.RemoveRange(MaxLength, bytes.Count - MaxLength);
        return [.. bytes];
    }

    private void Step(List<byte> bytes)
    {
        int at = random.Below(bytes.Count + 1);
        switch (random.Below(9))
        {
            case 0:
                if (at < bytes.Count)
                    bytes[at] ^= (byte)(1 << random.Below(8));
                break;
            case 1:
                if (at < bytes.Count)
                    bytes[at] = random.Pick(Odd);
                break;
            case 2:
                bytes.Insert(at, random.Pick(Odd));
                break;
            case 3:
                bytes.RemoveRange(at, random.Below(Math.Min(bytes.Count - at, 32) + 1));
                break;
            case 4:
                if (words.Count > 0)
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(random.Pick(words)));
                break;
            case 5:
                Repeat(bytes, at);
                break;
            case 6:
                Splice(bytes, at);
                break;
            case 7:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            default:
                if (at + 3 < bytes.Count)
                    (bytes[at], bytes[at + 3]) = (bytes[at + 3], bytes[at]);
                break;
        }
    }

    private void Repeat(List<byte> bytes, int at)
    {
        int length = Math.Min(bytes.Count - at, 1 + random.Below(16));
        if (length <= 0)
            return;
        byte[] part = [.. bytes.GetRange(at, length)];
        int times = random.OneIn(50) ? 1000 : 1 + random.Below(8);
        for (int i = 0; i < times && bytes.Count < MaxLength; i++)
            bytes.InsertRange(at, part);
    }

    private void Splice(List<byte> bytes, int at)
    {
        if (corpus.Count == 0)
            return;
        byte[] other = random.Pick(corpus);
        int from = random.Below(other.Length + 1);
        int length = random.Below(Math.Min(other.Length - from, 200) + 1);
        bytes.InsertRange(at, other.AsSpan(from, length).ToArray());
    }
}
