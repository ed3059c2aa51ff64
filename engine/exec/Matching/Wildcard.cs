namespace InitTx.Exec.Matching;

/// <summary>
/// fnmatch(3) patterns: <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[!a]</c>, backslash. No special case
/// for slashes or leading dots; callers cut paths into components.
/// </summary>
internal static class Wildcard
{
    /// <summary>True when the text holds a character that a pattern gives a meaning to.</summary>
    public static bool HasMeta(string text) => text.AsSpan().ContainsAny('*', '?', '[');

    /// <summary>
    /// Linear in practice and quadratic at worst: only the last star is tried again.
    /// </summary>
    public static bool Matches(string pattern, string text, bool ignoreCase = false)
    {
        int p = 0;
        int t = 0;
        int starPattern = -1;
        int starText = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                starPattern = ++p;
                starText = t;
            }
            else if (p < pattern.Length && MatchesOne(pattern, ref p, text[t], ignoreCase))
            {
                t++;
            }
            else if (starPattern >= 0)
            {
                p = starPattern;
                t = ++starText;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }

    private static bool MatchesOne(string pattern, ref int p, char c, bool ignoreCase)
    {
        int at = p;
        char first = pattern[at];
        if (first == '?')
        {
            p++;
            return true;
        }

        if (first == '[' && TryClass(pattern, ref at, c, ignoreCase, out bool inside))
        {
            if (inside)
                p = at;
            return inside;
        }

        if (first == '\\' && at + 1 < pattern.Length)
            first = pattern[++at];
        if (!Same(first, c, ignoreCase))
            return false;
        p = at + 1;
        return true;
    }

    // False when the bracket never closes: then it stands for itself.
    private static bool TryClass(
        string pattern, ref int at, char c, bool ignoreCase, out bool inside)
    {
        inside = false;
        int i = at + 1;
        bool negated = i < pattern.Length && pattern[i] is '!' or '^';
        if (negated)
            i++;
        for (int start = i; i < pattern.Length; i++)
        {
            if (pattern[i] == ']' && i > start)
            {
                at = i + 1;
                inside ^= negated;
                return true;
            }

            char low = pattern[i];
            char high = low;
            if (i + 2 < pattern.Length && pattern[i + 1] == '-' && pattern[i + 2] != ']')
            {
                high = pattern[i + 2];
                i += 2;
            }

            inside |= (c >= low && c <= high) || (ignoreCase && low == high && Same(low, c, true));
        }

        return false;
    }

    private static bool Same(char a, char b, bool ignoreCase) =>
        a == b || (ignoreCase && char.ToUpperInvariant(a) == char.ToUpperInvariant(b));
}
