namespace InitTx.Fuzz.Running;

/// <summary>A property of a parser does not hold for an input.</summary>
internal sealed class PropertyBrokenException(string message) : Exception(message);

/// <summary>One parser under test.</summary>
/// <param name="Name">Its name on the command line and of its corpus directory.</param>
/// <param name="Check">
/// Parses an input and checks what must hold for every input; throws for what does not. Any other
/// exception is a finding as well.
/// </param>
/// <param name="Generate">Makes an input that looks like real ones.</param>
/// <param name="Words">What mutation inserts.</param>
/// <param name="IsCanary">True for a parser with a planted bug: it must be found.</param>
/// <param name="Cost">What an input costs beside a parser's: so many times fewer are run.</param>
internal sealed record FuzzTarget(
    string Name,
    Action<byte[]> Check,
    Func<Prng, byte[]> Generate,
    IReadOnlyList<string> Words,
    bool IsCanary = false,
    int Cost = 1)
{
    /// <summary>Throws unless the property holds.</summary>
    public static void Require(bool holds, string property)
    {
        if (!holds)
            throw new PropertyBrokenException(property);
    }
}
