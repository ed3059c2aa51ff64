namespace InitTx.Units.Model;

/// <summary>
/// A verb of a service's own, <c>Verb=</c> of [X-InitTx] (initx.unit(5)): what
/// <c>initx do UNIT NAME</c> runs. Immutable.
/// </summary>
/// <param name="Name">
/// A lower-case letter, then lower-case letters, digits and hyphens; at most
/// <see cref="LongestName"/> characters.
/// </param>
/// <param name="Commands">Run one after the other; the first failure ends the verb.</param>
public sealed record ServiceVerb(string Name, IReadOnlyList<ExecCommand> Commands)
{
    /// <summary>Characters of a name.</summary>
    public const int LongestName = 32;

    /// <summary>True for a name that a verb may have.</summary>
    public static bool IsName(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > LongestName || !char.IsAsciiLetterLower(text[0]))
            return false;
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
                return false;
        }

        return true;
    }
}
