using System.Runtime.InteropServices;
using InitTx.Units.Parsing;
using SharpFuzz.Common;

namespace InitTx.Fuzz.Running;

/// <summary>
/// Which edges between basic blocks the inputs of a target have run, and about how often in one
/// input, as AFL counts them. There is something to count only after <c>sharpfuzz</c> has rewritten
/// the assemblies under test (scripts/fuzz-guided); plain ones run faster and blind. One map
/// counts at a time, on one thread.
/// </summary>
internal sealed unsafe class EdgeMap
{
    private const int Size = 1 << 16;

    // Rewritten code writes here from its first instruction on; lives as long as the process.
    private static readonly byte* Counts = Allocate();

    // For each edge a bit for each magnitude of its count that was seen.
    private readonly byte[] _seen = new byte[Size];

    /// <summary>Edges that any input has run so far.</summary>
    public int Edges { get; private set; }

    /// <summary>True when the parsers of units/ are instrumented.</summary>
    public static bool IsInstrumented { get; } = Array.Exists(
        typeof(UnitParser).Assembly.GetReferencedAssemblies(),
        reference => reference.Name == typeof(Trace).Assembly.GetName().Name);

    /// <summary>To be called before the first instruction of an assembly under test.</summary>
    public static void Attach() => Trace.SharedMem = Counts;

    /// <summary>Forgets what ran before: an input begins.</summary>
    public static void Begin()
    {
        Trace.PrevLocation = 0;
        new Span<byte>(Counts, Size).Clear();
    }

    /// <summary>Takes in what ran since <see cref="Begin"/>; true when any of it is new.</summary>
    public bool Learn()
    {
        bool isNew = false;
        var words = new ReadOnlySpan<ulong>(Counts, Size / sizeof(ulong));
        for (int at = words.IndexOfAnyExcept(0UL); at >= 0; at = Next(words, at + 1))
        {
            for (int i = at * sizeof(ulong); i < (at + 1) * sizeof(ulong); i++)
                isNew |= Counts[i] != 0 && Learn(i);
        }

        return isNew;
    }

    private bool Learn(int edge)
    {
        byte bit = Magnitude(Counts[edge]);
        if ((_seen[edge] & bit) != 0)
            return false;
        Edges += _seen[edge] == 0 ? 1 : 0;
        _seen[edge] |= bit;
        return true;
    }

    // Loops that turn once more or less are no news; once, twice, three times and many are.
    private static byte Magnitude(byte count) => count switch
    {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    };

    private static int Next(ReadOnlySpan<ulong> words, int from)
    {
        int at = words[from..].IndexOfAnyExcept(0UL);
        return at < 0 ? -1 : from + at;
    }

    private static byte* Allocate() => (byte*)NativeMemory.AllocZeroed(Size);
}
