namespace InitTx.Fuzz.Running;

/// <summary>
/// What inputs are made from: the committed corpus and, when coverage is measured, each input that
/// ran something new. Bounded, since a run has 32 MB: when full, a new find takes an older one's
/// place.
/// </summary>
internal sealed class InputPool(Prng random, IReadOnlyList<byte[]> corpus)
{
    private const int MaxFound = 1000;
    private const int MaxBytes = 2048;
    private readonly List<byte[]> _inputs = [.. corpus];

    /// <summary>The corpus, then what was found.</summary>
    public IReadOnlyList<byte[]> Inputs => _inputs;

    /// <summary>How many finds were worth keeping, those displaced since among them.</summary>
    public int Kept { get; private set; }

    /// <summary>Keeps an input that ran something new, unless it is long.</summary>
    public void Keep(byte[] input)
    {
        if (input.Length > MaxBytes)
            return;
        Kept++;
        if (_inputs.Count < corpus.Count + MaxFound)
            _inputs.Add(input);
        else
            _inputs[corpus.Count + random.Below(MaxFound)] = input;
    }
}
